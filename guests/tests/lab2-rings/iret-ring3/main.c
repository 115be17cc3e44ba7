/* From the kernel to a program, by the iret hypercall and by the instruction: CS, SS, ESP and EFLAGS are the
   frame's, and selectors that ring 3 may not keep are emptied by the processor. */
/* expect: success */
#include "test.h"

static uint32_t seen_cs, seen_ss, seen_esp, seen_ds, seen_fs, seen_eflags, seen_ebx;

/* Ends by int 0x20, whose handler below reads what the frame and the registers say: no page is shared with ring 3. */
USER_CODE static void program(void)
{
    __asm__ volatile("int $0x20");
}

static volatile uint32_t kernel_esp __attribute__((used));

/* In place of user_run's own way back. */
static void program_leave(void) __attribute__((noreturn));
static void program_leave(void)
{
    __asm__ volatile("mov kernel_esp, %%esp; pop %%ebp; pop %%ebx; pop %%edi; pop %%esi; ret" : : "m"(kernel_esp));
    __builtin_unreachable();
}

/* The frame was pushed by a bounce, so what it says of ring 3 was true there. */
static struct trap_frame *program_done(struct trap_frame *frame)
{
    seen_cs = frame->cs;
    seen_ss = frame->ss;
    seen_esp = frame->esp;
    seen_ds = frame->ds & 0xFFFF;
    seen_fs = frame->fs & 0xFFFF;
    seen_eflags = frame->eflags;
    seen_ebx = frame->ebx;
    program_leave();
}

/* DS is one of ring 3's, FS one of ring 1's. `way`: 0 the hypercall, 1 the instruction. */
void program_enter(uint32_t way, uint32_t eip, uint32_t eflags, uint32_t esp);
__asm__(".text\n"
        "program_enter: mov %esp, %edx; push %esi; push %edi; push %ebx; push %ebp; mov %esp, kernel_esp\n"
        "mov $0xE033, %eax; mov %eax, %ds; mov %eax, %es; mov $0xE021, %eax; mov %eax, %fs\n"
        "push $0xE033; push 16(%edx); push 12(%edx); push $0xE02B; push 8(%edx)\n"
        "mov $0x12345678, %ebx; cmpl $0, 4(%edx); jne 1f\n"
        "push $0; mov $23, %eax; int $0x82; ud2\n"
        "1: iret");

/* IF of the frame is what the hypercall makes of the mask; the instruction leaves the mask alone. */
static void way_check(const char *name, uint32_t way, uint32_t eflags, uint32_t mask_after)
{
    program_enter(way, (uint32_t)program, eflags, (uint32_t)user_stack_top - 64);
    print("iret-ring3: %s: cs %x ss %x eflags %x\n", name, seen_cs, seen_ss, seen_eflags);
    test_equal("CS", seen_cs, SELECTOR_RING3_CODE);
    test_equal("SS", seen_ss, SELECTOR_RING3_DATA);
    test_check((uint32_t)user_stack_top - 64 - seen_esp <= 8, "ESP is not the frame's");    /* a push of EBP or so */
    test_equal("DS", seen_ds, SELECTOR_RING3_DATA);
    test_equal("FS of ring 1", seen_fs, 0);
    test_equal("EBX", seen_ebx, 0x12345678);
    test_equal("EFLAGS.IF", (seen_eflags & EFLAGS_IF) == 0, mask_after);
    test_equal("EFLAGS.IOPL", seen_eflags & EFLAGS_IOPL, 0);
}

void test_run(void)
{
    trap_set_handler(VECTOR_USER_RETURN, program_done);
    way_check("hypercall, masked", 0, EFLAGS_FIXED, 1);
    way_check("hypercall, events on", 0, EFLAGS_FIXED | EFLAGS_IF, 0);
    way_check("hypercall, IOPL 3", 0, EFLAGS_FIXED | EFLAGS_IOPL, 1);
    way_check("instruction", 1, EFLAGS_FIXED, 1);
    way_check("instruction, IOPL 3", 1, EFLAGS_FIXED | EFLAGS_IOPL | EFLAGS_IF, 1);
    test_success();
}
