/* The iret hypercall within the kernel: EAX, EIP, CS, EFLAGS are popped, ESP moves past them, nothing else changes. */
/* expect: success */
#include "test.h"

#define MARK    0x77665544u

/* What the frame said and what was found at its EIP. */
static struct {
    uint32_t eax, cs, eflags;                           /* given */
    uint32_t new_eax, new_ebx, new_eflags, new_esp, old_esp;    /* found; new_esp before anything was pushed */
} run;

/* EBX is one that iret has no business with. int 0x82 itself: the page's slot would push an EAX of its own. */
static void iret_run(void)
{
    __asm__ volatile("push %%ebp; mov %%esp, %c[old_esp](%[run])\n"
                     "push %c[eflags](%[run]); push %c[cs](%[run]); push $1f; push %c[eax](%[run])\n"
                     "mov $0x77665544, %%ebx; mov %[number], %%eax; int $0x82; ud2\n"
                     "1: mov %%esp, %c[new_esp](%[run]); pushf; pop %c[new_eflags](%[run]); cld\n"
                     "mov %%eax, %c[new_eax](%[run]); mov %%ebx, %c[new_ebx](%[run]); pop %%ebp\n"
                     : : [run] "D"(&run), [number] "i"(HYPERCALL_IRET), [eax] "i"(offsetof(__typeof__(run), eax)),
                       [cs] "i"(offsetof(__typeof__(run), cs)), [eflags] "i"(offsetof(__typeof__(run), eflags)),
                       [new_eax] "i"(offsetof(__typeof__(run), new_eax)),
                       [new_ebx] "i"(offsetof(__typeof__(run), new_ebx)),
                       [new_eflags] "i"(offsetof(__typeof__(run), new_eflags)),
                       [new_esp] "i"(offsetof(__typeof__(run), new_esp)),
                       [old_esp] "i"(offsetof(__typeof__(run), old_esp))
                     : "eax", "ebx", "memory", "cc");
}

/* IF reads as one and IOPL as zero whatever the frame says: they are the real ones. */
static void frame_check(const char *name, uint32_t cs, uint32_t eflags, uint32_t flags_seen)
{
    run.eax = 0xCAFEBABE;
    run.cs = cs;
    run.eflags = eflags;
    test_expect_quiet(name, iret_run);
    test_equal(name, run.new_eax, 0xCAFEBABE);
    test_equal("EBX", run.new_ebx, MARK);
    test_equal("ESP behind the frame", run.new_esp, run.old_esp);
    test_equal("EFLAGS", run.new_eflags & ~EFLAGS_RF, flags_seen | EFLAGS_FIXED | EFLAGS_IF);
}

void test_run(void)
{
    frame_check("plain", SELECTOR_RING1_CODE, EFLAGS_FIXED, 0);
    frame_check("arithmetic flags", SELECTOR_RING1_CODE, 0x8D7, 0x8D5);
    frame_check("direction", SELECTOR_RING1_CODE, EFLAGS_FIXED | EFLAGS_DF, EFLAGS_DF);
    frame_check("identification", SELECTOR_RING1_CODE, EFLAGS_FIXED | EFLAGS_ID, EFLAGS_ID);
    frame_check("events on", SELECTOR_RING1_CODE, EFLAGS_FIXED | EFLAGS_IF, 0);
    frame_check("IOPL is not given away", SELECTOR_RING1_CODE, EFLAGS_FIXED | EFLAGS_IOPL, 0);
    frame_check("upper half of CS", 0xFFFF0000u | SELECTOR_RING1_CODE, EFLAGS_FIXED, 0);
    frame_check("mask bits of CS", 0x00010000u | SELECTOR_RING1_CODE, EFLAGS_FIXED, 0);
    test_success();
}
