/*
 * Exercise 1.6, delivery: what SDM vol. 3 sections 6.12 to 6.15 make of an event, on the guest's own IDT and stacks.
 * The model here knows only good gates to ring 0; what goes wrong on the way is a table of its own (6-4, 6-5).
 */
#include <string.h>

#include "check_machine.h"

#define HANDLER(vector) (0x400u + (vector) * 8u)
#define GATE_INT32  0x8e
#define GATE_TRAP32 0x8f
#define GATE_INT16  0x86
#define GATE_TRAP16 0x87
#define DPL3        0x60
#define VISIBLE     0x00244dd5u /* CF PF AF ZF SF TF DF OF NT AC ID: any of them may be set when an event comes */

/* An event on its way through a good gate. */
struct trial {
    uint32_t kind;
    uint8_t vector, gate;
    uint16_t error;
    uint32_t next_eip;
    bool is_user;
};

static const char *const kind_names[] = { "exception", "int n", "interrupt" };

/* Table 6-1. */
static bool has_error(unsigned vector)
{
    return vector == 8 || (vector >= 10 && vector <= 14) || vector == 17;
}

static void trial_machine(struct wire_machine *machine, const struct trial *trial)
{
    if (trial->is_user)
        machine_make_user(machine);
    else
        machine_make(machine);
    machine->iopl = check_below(4);
    machine->interrupts = check_below(2);
    machine->eflags |= check_random() & VISIBLE;
    machine_gate(machine, trial->vector, GUEST_CODE0, HANDLER(trial->vector), trial->gate);
    check_case("%s %u through a %u-bit %s gate from ring %u, IF %u, IOPL %u, EFLAGS %08x", kind_names[trial->kind],
               trial->vector, trial->gate & 8 ? 32 : 16, trial->gate & 1 ? "trap" : "interrupt", machine->ring,
               machine->interrupts, machine->iopl, machine->eflags);
}

static struct trial trial_draw(unsigned round)
{
    static const uint8_t gates[] = { GATE_INT32, GATE_TRAP32, GATE_INT32, GATE_INT16, GATE_TRAP32, GATE_TRAP16 };
    static const uint8_t exceptions[] = { 0, 3, 6, 7, 8, 10, 11, 12, 13, 14, 16, 17 };
    struct trial trial = { .kind = round % 3, .gate = gates[check_below(sizeof(gates))], .is_user = round & 1 };

    trial.vector = trial.kind == EVENT_EXTERNAL ? (uint8_t)(0x20 + check_below(0xd0)) :
                   trial.kind == EVENT_SOFTWARE ? (uint8_t)check_random() : exceptions[check_below(sizeof(exceptions))];
    trial.gate |= trial.is_user && trial.kind == EVENT_SOFTWARE ? DPL3 : 0;
    trial.error = (uint16_t)(check_random() & 0xfff8);
    trial.next_eip = PLACE_CODE + 0x200 + check_below(0x100);
    return trial;
}

static const struct wire_outcome *trial_run(const struct wire_machine *machine, const struct trial *trial)
{
    return deliver_run(machine, trial->kind, trial->vector, trial->error, trial->next_eip);
}

/* The words, top first, as the picture in figure 6-4 has them; returns how many. */
static unsigned frame_expected(const struct wire_machine *machine, const struct trial *trial, uint32_t words[6],
                               const char *names[6])
{
    uint32_t flags = machine->eflags & ~0x3200u;
    unsigned count = 0;

    if (trial->is_user) {
        names[count] = "SS in the guest's frame", words[count++] = (machine->ss & ~3u) | machine->ring;
        names[count] = "ESP in the guest's frame", words[count++] = machine->esp;
    }
    names[count] = "EFLAGS in the guest's frame";
    words[count++] = flags | (machine->interrupts ? FLAGS_IF : 0) | machine->iopl << 12;
    names[count] = "CS in the guest's frame", words[count++] = (machine->cs & ~3u) | machine->ring;
    names[count] = "EIP in the guest's frame";
    words[count++] = trial->kind == EVENT_SOFTWARE ? trial->next_eip : machine->eip;
    if (trial->kind == EVENT_EXCEPTION && has_error(trial->vector))
        names[count] = "error code in the guest's frame", words[count++] = trial->error;
    return count;
}

/* Where the handler's stack begins. */
static uint32_t stack_top(const struct wire_machine *machine)
{
    return machine->ring == 0 ? machine->esp : PLACE_INNER;
}

static void run_frame_words(void)
{
    for (unsigned round = 0; round < 120; round++) {
        struct trial trial = trial_draw(round);
        struct wire_machine machine;
        uint32_t words[6], place;
        const char *names[6];
        unsigned size = trial.gate & 8 ? 4 : 2;

        trial_machine(&machine, &trial);
        unsigned count = frame_expected(&machine, &trial, words, names);
        const struct wire_outcome *outcome = trial_run(&machine, &trial);
        check_equal("domain (0: alive)", WIRE_ALIVE, outcome->domain);
        place = stack_top(&machine);
        for (unsigned i = 0; i < count; i++) {
            place -= size;
            check_equal(names[i], words[i] & (size == 4 ? 0xffffffff : 0xffff),
                        machine_load(&outcome->machine, place, size));
        }
        check_equal("bytes pushed", stack_top(&machine) - place, stack_top(&machine) - outcome->machine.esp);
    }
}

/* Everything but the words themselves. */
static void run_delivery_state(void)
{
    for (unsigned round = 0; round < 120; round++) {
        struct trial trial = trial_draw(round);
        struct wire_machine machine, expected;
        uint32_t words[6];
        const char *names[6];

        trial_machine(&machine, &trial);
        expected = machine;
        const struct wire_outcome *outcome = trial_run(&machine, &trial);
        expected.esp = stack_top(&machine) - frame_expected(&machine, &trial, words, names) * (trial.gate & 8 ? 4 : 2);
        memcpy(expected.memory + expected.esp, outcome->machine.memory + expected.esp,
               stack_top(&machine) - expected.esp);
        expected.ring = 0;
        expected.cs = GUEST_CODE0 | 3;
        expected.ss = GUEST_DATA0 | 3;
        expected.eip = HANDLER(trial.vector);
        expected.eflags &= ~(FLAGS_TF | FLAGS_NT);
        if (!(trial.gate & 1))
            expected.interrupts = false;
        check_equal("domain (0: alive)", WIRE_ALIVE, outcome->domain);
        expect_machine(&expected, &outcome->machine);
    }
}

/* Good gates to all exceptions; some of them are then broken. */
static void gates_make(struct wire_machine *machine, bool is_user)
{
    if (is_user)
        machine_make_user(machine);
    else
        machine_make(machine);
    for (unsigned vector = 0; vector < 32; vector++)
        machine_gate(machine, (uint8_t)vector, GUEST_CODE0, HANDLER(vector), GATE_INT32);
}

static void gate_break(struct wire_machine *machine, uint8_t vector)
{
    machine_gate(machine, vector, GUEST_CODE0, HANDLER(vector), GATE_INT32 & 0x7f);
}

/* Expects the handler of `vector` to have been entered, with that error code if it has one. */
static void handler_expect(const struct wire_outcome *outcome, unsigned vector, uint32_t error)
{
    check_equal("domain (0: alive, 2: crashed)", WIRE_ALIVE, outcome->domain);
    check_equal("vector whose handler is entered", vector, (outcome->machine.eip - HANDLER(0)) / 8);
    if (has_error(vector))
        check_equal("error code", error, machine_load(&outcome->machine, outcome->machine.esp, 4));
}

/* Table 6-5: a second one that is contributory makes #DF of a first that is contributory, or a page fault. */
static bool is_doubling(unsigned vector)
{
    return vector == 0 || (vector >= 10 && vector <= 14);
}

/* Its gate is not present: #NP with the gate's index, or a double fault when the first is one of those. */
static void run_fault_on_the_way(void)
{
    static const uint8_t vectors[] = { 0, 1, 3, 4, 5, 6, 7, 10, 12, 13, 14, 16, 19 };

    for (unsigned i = 0; i < sizeof(vectors); i++) {
        struct wire_machine machine;
        uint8_t vector = vectors[i];

        gates_make(&machine, i & 1);
        gate_break(&machine, vector);
        check_case("exception %u, whose gate is not present", vector);
        const struct wire_outcome *outcome = deliver_run(&machine, EVENT_EXCEPTION, vector, 0x10, 0);
        if (is_doubling(vector))
            handler_expect(outcome, VECTOR_DF, 0);
        else
            handler_expect(outcome, VECTOR_NP, vector * 8u | 3);
    }
    for (unsigned round = 0; round < 8; round++) {
        struct wire_machine machine;
        uint8_t vector = (uint8_t)(0x20 + check_below(0xe0));
        bool is_software = round & 1;

        gates_make(&machine, false);
        check_case("%s %u, whose gate is empty", is_software ? "int" : "interrupt", vector);
        uint32_t kind = is_software ? EVENT_SOFTWARE : EVENT_EXTERNAL;
        const struct wire_outcome *outcome = deliver_run(&machine, kind, vector, 0, machine.eip);
        handler_expect(outcome, VECTOR_GP, vector * 8u | (is_software ? 2 : 3));
    }
}

/* SDM vol. 3 section 6.15, interrupt 8: a fault while #DF is delivered is the end. */
static void run_double_triple(void)
{
    static const uint8_t vectors[] = { 0, 10, 11, 12, 13 };

    for (unsigned i = 0; i < sizeof(vectors); i++) {
        struct wire_machine machine;

        gates_make(&machine, i & 1);
        gate_break(&machine, vectors[i]);
        gate_break(&machine, VECTOR_NP);
        check_case("exception %u, with no gate for it and for #NP", vectors[i]);
        handler_expect(deliver_run(&machine, EVENT_EXCEPTION, vectors[i], 0, 0), VECTOR_DF, 0);
        gate_break(&machine, VECTOR_DF);
        check_case("exception %u, with no gate for it, #NP and #DF", vectors[i]);
        const struct wire_outcome *outcome = deliver_run(&machine, EVENT_EXCEPTION, vectors[i], 0, 0);
        check_equal("domain (0: alive, 2: crashed)", WIRE_CRASHED, outcome->domain);
        expect_machine(&machine, &outcome->machine);
    }
    struct wire_machine machine;
    gates_make(&machine, false);
    gate_break(&machine, VECTOR_UD);
    gate_break(&machine, VECTOR_NP);
    check_case("#UD without a gate gives #NP, and that without a gate is the second contributory one");
    handler_expect(deliver_run(&machine, EVENT_EXCEPTION, VECTOR_UD, 0, 0), VECTOR_DF, 0);
}

static const struct check checks[] = {
    { .name = "frame-words", .exercise = "1.6", .points = 3, .kind = CHECK_UNIT,
      .invariant = "The handler finds the guest's view on its stack: virtual ring in CS and SS, virtual IF and IOPL.",
      .where = "bare_interrupt.c: frame_words()",
      .causes = { "CS and SS show the real RPL 3", "EFLAGS must come from bare_eflags()",
                  "only exceptions 8, 10 to 14 and 17 push an error code, and INT n never does",
                  "INT n returns behind itself: next_eip" },
      .requires = { "gate-pack", "segment-pack", "segment-unpack" }, .run = run_frame_words },
    { .name = "delivery-state", .exercise = "1.6", .points = 2, .kind = CHECK_UNIT,
      .invariant = "A handler starts in its ring, on its stack, TF and NT clear, IF clear by interrupt gates only.",
      .where = "bare_interrupt.c: delivery_commit()",
      .causes = { "the real IF in the frame must stay 1", "trap gates (types 7 and 15) leave IF alone",
                  "the virtual ring is not changed", "the stack of the inner ring is not loaded" },
      .requires = { "frame-words" }, .run = run_delivery_state },
    { .name = "fault-on-the-way", .exercise = "1.6", .points = 2, .kind = CHECK_UNIT,
      .invariant = "A fault while an event is delivered takes its place, or makes #DF as table 6-5 says.",
      .where = "bare_interrupt.c: bare_deliver()",
      .causes = { "a first exception 0 or 10 to 14 makes #DF: the contributory ones, and the page fault (table 6-5)",
                  "all others, interrupts and INT n are benign: the second fault is delivered as itself",
                  "the error code of #DF is 0" },
      .requires = { "frame-words" }, .run = run_fault_on_the_way },
    { .name = "double-triple", .exercise = "1.6", .points = 1, .kind = CHECK_UNIT,
      .invariant = "The second fault in a row is #DF, and the one after that crashes the guest instead of looping.",
      .where = "bare_interrupt.c: bare_deliver()",
      .causes = { "the event being delivered is not replaced, so the second fault is judged by the first",
                  "after #DF nothing more is delivered: domain_crash()" },
      .requires = { "fault-on-the-way" }, .run = run_double_triple },
};
CHECKS(checks);
