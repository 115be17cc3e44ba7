/*
 * Exercise 2.8: a fault on the way out. Where the fault's frame lies over the guest's is what the CPU does: EFLAGS CS
 * EIP below ESP, then the stub's words (trap.h).
 */
#include <stdio.h>
#include <string.h>

#include "check_machine.h"
#include "unit.h"

#define WORD      4
#define REGISTERS 12 /* words: GS FS ES DS, then what PUSHA pushes */
#define AT_IRET   14 /* words popped when IRET itself faults */

/* `words` of the guest's frame are popped: in registers, so in the fault's frame; the others still in memory. */
static void recover_try(unsigned words)
{
    struct wire_recover request = { .popped = words * WORD }, reply;
    uint8_t expected[sizeof(request.bytes)];
    const uint8_t *fault = request.bytes + WIRE_FRAME + request.popped - WIRE_FRAME_ESP;
    unsigned kept = (words < REGISTERS ? words : REGISTERS) * WORD;

    for (size_t i = 0; i < sizeof(request.bytes); i++)
        request.bytes[i] = (uint8_t)check_random();
    memcpy(expected, request.bytes, sizeof(expected));
    memcpy(expected + WIRE_FRAME, fault, kept);
    unit_call(WIRE_RECOVER, &request, sizeof(request), &reply, sizeof(reply));
    check_bytes("fields that were popped, from the fault's frame", expected + WIRE_FRAME, reply.bytes + WIRE_FRAME,
                kept);
    check_bytes("fields that are still in place", expected + WIRE_FRAME + words * WORD,
                reply.bytes + WIRE_FRAME + words * WORD, 19 * WORD - words * WORD);
    check_bytes("what lies above the frame", expected + WIRE_FRAME + 19 * WORD, reply.bytes + WIRE_FRAME + 19 * WORD,
                sizeof(expected) - WIRE_FRAME - 19 * WORD);
}

static void run_recover(void)
{
    static const char *const places[] = { "POP GS", "POP FS", "POP ES", "POP DS" };

    for (unsigned round = 0; round < 4; round++) {
        for (unsigned words = 0; words < 4; words++) {
            check_case("the fault hits %s, %u bytes popped", places[words], words * WORD);
            recover_try(words);
        }
        check_case("the fault hits IRET, %u bytes popped", AT_IRET * WORD);
        recover_try(AT_IRET);
    }
}

static struct wire_request request;

static void failsafe_make(unsigned round)
{
    if (round & 1)
        request_make_program(&request, 3);
    else
        request_make(&request);
    request.machine.ds = check_random() & 0xffff;
    request.machine.es = check_random() & 0xffff;
    request.machine.fs = check_random() & 0xffff;
    request.vector = 10 + check_below(5);
    request.error = check_below(0x10000);
}

static void run_bounce(void)
{
    for (unsigned round = 0; round < 12; round++) {
        struct wire_machine *machine = &request.machine, expected;

        failsafe_make(round);
        if (round == 4)
            machine->eip = machine->failsafe.eip; /* another CS: not the callback itself */
        if (round == 4)
            machine->cs = 0x0009;
        if (round == 6)
            machine->failsafe.cs = 0x000b;
        expected = *machine;
        expected.ds = expected.es = expected.fs = expected.gs = 0;
        check_case("exception %u on the way to %04x:%08x; failsafe callback at %04x:%08x", request.vector, machine->cs,
                   machine->eip, machine->failsafe.cs, machine->failsafe.eip);
        const struct wire_outcome *outcome = machine_run(WIRE_FAILSAFE, &request);
        expect_alive(outcome);
        check_equal("calls of bounce_deliver()", 1, outcome->bounced.count);
        check_equal("EIP of the handler that is bounced to", machine->failsafe.eip, outcome->bounced.handler.eip);
        check_equal("CS of the handler that is bounced to", machine->failsafe.cs, outcome->bounced.handler.cs);
        check_fact(outcome->bounced.has_segments, "the frame has the data selectors", "has_segments is not set");
        check_fact(!outcome->bounced.has_error, "the frame has no error code", "has_error is set");
        check_equal("DS when the frame is made", machine->ds, outcome->bounced.ds);
        check_equal("ES when the frame is made", machine->es, outcome->bounced.es);
        check_equal("FS when the frame is made", machine->fs, outcome->bounced.fs);
        check_equal("GS when the frame is made", machine->gs, outcome->bounced.gs);
        expect_machine(&expected, outcome);
    }
}

static void crash_expect(void)
{
    const struct wire_outcome *outcome = machine_run(WIRE_FAILSAFE, &request);

    check_equal("calls of bounce_deliver()", 0, outcome->bounced.count);
    expect_crash(outcome, "cannot return to");
}

static void run_crash(void)
{
    for (uint16_t cs = 0; cs < 4; cs++) {
        failsafe_make(cs);
        request.machine.failsafe.cs = cs;
        check_case("no failsafe callback: its CS is %04x", cs);
        crash_expect();
    }
    failsafe_make(0);
    request.machine.cs = request.machine.failsafe.cs = 0x0019;
    request.machine.eip = request.machine.failsafe.eip;
    check_case("the fault came on the way to the failsafe callback itself");
    crash_expect();
}

static const struct check checks[] = {
    { .name = "failsafe-recover", .exercise = "2.8", .points = 3, .kind = CHECK_UNIT,
      .invariant = "Whichever POP faults, or IRET, the guest's frame is whole again: popped fields are in the fault's.",
      .where = "failsafe.c: frame_recover()",
      .causes = { "the two frames overlap: the fault's fields are overwritten before they are copied",
                  "fields that were not popped yet are still right in the guest's frame",
                  "popped can be more than FRAME_REGISTERS: at IRET the vector and error words are gone too" },
      .run = run_recover },
    { .name = "failsafe-bounce", .exercise = "2.8", .points = 2, .kind = CHECK_UNIT,
      .invariant = "The failsafe callback gets the data selectors on its stack, and null ones in its registers.",
      .where = "failsafe.c: failsafe_deliver()",
      .causes = { "the selectors are cleared before the frame is made, so that the guest never sees them",
                  "GS or FS was forgotten, and faults again",
                  "the callback has no error code: has_segments alone",
                  "it is in callbacks[CALLBACK_FAILSAFE], not in the trap table" },
      .run = run_bounce },
    { .name = "failsafe-crash", .exercise = "2.8", .points = 1, .kind = CHECK_UNIT,
      .invariant = "Without a failsafe callback, or when it is that which cannot be reached, the guest is crashed.",
      .where = "failsafe.c: failsafe_deliver()",
      .causes = { "a CS of 1 to 3 is a null selector too: below 4",
                  "on the way to the callback itself a bounce would be tried for ever" },
      .requires = { "failsafe-bounce" }, .run = run_crash },
};
CHECKS(checks);
