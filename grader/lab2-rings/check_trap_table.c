/*
 * Exercise 2.5, the trap table: entries of 8 bytes in guest memory (vector, flags, CS, address), ended by an address
 * of 0, merged into the table that is there.
 */
#include <stdio.h>

#include "check_machine.h"

#define SIZE 8

static struct wire_request request;

static void entry_make(uint32_t list, unsigned index, const uint8_t head[2], uint16_t cs, uint32_t address)
{
    machine_store(&request.machine, list + index * SIZE, head[0] | (uint32_t)head[1] << 8 | (uint32_t)cs << 16);
    machine_store(&request.machine, list + index * SIZE + 4, address);
}

static void table_call(uint32_t list)
{
    request.numbers[0] = SET_TRAP_TABLE;
    request.args[0] = list;
    for (unsigned i = 1; i < 6; i++)
        request.args[i] = check_random();
}

static const struct wire_outcome *table_run(uint32_t result, const struct wire_machine *expected)
{
    const struct wire_outcome *outcome = machine_run(WIRE_HANDLER, &request);

    check_equal(result == 0 ? "result" : "result (-EFAULT)", result, outcome->result);
    expect_machine(expected, outcome);
    expect_alive(outcome);
    return outcome;
}

static void handler_compare(const struct wire_handler *expected, const struct wire_handler *observed)
{
    check_equal("EIP of the handler", expected->eip, observed->eip);
    check_equal("CS of the handler", expected->cs, observed->cs);
    check_equal("DPL of the handler", expected->dpl, observed->dpl);
    check_equal("handler masks events", !!expected->masks, !!observed->masks);
}

/* One entry, with every flag; bits of the flags that mean nothing are set in some. */
static void run_decode(void)
{
    static const uint16_t selectors[] = { KERNEL_CODE, 0xe018, 0x0008, 0x000b, 0x0000, 0x0004, 0xe008, 0x000a, 0x0007 };
    static const uint8_t end[2] = { 0, 0 };
    uint32_t list = WIRE_WINDOW + 0x100;

    for (unsigned flags = 0; flags < 16; flags++)
        for (size_t i = 0; i < sizeof(selectors) / sizeof(selectors[0]); i++) {
            uint8_t head[2] = { (uint8_t)(1 + check_below(255)), (uint8_t)flags };
            uint16_t raised = selectors[i] % 4 ? selectors[i] : (uint16_t)(selectors[i] + 1);
            struct wire_handler expected = { 1 + check_below(0xf0000000), raised, flags & 3, flags >> 2 & 1 };

            request_make(&request);
            entry_make(list, 0, head, selectors[i], expected.eip);
            entry_make(list, 1, end, 0, 0);
            table_call(list);
            check_case("vector %02x, flags %02x, CS %04x, address %08x", head[0], flags, selectors[i], expected.eip);
            const struct wire_outcome *outcome = machine_run(WIRE_HANDLER, &request);
            check_equal("result", 0, outcome->result);
            handler_compare(&expected, &outcome->machine.traps[head[0]]);
        }
}

static void entries_random(uint32_t list, unsigned count, struct wire_machine *expected)
{
    for (unsigned i = 0; i < count; i++) {
        uint8_t head[2] = { (uint8_t)check_below(256), (uint8_t)check_below(8) };
        uint32_t address = 1 + check_below(0x1000000);

        entry_make(list, i, head, KERNEL_CODE, address);
        expected->traps[head[0]] = (struct wire_handler){ address, KERNEL_CODE, head[1] & 3, head[1] >> 2 & 1 };
    }
}

/* The end of the list lies in a page that is not there. */
static void cut_try(void)
{
    uint32_t list = WIRE_WINDOW + 4096 - 5 * SIZE;
    struct wire_machine expected;

    request_make(&request);
    expected = request.machine;
    entries_random(list, 5, &expected);
    request.machine.page[1] = expected.page[1] = WIRE_ABSENT;
    for (uint32_t i = 0; i < WIRE_MEMORY; i++)
        expected.memory[i] = request.machine.memory[i];
    table_call(list);
    check_case("the sixth entry lies in a page that is not mapped");
    table_run(MINUS_EFAULT, &expected);
}

/* More entries than vectors: 256 are looked at. */
static void long_try(void)
{
    uint32_t list = WIRE_WINDOW + 0x40;
    struct wire_machine expected, all;
    uint8_t last;

    request_make(&request);
    expected = request.machine;
    entries_random(list, 256, &expected);
    last = (uint8_t)machine_load(&request.machine, list + 255 * SIZE);
    for (uint32_t i = 0; i < 256; i++) {
        const uint8_t head[2] = { (uint8_t)i, 0 };
        entry_make(list, 256 + i, head, KERNEL_CODE, 0x7000000 + i);
    }
    all = request.machine;
    for (uint32_t i = 0; i < 256; i++)
        all.traps[i] = expected.traps[i];
    table_call(list);
    check_case("a list of 512 entries without an end; the last that counts, the 256th, is for vector %02x", last);
    table_run(0, &all);
}

static void run_merge(void)
{
    uint32_t list = WIRE_WINDOW + 4096 - 3 * SIZE - 4; /* the fourth entry lies in two pages */
    const uint8_t fast[2] = { 0x80, 3 };

    for (unsigned count = 0; count < 8; count++) {
        struct wire_machine expected, all;

        request_make(&request);
        expected = request.machine;
        entries_random(list, count, &expected);
        entry_make(list, count, fast, KERNEL_CODE, 0);
        entry_make(list, count + 1, fast, KERNEL_CODE, 0x5555555);
        all = request.machine;
        for (unsigned i = 0; i < 256; i++)
            all.traps[i] = expected.traps[i];
        table_call(list);
        check_case("a list of %u entries, its end, and one more behind the end", count);
        table_run(0, &all);
    }
    cut_try();
    long_try();
}

static void run_clear(void)
{
    const uint8_t fast[2] = { 0x80, 3 };
    struct wire_machine expected;

    request_make(&request);
    table_call(0);
    expected = request.machine;
    for (unsigned i = 0; i < 256; i++)
        expected.traps[i] = (struct wire_handler){ 0 };
    check_case("set_trap_table(0)");
    const struct wire_outcome *outcome = table_run(0, &expected);
    check_equal("handler of INT 0x80 when its gate was last made: EIP", 0, outcome->updated.eip);
    check_fact(outcome->updates > 0, "the gate for INT 0x80 is made anew", "it was left");
    request_make(&request);
    entry_make(WIRE_WINDOW, 0, fast, KERNEL_CODE, 0x1234567);
    entry_make(WIRE_WINDOW, 1, fast, 0, 0);
    table_call(WIRE_WINDOW);
    check_case("an entry for vector 0x80");
    outcome = machine_run(WIRE_HANDLER, &request);
    check_fact(outcome->updates > 0, "the gate for INT 0x80 is made anew", "it was left");
    check_equal("handler of INT 0x80 when its gate was last made: EIP", 0x1234567, outcome->updated.eip);
}

static const struct check checks[] = {
    { .name = "trap-table-entry", .exercise = "2.5", .points = 2, .kind = CHECK_UNIT,
      .invariant = "An entry becomes a handler: address, CS with an RPL of at least 1, DPL and mask bit of its flags.",
      .where = "trap_table.c: handler_decode()",
      .causes = { "the selector is not raised: a handler's CS must never ask for ring 0",
                  "TRAP_INFO_DPL takes two bits, TRAP_INFO_MASKS is the third",
                  "the vector of the entry is not where the handler goes" },
      .run = run_decode },
    { .name = "trap-table-merge", .exercise = "2.5", .points = 1, .kind = CHECK_UNIT,
      .invariant = "Entries are merged one by one up to an address of 0, at most 256; -EFAULT leaves those before it.",
      .where = "trap_table.c: set_trap_table()",
      .causes = { "the entry that ends the list is taken as a handler",
                  "the table is cleared first: entries are added to what is there",
                  "a list without an end goes on through all memory",
                  "one entry too few: as many count as there are vectors, 256 and not 255" },
      .requires = { "trap-table-entry" }, .run = run_merge },
    { .name = "trap-table-clear", .exercise = "2.5", .points = 1, .kind = CHECK_UNIT,
      .invariant = "set_trap_table(0) removes all handlers, and the gate for INT 0x80 always follows its handler.",
      .where = "trap_table.c: set_trap_table()",
      .causes = { "0 was taken for the address of a list",
                  "the table is written directly: handler_set() and table_clear() see to the gate" },
      .run = run_clear },
};
CHECKS(checks);
