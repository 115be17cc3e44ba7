/* The bounce frame of an exception in a program: on the kernel's own stack, with ESP and SS of the program. */
/* expect: success */
#include "test.h"

static volatile uint32_t esp_before __attribute__((used)) USER_DATA;

USER_OPERATION(fault, "mov %%esp, esp_before; stc; .global fault_here; fault_here: ud2")
USER_OPERATION(fault_write, "mov %%esp, esp_before; movl $0, 0x40000123")
USER_OPERATION(privileged, "mov %%cr0, %%eax")
USER_OPERATION(fault_code, "mov $0x40000100, %%eax; jmp *%%eax")

extern const char fault_here[];

/* No error code: five words end where stack_switch said. */
static void frame_check(void)
{
    struct trap_record record = test_expect("ud2", fault, VECTOR_OPCODE, 0);
    const struct trap_frame *frame = &record.frame;

    test_equal("EIP", frame->eip, (uint32_t)fault_here);
    test_equal("CS", frame->cs, SELECTOR_RING3_CODE);
    test_equal("mask", frame->saved_mask, 1);
    test_equal("byte above the mask", frame->zero, 0);
    test_equal("EFLAGS CF, fixed", frame->eflags & (EFLAGS_CF | EFLAGS_FIXED), EFLAGS_CF | EFLAGS_FIXED);
    test_equal("EFLAGS IF, IOPL, NT", frame->eflags & (EFLAGS_IF | EFLAGS_IOPL | EFLAGS_NT), 0);
    test_equal("ESP", frame->esp, esp_before);
    test_equal("SS", frame->ss, SELECTOR_RING3_DATA);
    test_equal("DS", frame->ds & 0xFFFF, SELECTOR_RING3_DATA);
    test_equal("place of EIP", record.place, (uint32_t)trap_stack_top - 20);
}

/* The error code is a sixth word; EIP stays where it was. */
static void error_check(void)
{
    struct trap_record record;

    record = test_expect("write to nowhere", fault_write, VECTOR_PAGE, PAGE_ERROR_WRITE | PAGE_ERROR_USER);
    test_equal("CR2", record.cr2, 0x40000123);
    test_equal("place of EIP with an error code", record.place, (uint32_t)trap_stack_top - 20);
    test_equal("ESP with an error code", record.frame.esp, esp_before);
    test_expect("mov cr0", privileged, VECTOR_PROTECTION, 0);
}

/* Whether the fetch bit is there depends on NX paging. */
static void fetch_check(void)
{
    struct trap_record record = { .cr2 = 0 };

    test_check(trap_happens(fault_code, &record) && record.frame.vector == VECTOR_PAGE, "jump to nowhere: no #PF");
    test_equal("error of a fetch", record.frame.error & ~PAGE_ERROR_FETCH, PAGE_ERROR_USER);
    test_equal("CR2 of a fetch", record.cr2, 0x40000100);
    test_equal("EIP of a fetch", record.frame.eip, 0x40000100);
}

void test_run(void)
{
    frame_check();
    error_check();
    fetch_check();
    test_success();
}
