/* Uses selectors of a local descriptor table, which this guest never loaded: #GP with the selector each time.
   (Natively the loader may have left one.) Loading one with lldt, which floor 1 does not emulate, must be #GP too,
   not the real LDTR. */
/* expect: success */
/* native: no */
#include "test.h"

static uint32_t selector;

#define OPERATION(name, instructions)                                       \
    static void name(void)                                                  \
    {                                                                       \
        __asm__ volatile(instructions : : "r"(selector) : "memory");        \
    }

OPERATION(load_ds, "mov %w0, %%ds")
OPERATION(load_ss, "mov %w0, %%ss")
OPERATION(load_task, "ltr %w0")
OPERATION(jump, "push %0; push $0; ljmp *(%%esp)")
OPERATION(return_there, "push $2; push %0; push $0; iret")
OPERATION(load_table, "lldt %w0")

void test_run(void)
{
    for (selector = 0x04; selector < 0x10000; selector += 0x0FF8) {
        test_expect("ds", load_ds, VECTOR_PROTECTION, selector);
        test_expect("ss", load_ss, VECTOR_PROTECTION, selector);
        test_expect("ltr", load_task, VECTOR_PROTECTION, selector);
        test_expect("far jump", jump, VECTOR_PROTECTION, selector);
        test_expect("iret", return_there, VECTOR_PROTECTION, selector);
    }
    selector = 0xE008;
    test_check(trap_happens(load_table, &(struct trap_record){ 0, 0, 0, 0, 0 }), "lldt was passed over");
    test_success();
}
