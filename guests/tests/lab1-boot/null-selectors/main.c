/* Null selectors where they are allowed (data registers, for loading only) and where they are not (SS, TR, CS):
   #GP(0). (QEMU itself lets ltr take a null selector, so this one is not compared natively.) */
/* expect: success */
/* native: no */
#include "test.h"

#define OPERATION(name, instructions)                                       \
    static void name(void)                                                  \
    {                                                                       \
        __asm__ volatile(instructions : : "r"(0) : "memory");               \
    }

OPERATION(load_ss, "mov %w0, %%ss")
OPERATION(load_task, "ltr %w0")
OPERATION(jump, "push %0; push $0; ljmp *(%%esp)")
OPERATION(load_gs, "mov %w0, %%gs; mov %w0, %%fs")

void test_run(void)
{
    test_expect("ss", load_ss, VECTOR_PROTECTION, 0);
    test_expect("ltr", load_task, VECTOR_PROTECTION, 0);
    test_expect("far jump", jump, VECTOR_PROTECTION, 0);
    test_check(!trap_happens(load_gs, &(struct trap_record){ 0, 0, 0, 0, 0 }), "gs or fs refused a null selector");
    test_success();
}
