/* Trap table entries that name ring 0's code, data, nothing, or an address in the hypervisor. The handler cannot be
   entered; that is told by the failsafe callback, or by the fault at the handler's first instruction. */
/* expect: success */
#include "test.h"

/* 0x30 always goes through the hypervisor, 0x80 perhaps not. */
OPERATION(raise, "int $0x30")
USER_OPERATION(raise_fast, "int $0x80")

/* The address is the worst one: the hypervisor's own entry. */
static void entry_set(unsigned vector, uint16_t cs, uint32_t address)
{
    struct trap_info list[2] = { { .vector = (uint8_t)vector, .flags = 3, .cs = cs, .address = address } };

    test_result("entry", hypercall_set_trap_table(list), 0);
}

/* A selector of our own tables may stand in the fast gate; then it is the processor that refuses int 0x80. */
static void try(uint16_t cs)
{
    struct trap_record record = { .cr2 = 0 };
    bool is_gate;

    entry_set(0x30, cs, ADDRESS_HOLE);
    test_expect("handler that cannot be entered", raise, VECTOR_FAILSAFE, 0);
    entry_set(0x80, cs, ADDRESS_HOLE);
    test_check(trap_happens(raise_fast, &record), "int 0x80 that cannot be entered");
    is_gate = record.frame.vector == VECTOR_PROTECTION && record.frame.error == (cs & ~3u);
    test_check(is_gate || record.frame.vector == VECTOR_FAILSAFE, "int 0x80 that cannot be entered ends otherwise");
}

/* A good segment and a bad address in it. */
static void far_check(void)
{
    struct trap_record record = { .cr2 = 0 };

    entry_set(0x30, SELECTOR_RING1_CODE, ADDRESS_HOLE);
    test_check(trap_happens(raise, &record), "a handler in the hypervisor");
    test_check(record.frame.vector == VECTOR_FAILSAFE || record.frame.vector == VECTOR_PAGE ||
               record.frame.vector == VECTOR_PROTECTION, "a handler in the hypervisor ends otherwise");
}

void test_run(void)
{
    failsafe_catch(true);
    try(0xE008);
    try(0xE009);
    try(0xE00B);
    try(0xE010);
    try(0xE040);
    try(0xE021);
    try(0x0008);
    try(0xF000);
    try(0xFFFF);
    far_check();
    test_success();
}
