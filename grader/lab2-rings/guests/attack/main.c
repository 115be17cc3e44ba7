/* Breaks its own ground in one of the ways of enum attack_way, as "way=N" says, so that the hypervisor meets the damage
   in the middle of its own work. A neighbour runs beside it. */
#include "evidence.h"
#include "evidence_keys.h"
#include "test.h"

#define INDEX 8

extern char stack_top[];

static void selector_lose(void)
{
    test_check(gdt_load(DESCRIPTORS_PER_PAGE) == 0, "set_gdt");
    test_check(gdt_set(INDEX, DESCRIPTOR(0, FLAT_LIMIT, DATA_OF(1), FLAT_FLAGS)) == 0, "update_descriptor");
    fs_write(SELECTOR_OF(INDEX, 1));
    gdt_set(INDEX, 0);
}

static void iret_to(uint32_t selector)
{
    __asm__ volatile("pushl $0x202\n\t"
                     "pushl %0\n\t"
                     "pushl $1f\n\t"
                     "jmp hypercall_page + 23 * 32\n"
                     "1:" : : "r"(selector) : "memory");
}

/* The trap page is there in the guest's tables, and can be written, when paging keeps the rest out. */
static void stack_leave(void)
{
    __asm__ volatile("mov $0xf6800800, %%esp; ud2" : : : "memory");
}

/* Ring 3 is entered by the CPU's own IRET, and has no page to execute. */
static void kernel_stack_leave(void)
{
    hypercall_stack_switch(SELECTOR_RING1_DATA, 0xf8100800);
    __asm__ volatile("pushl %[data]\n\t"
                     "pushl $user_stack_top\n\t"
                     "pushl $0x202\n\t"
                     "pushl %[code]\n\t"
                     "pushl %[place]\n\t"
                     "iret"
                     : : [place] "i"(ADDRESS_UNMAPPED), [data] "i"(SELECTOR_RING3_DATA), [code] "i"(SELECTOR_RING3_CODE) : "memory");
}

static void handler_lose(void)
{
    struct trap_info list[2] = { { .vector = VECTOR_OPCODE, .cs = SELECTOR_OF(0x20, 1), .address = 0x1000 },
                                 { .address = 0 } };

    hypercall_set_trap_table(NULL);
    if (option_number("way", 0) == ATTACK_HANDLER)
        hypercall_set_trap_table(list);
    __asm__ volatile("ud2");
}

static void attack(uint32_t way)
{
    switch (way) {
    case ATTACK_SELECTOR:
        selector_lose();
        break;
    case ATTACK_IRET_CODE:
        iret_to(0xe009);        /* the hypervisor's, with an RPL of the guest's own */
        break;
    case ATTACK_IRET_RING0:
        iret_to(0xe008);
        break;
    case ATTACK_STACK:
        stack_leave();
        break;
    case ATTACK_KERNEL_STACK:
        kernel_stack_leave();
        break;
    default:
        handler_lose();
    }
}

void test_run(void)
{
    evidence_put(ATTACK_STARTED, evidence_random());
    evidence_seal();
    attack(option_number("way", 0));
    evidence_put(ATTACK_SURVIVED, 1);
    evidence_seal();
    test_success();
}
