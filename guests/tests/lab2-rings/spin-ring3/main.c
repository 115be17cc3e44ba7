/* A program that loops for ever, with the kernel's events masked: the time slice must take the CPU away all the
   same. */
/* expect: runs */
#include "test.h"

/* The compiler must believe that it may end. */
USER_CODE static uint32_t loop(uint32_t argument)
{
    while (argument == 0)
        __asm__ volatile("" : "+r"(argument));
    return argument;
}

void test_run(void)
{
    print("spin-ring3: round and round\n");
    user_run(loop, 0);
    test_failure("the loop ended");
}
