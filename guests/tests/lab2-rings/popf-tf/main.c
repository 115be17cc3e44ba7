/* TF over everything that enters the hypervisor: calls, software interrupts, faults, emulated and bounced instructions.
   Each step comes to the kernel, none to the hypervisor. */
/* expect: success */
#include "test.h"

static volatile uint32_t steps;

OPERATION(over_call, "push %%ebx; mov $17, %%eax; mov $7, %%ebx; xor %%ecx, %%ecx; pushf; orl $0x100, (%%esp); popf\n"
                     "int $0x82; nop; nop; pushf; andl $~0x100, (%%esp); popf; pop %%ebx")
OPERATION(over_fault, "pushf; orl $0x100, (%%esp); popf; ud2")
OPERATION(over_int, "pushf; orl $0x100, (%%esp); popf; int $0x30; nop; pushf; andl $~0x100, (%%esp); popf")
OPERATION(over_breakpoint, "pushf; orl $0x100, (%%esp); popf; int3; nop; pushf; andl $~0x100, (%%esp); popf")
OPERATION(over_refused, "pushf; orl $0x100, (%%esp); popf; hlt")
OPERATION(over_ss, "pushf; orl $0x100, (%%esp); popf; mov %%ss, %%eax; mov %%eax, %%ss; int $0x30; nop\n"
                   "pushf; andl $~0x100, (%%esp); popf")

/* TF is still in the frame's EFLAGS: the stepping goes on. */
static struct trap_frame *count(struct trap_frame *frame)
{
    steps++;
    return frame;
}

/* Not stepped itself: a bounce clears TF for the handler. */
static struct trap_frame *pass(struct trap_frame *frame)
{
    return frame;
}

/* How many steps an int is differs between processors by one; no end of them would be wrong. */
static void stepped(const char *name, void (*operation)(void))
{
    steps = 0;
    test_expect_quiet(name, operation);
    test_check(steps >= 3 && steps <= 16, name);
}

void test_run(void)
{
    struct trap_record record;

    trap_set_handler(VECTOR_DEBUG, count);
    trap_set_handler(VECTOR_BREAKPOINT, pass);
    trap_set_handler(0x30, pass);
    trap_install(0x30, 1);
    stepped("hypercall", over_call);
    stepped("int", over_int);
    stepped("int3", over_breakpoint);
    stepped("mov ss, int", over_ss);
    record = test_expect("fault", over_fault, VECTOR_OPCODE, 0);
    test_check(record.frame.eflags & EFLAGS_TF, "TF in the frame of a fault");
    test_expect("hlt", over_refused, VECTOR_PROTECTION, 0);
    test_success();
}
