/* The bounce frame of an exception in the kernel itself: on the stack in use, every field (abi.md 2.5). */
/* expect: success */
#include "test.h"

#define MARK 0x5A5A0000u

static volatile uint32_t esp_before __attribute__((used));

/* All registers marked, CF and DF set, then a fault whose address is known. */
OPERATION(fault_marked,
    "push %%ebx; push %%esi; push %%edi; push %%ebp; mov %%esp, esp_before\n"
    "mov $0x5A5A0001, %%eax; mov $0x5A5A0002, %%ecx; mov $0x5A5A0003, %%edx; mov $0x5A5A0004, %%ebx\n"
    "mov $0x5A5A0005, %%esi; mov $0x5A5A0006, %%edi; mov $0x5A5A0007, %%ebp; std; stc\n"
    ".global fault_here\n fault_here: ud2")
OPERATION(fault_write, "mov %%esp, esp_before; movl $0, 0x40000123")
OPERATION(fault_read, "mov 0x40000126, %%eax")
OPERATION(fault_selector, "mov $0xE008, %%eax; mov %%eax, %%fs")

extern const char fault_here[];

/* A bounce touches no general and no data segment register. */
static void registers_check(const struct trap_frame *frame)
{
    test_equal("EAX", frame->eax, MARK + 1);
    test_equal("ECX", frame->ecx, MARK + 2);
    test_equal("EDX", frame->edx, MARK + 3);
    test_equal("EBX", frame->ebx, MARK + 4);
    test_equal("ESI", frame->esi, MARK + 5);
    test_equal("EDI", frame->edi, MARK + 6);
    test_equal("EBP", frame->ebp, MARK + 7);
    test_equal("DS", frame->ds & 0xFFFF, SELECTOR_RING1_DATA);
    test_equal("ES", frame->es & 0xFFFF, SELECTOR_RING1_DATA);
}

/* Upcalls are masked from the start, so the virtual IF is clear; the real one, which pushf shows, is set. */
static void frame_check(void)
{
    struct trap_record record = test_expect("ud2", fault_marked, VECTOR_OPCODE, 0);
    const struct trap_frame *frame = &record.frame;

    registers_check(frame);
    test_equal("EIP", frame->eip, (uint32_t)fault_here);
    test_equal("CS", frame->cs, SELECTOR_RING1_CODE);
    test_equal("mask", frame->saved_mask, 1);
    test_equal("byte above the mask", frame->zero, 0);
    test_equal("ESP at the end of the frame", record.interrupted_esp, esp_before);
    test_equal("EFLAGS CF, DF, fixed", frame->eflags & (EFLAGS_CF | EFLAGS_DF | EFLAGS_FIXED),
               EFLAGS_CF | EFLAGS_DF | EFLAGS_FIXED);
    test_equal("EFLAGS IF, IOPL, TF, NT, VM", frame->eflags & (EFLAGS_IF | EFLAGS_IOPL | EFLAGS_TF | EFLAGS_NT |
                                                               EFLAGS_VM), 0);
}

/* An error code lies below EIP, and nothing else moves. */
static void error_check(void)
{
    struct trap_record record = test_expect("write to nowhere", fault_write, VECTOR_PAGE, PAGE_ERROR_WRITE);

    test_equal("CR2 of a write", record.cr2, 0x40000123);
    test_equal("ESP at the end of a frame with an error code", record.interrupted_esp, esp_before);
    record = test_expect("read from nowhere", fault_read, VECTOR_PAGE, 0);
    test_equal("CR2 of a read", record.cr2, 0x40000126);
    test_expect("ring-0 selector", fault_selector, VECTOR_PROTECTION, 0xE008);
}

/* The mask that a frame carries is the one before the handler's entry was masked. */
static void mask_check(void)
{
    struct trap_record record;

    events_set_mask(false);
    record = test_expect("ud2 with events on", fault_marked, VECTOR_OPCODE, 0);
    test_equal("mask of events on", record.frame.saved_mask, 0);
    test_equal("IF of events on", record.frame.eflags & EFLAGS_IF, EFLAGS_IF);
    record = test_expect("ud2 in what is left of the handler", fault_marked, VECTOR_OPCODE, 0);
    test_equal("mask as the handler had it", record.frame.saved_mask, 1);
}

void test_run(void)
{
    frame_check();
    error_check();
    mask_check();
    test_success();
}
