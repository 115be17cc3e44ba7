/* Raises exceptions in ring 1 and tells the frames that its handlers found. */
#include "../frames.h"
#include "test.h"

extern const char bounce_opcode[], bounce_breakpoint[], bounce_selector[], bounce_int[], bounce_closed[],
    bounce_write[];

uint32_t bounce_stack[1024]; /* operations run near its top, so that it is known where frames begin */
uint32_t bounce_selector_value, bounce_address;

/* ESP is bounce_stack + 4000 when the instruction comes; the flags are some that must be seen in the frame. */
#define AT(label, instruction)                                                                                     \
    __asm__ volatile("mov $bounce_stack + 4000, %%esp\n\t"                                                          \
                     "pushl $0xc95\n\t"                                                                            \
                     "popfl\n"                                                                                     \
                     label ": " instruction : : : "eax", "memory", "cc");                                          \
    __builtin_unreachable()

static void opcode(void)
{
    AT("bounce_opcode", "ud2");
}

static void breakpoint(void)
{
    AT("bounce_breakpoint", "int3");
}

static void selector(void)
{
    AT("bounce_selector", "movw bounce_selector_value, %%fs");
}

static void interrupt(void)
{
    AT("bounce_int", "int $0x30");
}

static void interrupt_closed(void)
{
    AT("bounce_closed", "int $0x40");
}

static void write(void)
{
    AT("bounce_write", "movl $0, (%%edi)");
}

/* EDI is loaded here: AT leaves it alone. */
static void write_read_only(void)
{
    __asm__ volatile("mov bounce_address, %%edi" : : : "edi");
    write();
}

static void fault(uint32_t kind, void (*operation)(void), const char *place)
{
    frame_put(kind, operation, place, (uint32_t)bounce_stack + 4000);
}

void test_run(void)
{
    bounce_selector_value = (0x18 + evidence_random() % 0x1e0) * 8;
    bounce_address = address_read_only() + evidence_random() % 1024 * 4;
    evidence_put(BOUNCE_SHARED, start_info->shared_info);
    evidence_put(BOUNCE_CR2, bounce_address);
    trap_install(0x30, 1 | TRAP_INFO_MASKS);
    fault(BOUNCE_OPCODE, opcode, bounce_opcode);
    fault(BOUNCE_BREAKPOINT, breakpoint, bounce_breakpoint);
    fault(BOUNCE_SELECTOR, selector, bounce_selector);
    fault(BOUNCE_INT, interrupt, bounce_int);
    fault(BOUNCE_INT_CLOSED, interrupt_closed, bounce_closed);
    fault(BOUNCE_ADDRESS, write_read_only, bounce_write);
    test_success();
}
