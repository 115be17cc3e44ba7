/* Returns with NT set: the processor would switch to the task in the TSS's link field, which here is null: #TS with
   that selector. The guest must get an exception, or end; it must not switch the hypervisor's own task. */
/* expect: success */
/* native: yes */
#include "test.h"

static void return_to_task(void)
{
    __asm__ volatile("pushf; orl %0, (%%esp); popf\n"
                     "pushl $2; pushl %1; pushl $1f; iret\n"
                     "1:" : : "i"(EFLAGS_NT), "i"(SELECTOR_KERNEL_CODE) : "memory", "cc");
}

void test_run(void)
{
    struct trap_record record;

    segments_load_task(0);
    test_check(trap_happens(return_to_task, &record), "iret with NT set raised nothing");
    test_check(record.vector == VECTOR_BAD_TSS || record.vector == VECTOR_PROTECTION,
               "iret with NT set raised neither #TS nor #GP");
    __asm__ volatile("pushl $2; popf" : : : "cc");
    test_success();
}
