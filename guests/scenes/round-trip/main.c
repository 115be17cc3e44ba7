/* For the lecture scene "round-trip": one trap from ring 3 to ring 1 and back. A program reads where nothing is; the
   kernel's handler puts a value into its EAX and lets it go on behind the instruction, as if memory had been there. */
#include "test.h"

#define NOWHERE 0x40000000u
#define VALUE   42
#define LENGTH  5   /* of MOV EAX, [address] */

/* The labels are where the scene stops. */
USER_CODE static uint32_t program(uint32_t unused)
{
    uint32_t value;

    (void)unused;
    __asm__ volatile(".global program_reads, program_goes_on\n"
                     "program_reads: .byte 0xA1; .long %c1\n"
                     "program_goes_on:" : "=a"(value) : "i"(NOWHERE) : "memory");
    return value;
}

static struct trap_frame *read_answer(struct trap_frame *frame)
{
    frame->eax = VALUE;
    frame->eip += LENGTH;
    return frame;
}

void test_run(void)
{
    trap_set_handler(VECTOR_PAGE, read_answer);
    test_equal("what the program has read", user_run(program, 0), VALUE);
    test_success();
}
