/* Executes int n for every n: first with an empty gate, which is #GP with error code n * 8 + 2; then with an absent
   one, #NP; then with a proper one, which must arrive. That includes vectors the hypervisor itself may have use for.
   At last the same beyond the limit of a shorter IDT. */
/* expect: success */
/* native: yes */
#include "test.h"

#define GATE_PRESENT    (0x8000ull << 32)
#define SHORT_VECTORS   64

static uint8_t code[] = { 0xCD, 0, 0xC3 };      /* int n; ret */

static void execute(void)
{
    __asm__ volatile("call *%0" : : "r"(code) : "memory");
}

static void check_vector(uint32_t vector)
{
    uint64_t gate = trap_gates[vector];

    code[1] = (uint8_t)vector;
    if (vector != VECTOR_PROTECTION) {
        trap_gates[vector] = 0;
        test_expect("empty gate", execute, VECTOR_PROTECTION, vector * 8 + ERROR_IDT);
    }
    if (vector != VECTOR_NOT_PRESENT) {
        trap_gates[vector] = gate & ~GATE_PRESENT;
        test_expect("absent gate", execute, VECTOR_NOT_PRESENT, vector * 8 + ERROR_IDT);
    }
    trap_gates[vector] = gate;
}

static struct trap_frame *arrived(struct trap_frame *frame)
{
    code[1] = (uint8_t)~frame->vector;
    return frame;
}

/* Those whose stub expects an error code, which int n does not push, and the interrupts, which are not caught. */
static bool is_plain(uint32_t vector)
{
    return vector != 8 && (vector < 10 || vector > 14) && vector != 17;
}

void test_run(void)
{
    struct table_pointer pointer = { SHORT_VECTORS * 8 - 1, (uint32_t)trap_gates };

    for (uint32_t vector = 0; vector < VECTOR_COUNT; vector++) {
        check_vector(vector);
        if (!is_plain(vector))
            continue;
        trap_set_handler(vector, arrived);
        code[1] = (uint8_t)vector;
        execute();
        test_check(code[1] == (uint8_t)~vector, "int n did not arrive at its handler");
        trap_set_handler(vector, 0);
    }
    cpu_lidt(&pointer);
    for (uint32_t vector = SHORT_VECTORS; vector < VECTOR_COUNT; vector++) {
        code[1] = (uint8_t)vector;
        test_expect("beyond the IDT", execute, VECTOR_PROTECTION, vector * 8 + ERROR_IDT);
    }
    test_success();
}
