/*
 * Exercise 2.3: one hypercall, and lists of them. The table that is called is the executor's and records; what is
 * offered in it differs from round to round.
 */
#include <stdio.h>
#include <string.h>

#include "check_machine.h"

#define ENTRY 32 /* bytes of struct multicall_entry: op, result, six arguments */
#define BATCH 64
#define HOLE  0xf5800000u /* where the hypervisor's addresses begin */

static struct wire_request request;

static void call_compare(const struct wire_outcome *outcome, unsigned index, uint32_t number, const uint32_t args[6])
{
    char what[48];

    check_fact(outcome->call_count > index, "the handler is called", "call %u was not made", index + 1);
    snprintf(what, sizeof(what), "number of call %u", index + 1);
    check_equal(what, number, outcome->calls[index].number);
    for (unsigned i = 0; i < 6; i++) {
        snprintf(what, sizeof(what), "argument %u of call %u", i + 1, index + 1);
        check_equal(what, args[i], outcome->calls[index].args[i]);
    }
}

/* Interface: arguments in EBX ECX EDX ESI EDI EBP, result in EAX. */
static void hypercall_try(uint32_t effect, bool has_work)
{
    uint32_t number = check_below(64), result = check_random();
    struct wire_machine *machine = &request.machine, expected;

    request_make(&request);
    request_offer(&request, number, result, effect);
    request.count = 1;
    request.numbers[0] = number;
    machine->work = has_work;
    const uint32_t args[6] = { machine->ebx, machine->ecx, machine->edx, machine->esi, machine->edi, machine->ebp };
    expected = *machine;
    expected.eax = result;
    check_case("hypercall %u, whose handler returns %x%s%s", number, result,
               effect == WIRE_REPLACES ? " and puts another context into the frame" :
               effect == WIRE_KILLS ? " and ends the domain" : "", has_work ? "; work is left for the way out" : "");
    const struct wire_outcome *outcome = machine_run(WIRE_RING_HYPERCALL, &request);
    call_compare(outcome, 0, number, args);
    check_equal("calls made", 1, outcome->call_count);
    if (effect == WIRE_REPLACES)
        check_equal("EAX, of the context that was put in place", result, outcome->machine.eax);
    else
        expect_machine(&expected, outcome);
    check_equal("trap_settle(), by trap_finish()", has_work, outcome->settles);
}

static void run_registers(void)
{
    for (unsigned round = 0; round < 24; round++)
        hypercall_try(round % 3 == 2 ? WIRE_REPLACES : round == 4 ? WIRE_KILLS : WIRE_RETURNS, round & 1);
}

static void run_missing(void)
{
    static const uint32_t numbers[] = { 20, 20, 32, 63, 64, 1000, 0xffffffff, 20 };

    request_make(&request);
    memcpy(request.numbers, numbers, sizeof(numbers));
    request.count = 8;
    check_case("hypercalls 20, 20, 32, 63, 64, 1000, 2^32-1, 20, none of which any floor has");
    const struct wire_outcome *outcome = machine_run(WIRE_RING_HYPERCALL, &request);
    check_equal("EAX (-ENOSYS)", MINUS_ENOSYS, outcome->machine.eax);
    check_text("log", "domain 1 (guest): hypercall 20 (grant_table_op) belongs to a higher floor\n"
               "domain 1 (guest): hypercall 32 (event_channel_op) belongs to a higher floor\n"
               "domain 1 (guest): hypercall 63 (?) belongs to a higher floor\n", outcome->log);
    request_make(&request);
    request_offer(&request, 29, MINUS_ENOSYS, WIRE_RETURNS);
    request.count = 1;
    request.numbers[0] = 29;
    check_case("hypercall 29, which is offered and does not know the command");
    outcome = machine_run(WIRE_RING_HYPERCALL, &request);
    check_equal("EAX (-ENOSYS)", MINUS_ENOSYS, outcome->machine.eax);
    check_text("log", "", outcome->log);
}

/* A list in the guest's memory at `list`; entry i calls numbers[i % count] with arguments that depend on i. */
static void entry_make(uint32_t list, unsigned index, uint32_t number)
{
    uint32_t at = list + index * ENTRY;

    machine_store(&request.machine, at, number);
    machine_store(&request.machine, at + 4, 0xdeadbeef);
    for (unsigned i = 0; i < 6; i++)
        machine_store(&request.machine, at + 8 + 4 * i, index << 8 | i);
}

static void list_args(uint32_t list, uint32_t count)
{
    request.numbers[0] = MULTICALL;
    request.args[0] = list;
    request.args[1] = count;
    for (unsigned i = 2; i < 6; i++)
        request.args[i] = check_random();
}

static void entry_called(const struct wire_outcome *outcome, unsigned call, unsigned index, uint32_t number)
{
    uint32_t args[6];

    for (unsigned i = 0; i < 6; i++)
        args[i] = index << 8 | i;
    call_compare(outcome, call, number, args);
}

/* Ordinary entries, one that fails, one that is nested, one that nobody has. */
static void run_list(void)
{
    static const uint32_t numbers[] = { 17, 29, MULTICALL, 33, 17 }, called[] = { 17, 29, 33, 17 };
    static const uint32_t results[] = { 0x40011, MINUS_EFAULT + 1, MINUS_EINVAL, MINUS_ENOSYS, 0x40011 };
    static const unsigned indices[] = { 0, 1, 3, 4 };
    uint32_t list = WIRE_WINDOW + 4096 - 2 * ENTRY - 8; /* the third entry lies in two pages */
    struct wire_machine expected;

    request_make(&request);
    request_offer(&request, 17, 0x40011, WIRE_RETURNS);
    request_offer(&request, 29, MINUS_EFAULT + 1, WIRE_RETURNS);
    request_offer(&request, MULTICALL, 0x666, WIRE_RETURNS);
    for (unsigned i = 0; i < 5; i++)
        entry_make(list, i, numbers[i]);
    list_args(list, 5);
    expected = request.machine;
    for (unsigned i = 0; i < 5; i++)
        machine_store(&expected, list + i * ENTRY + 4, results[i]);
    check_case("a list of xen_version, sched_op, multicall, physdev_op, xen_version");
    const struct wire_outcome *outcome = machine_run(WIRE_HANDLER, &request);
    check_equal("result, however the entries fared", 0, outcome->result);
    for (unsigned i = 0; i < 4; i++)
        entry_called(outcome, i, indices[i], called[i]);
    check_equal("calls made", 4, outcome->call_count);
    expect_machine(&expected, outcome);
    list_args(list, 0);
    check_case("an empty list");
    outcome = machine_run(WIRE_HANDLER, &request);
    check_equal("result", 0, outcome->result);
    check_equal("calls made", 0, outcome->call_count);
}

static void bound_try(uint32_t count)
{
    uint32_t list = WIRE_WINDOW + 0x40, done = count < BATCH ? count : BATCH;
    struct wire_machine expected;

    request_make(&request);
    request_offer(&request, 17, 7, WIRE_RETURNS);
    for (unsigned i = 0; i < count; i++)
        entry_make(list, i, 17);
    list_args(list, count);
    expected = request.machine;
    for (unsigned i = 0; i < done; i++)
        machine_store(&expected, list + i * ENTRY + 4, 7);
    if (count > BATCH) { /* INT 0x82 is made again, with what is left */
        expected.eip -= 2;
        expected.ebx = list + BATCH * ENTRY;
        expected.ecx = count - BATCH;
    }
    check_case("a list of %u entries; HYPERCALL_BATCH is %u", count, BATCH);
    const struct wire_outcome *outcome = machine_run(WIRE_HANDLER, &request);
    check_equal("calls made before others may run", done, outcome->call_count);
    check_equal(count > BATCH ? "result, which is EAX when the instruction is repeated" : "result",
                count > BATCH ? MULTICALL : 0, outcome->result);
    expect_machine(&expected, outcome);
}

static void run_bound(void)
{
    static const uint32_t counts[] = { BATCH - 1, BATCH, BATCH + 1, 150, 300 };

    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        bound_try(counts[i]);
}

/* Entry 2 of 4 is what `effect` says; the ones behind it must not be called. */
static const struct wire_outcome *stop_try(uint32_t number, uint32_t effect, uint32_t result)
{
    uint32_t list = WIRE_WINDOW + 0x40;

    request_make(&request);
    request_offer(&request, 17, 7, WIRE_RETURNS);
    request_offer(&request, number, result, effect);
    for (unsigned i = 0; i < 4; i++)
        entry_make(list, i, i == 1 ? number : 17);
    list_args(list, 4);
    const struct wire_outcome *outcome = machine_run(WIRE_HANDLER, &request);
    check_equal("calls made", 2, outcome->call_count);
    for (unsigned i = 2; i < 4; i++)
        check_equal("result field of an entry that must not run", 0xdeadbeef,
                    machine_load(&outcome->machine, list + i * ENTRY + 4));
    return outcome;
}

static void run_iret(void)
{
    static const uint32_t results[] = { 0x12345678, 0, MINUS_EFAULT, MULTICALL };

    for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
        check_case("the second of four entries is an iret to a context with EAX %x", results[i]);
        const struct wire_outcome *outcome = stop_try(IRET, WIRE_REPLACES, results[i]);
        check_equal("result, which is EAX of the context that goes on", results[i], outcome->result);
        check_equal("result field of the iret's entry", 0xdeadbeef,
                    machine_load(&outcome->machine, WIRE_WINDOW + 0x40 + ENTRY + 4));
    }
}

static void run_fault(void)
{
    uint32_t list = WIRE_WINDOW + 4096 - 2 * ENTRY;

    for (unsigned kind = 0; kind < 2; kind++) {
        request_make(&request);
        request_offer(&request, 17, 7, WIRE_RETURNS);
        for (unsigned i = 0; i < 4; i++)
            entry_make(list, i, 17);
        list_args(list, 4);
        request.machine.page[1] = kind == 0 ? WIRE_ABSENT : WIRE_READ_ONLY;
        check_case("the third of four entries lies in a page that is %s", kind == 0 ? "not mapped" : "read-only");
        const struct wire_outcome *outcome = machine_run(WIRE_HANDLER, &request);
        check_equal("result (-EFAULT)", MINUS_EFAULT, outcome->result);
        check_equal("calls made", kind == 0 ? 2 : 3, outcome->call_count);
    }
    check_case("the second of four entries ends the domain");
    stop_try(29, WIRE_KILLS, 0);
}

/* The whole list is judged by its size, before its first entry runs. */
static void run_long(void)
{
    static const uint32_t counts[] = { 0x08000001, 0xffffffff, 0x80000000, (HOLE - WIRE_WINDOW) / ENTRY + 1 };

    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        request_make(&request);
        request_offer(&request, 17, 7, WIRE_RETURNS);
        for (unsigned k = 0; k < 100; k++)
            entry_make(WIRE_WINDOW, k, 17);
        list_args(WIRE_WINDOW, counts[i]);
        check_case("a list of %u entries at %08x, which reaches the hypervisor's addresses", counts[i], WIRE_WINDOW);
        const struct wire_outcome *outcome = machine_run(WIRE_HANDLER, &request);
        check_equal("result (-EFAULT)", MINUS_EFAULT, outcome->result);
        check_equal("calls made", 0, outcome->call_count);
    }
}

static const struct check checks[] = {
    { .name = "hypercall-registers", .exercise = "2.3", .points = 3, .kind = CHECK_UNIT,
      .invariant = "A hypercall takes six arguments from EBX ECX EDX ESI EDI EBP and changes EAX, the result, alone.",
      .where = "hypercall.c: ring_hypercall()",
      .causes = { "the arguments are in another order: ESI EDI EBP are the last three",
                  "the result is stored only when the domain is alive, or in another register",
                  "trap_finish() is missing: another vcpu may be due" },
      .run = run_registers },
    { .name = "hypercall-missing", .exercise = "2.3", .points = 2, .kind = CHECK_UNIT,
      .invariant = "A call that no floor has is -ENOSYS and told once; -ENOSYS of a call that is there is not told.",
      .where = "hypercall.c: ring_hypercall()",
      .causes = { "missing_tell() is not called, or for every negative result",
                  "hypercall_missing() is called without asking hypercall_is_offered()" },
      .requires = { "hypercall-registers" }, .run = run_missing },
    { .name = "multicall-list", .exercise = "2.3", .points = 1, .kind = CHECK_UNIT,
      .invariant = "multicall makes the calls of its list in their order, stores each result, and returns 0.",
      .where = "hypercall.c: multicall()",
      .causes = { "the list does not move on by sizeof(struct multicall_entry)",
                  "a failed entry ends the list, or its error is returned",
                  "-EFAULT of entry_call() is about the list; an entry's own error is in its result" },
      .run = run_list },
    { .name = "multicall-bound", .exercise = "2.3", .points = 1, .kind = CHECK_UNIT,
      .invariant = "After HYPERCALL_BATCH entries of a longer list the call is made again with what is left.",
      .where = "hypercall.c: multicall()",
      .causes = { "the count is the guest's: one call could keep the CPU for ever",
                  "a list of exactly HYPERCALL_BATCH entries is done, not continued",
                  "the continuation begins at the wrong entry, or with the whole count" },
      .requires = { "multicall-list" }, .run = run_bound },
    { .name = "multicall-iret", .exercise = "2.3", .points = 1, .kind = CHECK_UNIT,
      .invariant = "An iret ends its list, and what it returned is the result, whatever that is.",
      .where = "hypercall.c: multicall()",
      .causes = { "the entries behind it run in another context than the one that made the list",
                  "0 is returned: the context that goes on has lost its EAX" },
      .requires = { "multicall-list" }, .run = run_iret },
    { .name = "multicall-fault", .exercise = "2.3", .points = 1, .kind = CHECK_UNIT,
      .invariant = "A list ends at the entry that cannot be read or answered, with -EFAULT, and with its domain.",
      .where = "hypercall.c: multicall()",
      .causes = { "the result of entry_call() is not looked at",
                  "domain_is_alive() is not asked before each entry" },
      .requires = { "multicall-list" }, .run = run_fault },
    { .name = "multicall-long", .exercise = "2.3", .points = 1, .kind = CHECK_UNIT,
      .invariant = "A list that reaches the hypervisor's addresses is -EFAULT before its first entry runs.",
      .where = "hypercall.c: multicall()",
      .causes = { "the size of the list was computed in 32 bits, in which a long one looks short",
                  "the range is not looked at: entries run until one cannot be read" },
      .requires = { "multicall-list" }, .run = run_long },
};
CHECKS(checks);
