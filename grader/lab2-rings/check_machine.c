/*
 * Machines for lab 2's unit checks (host side; see check_machine.h). No check stands here.
 */
#include "check_machine.h"

#include <stdio.h>
#include <string.h>

#include "unit.h"

static struct wire_outcome outcome;

static void registers_make(struct wire_machine *machine)
{
    uint32_t *const places[] = { &machine->edi, &machine->esi, &machine->ebp, &machine->ebx, &machine->edx,
                                 &machine->ecx, &machine->eax, &machine->eip };

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        *places[i] = check_random();
    machine->cs = KERNEL_CODE;
    machine->ss = KERNEL_DATA;
    machine->ds = machine->es = KERNEL_DATA;
    machine->fs = PROGRAM_DATA;
    machine->gs = 0x0013;
    machine->esp = WIRE_WINDOW + 4096 + 1024 + 4 * check_below(512);
    machine->eflags = FLAG_FIXED | FLAG_IF | (check_random() & FLAG_FREE);
    machine->kernel_ss = KERNEL_DATA;
    machine->kernel_sp = WIRE_WINDOW + 2 * 4096 + 1024 + 4 * check_below(512);
}

void request_make(struct wire_request *request)
{
    struct wire_machine *machine = &request->machine;

    memset(request, 0, sizeof(*request));
    registers_make(machine);
    for (unsigned i = 0; i < WIRE_PAGES; i++)
        machine->page[i] = WIRE_WRITABLE;
    for (unsigned i = 0; i < WIRE_MEMORY; i++)
        machine->memory[i] = (uint8_t)check_random();
    for (unsigned i = 0; i < 256; i += 1 + check_below(3))
        machine->traps[i] = (struct wire_handler){ 1 + check_below(0x400000), KERNEL_CODE, (uint8_t)check_below(4),
                                                   (uint8_t)check_below(2) };
    machine->failsafe = (struct wire_handler){ 0x00123456, KERNEL_CODE, 0, 0 };
}

void request_make_program(struct wire_request *request, unsigned ring)
{
    request_make(request);
    request->machine.cs = (PROGRAM_CODE & ~3u) | ring;
    request->machine.ss = (PROGRAM_DATA & ~3u) | ring;
    request->machine.esp = 0x1000 + check_below(0x100000); /* no memory there: it is not to be used */
}

void request_offer(struct wire_request *request, uint32_t number, uint32_t result, uint32_t effect)
{
    request->offered[request->offered_count++] = (struct wire_offered){ number, result, effect };
}

void machine_store(struct wire_machine *machine, uint32_t address, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        machine->memory[address - WIRE_WINDOW + i] = (uint8_t)(value >> 8 * i);
}

uint32_t machine_load(const struct wire_machine *machine, uint32_t address)
{
    uint32_t value = 0;

    for (unsigned i = 4; i-- > 0;)
        value = value << 8 | machine->memory[address - WIRE_WINDOW + i];
    return value;
}

const struct wire_outcome *machine_run(enum wire_operation operation, const struct wire_request *request)
{
    unit_call(operation, request, sizeof(*request), &outcome, sizeof(outcome));
    outcome.reason[WIRE_REASON - 1] = outcome.log[WIRE_LOG - 1] = 0; /* texts of another program's */
    return &outcome;
}

static void compare(const char *what, uint32_t expected, uint32_t observed)
{
    if (expected != observed)
        check_equal(what, expected, observed);
}

/* One list for all plain members, so that none is forgotten. */
#define EACH_MEMBER(each)                                                                                            \
    each(eip) each(cs) each(eflags) each(esp) each(ss) each(ds) each(es) each(fs) each(gs) each(eax) each(ebx)       \
    each(ecx) each(edx) each(esi) each(edi) each(ebp) each(kernel_ss) each(kernel_sp) each(iopl) each(assists)       \
    each(nmi_active)
#define MEMBER_COMPARE(name) compare(#name, expected->name, observed->name);

static void handlers_compare(const struct wire_handler expected[256], const struct wire_handler observed[256])
{
    char what[32];

    for (unsigned i = 0; i < 256; i++) {
        snprintf(what, sizeof(what), "handler %02x: EIP", i);
        compare(what, expected[i].eip, observed[i].eip);
        snprintf(what, sizeof(what), "handler %02x: CS", i);
        compare(what, expected[i].cs, observed[i].cs);
        snprintf(what, sizeof(what), "handler %02x: DPL", i);
        compare(what, expected[i].dpl, observed[i].dpl);
        snprintf(what, sizeof(what), "handler %02x: masks", i);
        compare(what, !!expected[i].masks, !!observed[i].masks);
    }
}

/* The words of a stack are told as words; all other memory as bytes. */
void expect_machine(const struct wire_machine *expected, const struct wire_outcome *seen)
{
    const struct wire_machine *observed = &seen->machine;
    char what[48];

    EACH_MEMBER(MEMBER_COMPARE)
    compare("upcall mask (evtchn_upcall_mask)", expected->mask, observed->mask);
    handlers_compare(expected->traps, observed->traps);
    for (uint32_t at = WIRE_WINDOW; at < WINDOW_END; at += 4) {
        snprintf(what, sizeof(what), "guest's word at %08x (ESP%+d)", at, (int32_t)(at - observed->esp));
        if (expected->page[(at - WIRE_WINDOW) >> 12] != WIRE_ABSENT)
            compare(what, machine_load(expected, at), machine_load(observed, at));
    }
}

void expect_alive(const struct wire_outcome *seen)
{
    check_fact(seen->is_alive && seen->crashes == 0, "the guest goes on", "it was crashed: %s", seen->reason);
}

void expect_crash(const struct wire_outcome *seen, const char *words)
{
    check_fact(!seen->is_alive, "the guest is crashed", "it goes on at %04x:%08x", seen->machine.cs,
               seen->machine.eip);
    check_equal("calls of domain_crash()", 1, seen->crashes);
    check_fact(strstr(seen->reason, words) != NULL, words, "another reason: %s", seen->reason);
}
