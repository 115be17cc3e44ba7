/* A data breakpoint on the operand of a load of SS, then an instruction that enters the hypervisor: the #DB is held
   back by one instruction, and finds ring 0 (CVE-2018-8897). It is the kernel's own, not the hypervisor's end. */
/* expect: success */
#include "test.h"

#define DR7_READ_WRITE_0 0x000F0001u

static volatile uint32_t stack_selector __attribute__((used)) = SELECTOR_RING1_DATA;
/* For pop ss: the selector in the middle, with room for frames below it. */
static volatile uint32_t watched_stack[256] __attribute__((used));
static volatile uint32_t breakpoints;

OPERATION(then_call, "push %%ebx; mov $17, %%eax; mov $7, %%ebx; xor %%ecx, %%ecx\n"
                     "mov stack_selector, %%ss; int $0x82; pop %%ebx")
OPERATION(then_int, "mov stack_selector, %%ss; int $0x30")
OPERATION(then_breakpoint, "mov stack_selector, %%ss; int3")
OPERATION(then_fast, "mov stack_selector, %%ss; int $0x80")
OPERATION(then_fault, "mov stack_selector, %%ss; ud2")
OPERATION(then_refused, "mov stack_selector, %%ss; hlt")
OPERATION(then_emulated, "mov stack_selector, %%ss; mov %%cr0, %%eax")
OPERATION(then_syscall, "mov stack_selector, %%ss; syscall")
OPERATION(by_pop, "push %%ebx; mov $17, %%eax; mov $7, %%ebx; xor %%ecx, %%ecx; mov %%esp, %%edx\n"
                  "mov $watched_stack + 512, %%esp; pop %%ss; int $0x82; mov %%edx, %%esp; pop %%ebx")

/* Early, late, once or twice: that depends on the processor. */
static struct trap_frame *count(struct trap_frame *frame)
{
    breakpoints++;
    return frame;
}

/* For what the held-back exception hits first. */
static struct trap_frame *pass(struct trap_frame *frame)
{
    return frame;
}

/* Each kind of entry behind the load of SS. That we are here afterwards is the result. */
static void without_end(void)
{
    test_expect_quiet("call", then_call);
    test_expect_quiet("int", then_int);
    test_expect_quiet("int3", then_breakpoint);
    test_expect_quiet("int 0x80", then_fast);
    test_expect_quiet("emulated instruction", then_emulated);
    test_expect("fault", then_fault, VECTOR_OPCODE, 0);
    test_expect("hlt", then_refused, VECTOR_PROTECTION, 0);
}

void test_run(void)
{
    struct trap_record record;

    trap_set_handler(VECTOR_DEBUG, count);
    trap_set_handler(VECTOR_BREAKPOINT, pass);
    trap_set_handler(0x30, pass);
    trap_set_handler(0x80, pass);
    trap_install(0x30, 1);
    trap_install(0x80, 1);
    dr0_write((uint32_t)&stack_selector);
    dr7_write(DR7_READ_WRITE_0);
    without_end();
    trap_happens(then_syscall, &record);
    watched_stack[128] = SELECTOR_RING1_DATA;
    dr0_write((uint32_t)&watched_stack[128]);
    test_expect_quiet("pop ss, call", by_pop);
    dr7_write(0);
    print("ss-breakpoint: %u breakpoints came\n", breakpoints);
    test_success();
}
