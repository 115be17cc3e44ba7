/* Loads the task register with a data segment, beyond the table, with an absent TSS and with a busy one: #GP or #NP
   with the selector as error code each time (SDM vol. 2, LTR). */
/* expect: success */
/* native: yes */
#include "test.h"

#define TABLE_SIZE  8
#define TSS_FREE    0x0000890000000067ull
#define TSS_ABSENT  0x0000090000000067ull
#define TSS_BUSY    0x00008B0000000067ull

static uint64_t table[TABLE_SIZE] = {
    [1] = 0x00CF9B000000FFFFull, [2] = 0x00CF93000000FFFFull, [3] = TSS_FREE, [4] = TSS_ABSENT, [5] = TSS_BUSY,
};
static uint16_t selector;

static void load_task(void)
{
    cpu_ltr(selector);
}

static void check_load(const char *name, uint16_t bad, uint32_t vector)
{
    selector = bad;
    test_expect(name, load_task, vector, bad & ~3u);
}

void test_run(void)
{
    struct table_pointer pointer = { sizeof(table) - 1, (uint32_t)table };

    cpu_lgdt(&pointer);
    check_load("data segment", 0x10, VECTOR_PROTECTION);
    check_load("beyond the table", sizeof(table), VECTOR_PROTECTION);
    check_load("absent", 0x20, VECTOR_NOT_PRESENT);
    check_load("busy", 0x28, VECTOR_PROTECTION);
    check_load("a hypervisor's", 0xE040, VECTOR_PROTECTION);
    selector = 0x18;
    load_task();
    test_expect("the same again: it is busy now", load_task, VECTOR_PROTECTION, 0x18);
    test_success();
}
