/*
 * Exercise 2.5, bouncing: the frame that a handler finds, from the interface's table (abi.md 2.5), and what is left of
 * the interrupted context. Frames are put together here word by word, from the highest address down.
 */
#include <stdio.h>

#include "check_machine.h"

static struct wire_request request;
static struct wire_machine expected;

static void push(uint32_t *address, uint32_t value)
{
    *address -= 4;
    machine_store(&expected, *address, value);
}

/* EFLAGS in the frame: IF says that events are not masked, IOPL is the virtual one or 0. */
static uint32_t flags_shown(const struct wire_machine *machine)
{
    uint32_t flags = machine->eflags & ~(FLAG_IF | FLAG_IOPL);

    if (machine->assists & ASSIST_IOPL)
        flags |= machine->iopl << 12;
    return machine->mask ? flags : flags | FLAG_IF;
}

/* `base`: of the stack's segment. */
static void expected_make(uint32_t base)
{
    const struct wire_machine *machine = &request.machine;
    bool is_kernel = machine->cs % 4 == 1;
    uint32_t esp = is_kernel ? machine->esp : machine->kernel_sp, at = base + esp;

    expected = *machine;
    expected.ss = is_kernel ? machine->ss : machine->kernel_ss;
    if (!is_kernel) {
        push(&at, machine->ss & 0xffff);
        push(&at, machine->esp);
    }
    push(&at, flags_shown(machine));
    push(&at, (machine->cs & 0xffff) | machine->mask << 16);
    push(&at, machine->eip);
    if (request.has_error)
        push(&at, request.error);
    if (request.has_segments) {
        push(&at, machine->gs & 0xffff);
        push(&at, machine->fs & 0xffff);
        push(&at, machine->es & 0xffff);
        push(&at, machine->ds & 0xffff);
    }
    expected.esp = at - base;
    expected.eip = request.handler.eip;
    expected.cs = request.handler.cs;
    expected.eflags &= ~(FLAG_TF | FLAG_NT | FLAG_RF | FLAG_VM);
    if (request.handler.masks)
        expected.mask = 1;
}

static void bounce_random(unsigned ring)
{
    if (ring == 1)
        request_make(&request);
    else
        request_make_program(&request, ring);
    request.vector = check_below(32);
    request.error = check_random();
    request.handler = (struct wire_handler){ check_random(), KERNEL_CODE, 0, 0 };
}

static void bounce_case(unsigned ring)
{
    check_case("exception %u in ring %u%s%s, ESP %08x, kernel_sp %08x, mask %02x, EFLAGS %08x%s", request.vector, ring,
               request.has_error ? ", with an error code" : "", request.has_segments ? ", with segments" : "",
               request.machine.esp, request.machine.kernel_sp, request.machine.mask, request.machine.eflags,
               request.handler.masks ? "; the handler masks events" : "");
}

static void bounce_expect(uint32_t base)
{
    expected_make(base);
    const struct wire_outcome *outcome = machine_run(WIRE_BOUNCE, &request);
    expect_alive(outcome);
    expected.ss = (expected.ss & 0xffff) | (outcome->machine.ss & 0xffff0000); /* whatever stays there is right */
    expect_machine(&expected, outcome);
}

/* A PUSH of a segment register may leave the upper half of its word as it was (SDM vol. 2, PUSH). */
static void selectors_soil(void)
{
    struct wire_machine *machine = &request.machine;
    uint32_t *const words[] = { &machine->cs, &machine->ss, &machine->ds, &machine->es, &machine->fs, &machine->gs };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        *words[i] |= check_random() << 16 | 0x10000;
}

static void frames_try(unsigned ring, bool has_error, bool has_segments)
{
    for (unsigned round = 0; round < 8; round++) {
        bounce_random(ring);
        request.has_error = has_error;
        request.has_segments = has_segments;
        if (has_error || has_segments)
            selectors_soil();
        bounce_case(ring);
        bounce_expect(0);
    }
}

static void run_kernel(void)
{
    frames_try(1, false, false);
}

static void run_program(void)
{
    frames_try(3, false, false);
    frames_try(2, false, false);
}

static void run_words(void)
{
    for (unsigned ring = 1; ring <= 3; ring++) {
        frames_try(ring, true, false);
        frames_try(ring, false, true);
        frames_try(ring, true, true);
    }
}

static void run_mask(void)
{
    static const uint32_t masks[] = { 0, 1, 0xff };

    for (unsigned round = 0; round < 24; round++) {
        unsigned ring = round & 1 ? 1 : 3;

        bounce_random(ring);
        request.machine.mask = masks[round % 3];
        request.handler.masks = round >> 1 & 1;
        bounce_case(ring);
        bounce_expect(0);
    }
}

/* Every flag that the guest can have set, and both states of the assist. */
static void run_flags(void)
{
    for (unsigned round = 0; round < 32; round++) {
        unsigned ring = round & 1 ? 1 : 3;

        bounce_random(ring);
        request.machine.eflags |= (round & 2 ? FLAG_TF : 0) | (round & 4 ? FLAG_NT : 0) | (round & 8 ? FLAG_RF : 0);
        request.machine.assists = round & 16 ? ASSIST_IOPL | 1 : ~ASSIST_IOPL;
        request.machine.iopl = check_below(4);
        check_case("EFLAGS %08x in ring %u, virtual IOPL %u, architectural IOPL %s", request.machine.eflags, ring,
                   request.machine.iopl, round & 16 ? "on" : "off");
        bounce_expect(0);
    }
}

/* A frame in two pages, one that just fits below a page that must not be touched, one in a segment with a base. */
static void run_places(void)
{
    for (unsigned words = 1; words < 10; words++) {
        bounce_random(3);
        request.has_segments = request.has_error = 1;
        request.machine.kernel_sp = WIRE_WINDOW + 2 * 4096 + words * 4;
        check_case("a frame of 10 words, %u of them in the upper of two pages", words);
        bounce_expect(0);
    }
    bounce_random(1);
    request.machine.esp = WIRE_WINDOW + 12;
    check_case("a frame of 3 words at the very beginning of the stack's page");
    bounce_expect(0);
    bounce_random(1);
    request.machine.esp = WIRE_WINDOW + 4096;
    request.machine.page[1] = WIRE_ABSENT;
    check_case("ESP at the end of the last page of the stack");
    bounce_expect(0);
    bounce_random(1);
    request.machine.ss = WIRE_BASED_SS;
    request.machine.esp -= WIRE_BASE;
    check_case("a stack in a segment with base %08x", WIRE_BASE);
    bounce_expect(WIRE_BASE);
    bounce_random(3);
    request.machine.kernel_ss = WIRE_BASED_SS;
    request.machine.kernel_sp -= WIRE_BASE;
    check_case("the kernel's stack in a segment with base %08x", WIRE_BASE);
    bounce_expect(WIRE_BASE);
}

static void crash_expect(const char *words)
{
    const struct wire_outcome *outcome = machine_run(WIRE_BOUNCE, &request);

    expect_crash(outcome, words);
    check_equal("EIP, which stays where the exception came", request.machine.eip, outcome->machine.eip);
    check_equal("ESP, likewise", request.machine.esp, outcome->machine.esp);
}

static void run_crash(void)
{
    static const uint32_t stacks[] = { 0, 4, WIRE_WINDOW, WIRE_WINDOW + 8, WINDOW_END + 12, 0xf5800000, 0xfffffffc };

    for (uint16_t cs = 0; cs < 4; cs++) {
        bounce_random(cs & 1 ? 1 : 3);
        request.handler.cs = cs;
        check_case("a handler whose CS is %04x", cs);
        crash_expect("without a handler");
    }
    for (size_t i = 0; i < sizeof(stacks) / sizeof(stacks[0]); i++)
        for (unsigned ring = 1; ring < 4; ring += 2) {
            bounce_random(ring);
            *(ring == 1 ? &request.machine.esp : &request.machine.kernel_sp) = stacks[i];
            check_case("ring %u, stack at %08x, where there is none", ring, stacks[i]);
            crash_expect("cannot be written");
        }
    bounce_random(1);
    request.machine.page[1] = WIRE_READ_ONLY;
    check_case("a stack in a read-only page");
    crash_expect("cannot be written");
    bounce_random(1);
    request.machine.page[0] = WIRE_READ_ONLY;
    request.machine.esp = WIRE_WINDOW + 4096 + 4;
    check_case("a frame whose lower part lies in a read-only page");
    crash_expect("cannot be written");
    bounce_random(3);
    request.machine.kernel_ss = 0x0055;
    check_case("a stack segment that is none");
    crash_expect("cannot be written");
}

static const struct check checks[] = {
    { .name = "bounce-kernel", .exercise = "2.5", .points = 2, .kind = CHECK_UNIT,
      .invariant = "From ring 1 the frame lies below ESP of the stack in use: EFLAGS, CS, and EIP at the bottom.",
      .where = "bounce.c: deliver()",
      .causes = { "the first word lies at the lowest address: EIP, then CS, then EFLAGS",
                  "ESP and SS belong into the frame of a program only",
                  "ESP of the handler is that of the lowest word" },
      .run = run_kernel },
    { .name = "bounce-program", .exercise = "2.5", .points = 2, .kind = CHECK_UNIT,
      .invariant = "From rings 2 and 3 the frame lies below kernel_ss:kernel_sp, the program's SS and ESP on top.",
      .where = "bounce.c: deliver()",
      .causes = { "ring 2 is a program as well: pv_in_kernel() decides",
                  "the handler's SS is kernel_ss, its ESP comes from kernel_sp",
                  "kernel_sp itself must not change: the next trap starts there again" },
      .requires = { "bounce-kernel" }, .run = run_program },
    { .name = "bounce-words", .exercise = "2.5", .points = 1, .kind = CHECK_UNIT,
      .invariant = "Below EIP lies the error code, if there is one; below that DS ES FS GS, for the failsafe callback.",
      .where = "bounce.c: frame_compose()",
      .causes = { "DS has the lowest address, GS the highest of the four; the error code comes next, then EIP",
                  "selectors are 16 bits: what lies above them in the trap frame is rubbish, also above CS and SS" },
      .requires = { "bounce-kernel" }, .run = run_words },
    { .name = "bounce-mask", .exercise = "2.5", .points = 1, .kind = CHECK_UNIT,
      .invariant = "The frame tells the upcall mask as it was, as IF and above CS; then the handler may set it.",
      .where = "bounce.c: deliver()",
      .causes = { "the mask that is told is the one before the handler's is set",
                  "bits 16-23 of the CS word are the mask; eflags_shown() has IF",
                  "a handler that does not mask leaves the mask as it was: it does not clear it" },
      .requires = { "bounce-kernel" }, .run = run_mask },
    { .name = "bounce-flags", .exercise = "2.5", .points = 1, .kind = CHECK_UNIT,
      .invariant = "A handler starts with TF, NT, RF and VM clear; the frame has EFLAGS as the guest knows them.",
      .where = "bounce.c: deliver()",
      .causes = { "BOUNCE_CLEARS are cleared before the frame is made, so that the guest loses them",
                  "the real EFLAGS were put into the frame instead of eflags_shown()",
                  "IF of the handler was cleared: the real one stays on" },
      .requires = { "bounce-kernel" }, .run = run_flags },
    { .name = "bounce-places", .exercise = "2.5", .points = 1, .kind = CHECK_UNIT,
      .invariant = "A frame may lie in two pages and in a segment with a base, and touches nothing beside itself.",
      .where = "bounce.c: deliver()",
      .causes = { "stack_linear() has to be asked for the address; ESP is an offset in SS",
                  "the address is that of the lowest word, not of the stack before",
                  "SS:ESP of the handler are offsets again, without the base" },
      .requires = { "bounce-kernel", "bounce-program", "bounce-words" }, .run = run_places },
    { .name = "bounce-crash", .exercise = "2.5", .points = 1, .kind = CHECK_UNIT,
      .invariant = "No handler, or a stack that cannot be written, is the guest's end, with the reason that is true.",
      .where = "bounce.c: deliver()",
      .causes = { "a CS of 1 to 3 is a null selector too: below 4",
                  "the result of pushing the frame is not looked at",
                  "the function goes on after domain_crash()" },
      .requires = { "bounce-kernel" }, .run = run_crash },
};
CHECKS(checks);
