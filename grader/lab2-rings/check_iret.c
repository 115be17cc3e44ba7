/*
 * Exercise 2.6: the iret hypercall. On the guest's stack, from ESP up: EAX, EIP, CS, EFLAGS, and for a program ESP and
 * SS (abi.md 2.6).
 */
#include <stdio.h>

#include "check_machine.h"

static struct wire_request request;

struct popped {
    uint32_t eax, eip, cs, eflags, esp, ss;
};

/* A guest in its kernel whose ESP is at such a frame; EIP, CS and SS have bits that do not count. */
static struct popped frame_make(unsigned ring, uint32_t base)
{
    struct popped popped = { check_random(), check_random(), 0, FLAG_FIXED | (check_random() & FLAG_FREE),
                             check_random(), 0 };

    request_make(&request);
    request.numbers[0] = IRET;
    popped.cs = (ring == 1 ? KERNEL_CODE : (PROGRAM_CODE & ~3u) | ring) | check_random() << 16;
    popped.ss = ((PROGRAM_DATA & ~3u) | ring) | check_random() << 16;
    for (unsigned i = 0; i < 6; i++)
        request.args[i] = check_random();
    if (base != 0) {
        request.machine.ss = WIRE_BASED_SS;
        request.machine.esp -= base;
    }
    return popped;
}

static void frame_store(const struct popped *popped, uint32_t base, unsigned words)
{
    const uint32_t values[6] = { popped->eax, popped->eip, popped->cs, popped->eflags, popped->esp, popped->ss };

    for (unsigned i = 0; i < words; i++)
        machine_store(&request.machine, base + request.machine.esp + 4 * i, values[i]);
}

/* What flags_load() does is one check's business; the others take it as it came. */
static void iret_expect(const struct popped *popped, bool is_about_flags)
{
    const struct wire_machine *machine = &request.machine;
    struct wire_machine expected = *machine;
    bool is_kernel = popped->cs % 4 == 1;

    expected.eip = popped->eip;
    expected.cs = popped->cs & 0xffff;
    expected.esp = is_kernel ? machine->esp + 16 : popped->esp;
    expected.ss = is_kernel ? machine->ss : popped->ss & 0xffff;
    expected.eflags = (popped->eflags | FLAG_IF) & ~(FLAG_IOPL | FLAG_VM);
    expected.mask = popped->eflags & FLAG_IF ? 0 : 1;
    expected.nmi_active = 0;
    if (machine->assists & ASSIST_IOPL)
        expected.iopl = popped->eflags >> 12 & 3;
    const struct wire_outcome *outcome = machine_run(WIRE_HANDLER, &request);
    expect_alive(outcome);
    check_equal("result, which becomes EAX", popped->eax, outcome->result);
    if (!is_about_flags) {
        expected.eflags = outcome->machine.eflags;
        expected.mask = outcome->machine.mask;
        expected.iopl = outcome->machine.iopl;
        expected.nmi_active = outcome->machine.nmi_active;
    }
    expect_machine(&expected, outcome);
}

static void run_kernel(void)
{
    for (unsigned round = 0; round < 16; round++) {
        uint32_t base = round & 1 ? WIRE_BASE : 0;
        struct popped popped = frame_make(1, base);

        frame_store(&popped, base, 4);
        check_case("to the kernel, %04x:%08x, from a frame at %04x:%08x", popped.cs & 0xffff, popped.eip,
                   request.machine.ss, request.machine.esp);
        iret_expect(&popped, false);
    }
}

/* Apart from the others, which do not depend on it: nothing else goes wrong when six words are always read. */
static void run_edge(void)
{
    struct popped popped = frame_make(1, 0);

    request.machine.esp = WINDOW_END - 16;
    frame_store(&popped, 0, 4);
    check_case("to the kernel, from a frame of four words at the very end of the stack");
    iret_expect(&popped, false);
}

static void run_program(void)
{
    for (unsigned round = 0; round < 16; round++) {
        unsigned ring = round & 1 ? 3 : 2;
        struct popped popped = frame_make(ring, 0);

        if (round & 2)
            request.machine.esp = WIRE_WINDOW + 2 * 4096 - 4 * (1 + round % 5);
        frame_store(&popped, 0, 6);
        check_case("to ring %u, %04x:%08x with stack %04x:%08x, from a frame at %08x", ring, popped.cs & 0xffff,
                   popped.eip, popped.ss & 0xffff, popped.esp, request.machine.esp);
        iret_expect(&popped, false);
    }
}

static void run_flags(void)
{
    for (unsigned round = 0; round < 48; round++) {
        struct popped popped = frame_make(round & 1 ? 1 : 3, 0);

        popped.eflags = FLAG_FIXED | check_random();
        if (round % 3 == 0)
            popped.eflags |= FLAG_VM | FLAG_IOPL;
        request.machine.assists = round & 2 ? ASSIST_IOPL : 0;
        request.machine.iopl = check_below(4);
        request.machine.mask = check_below(2);
        request.machine.nmi_active = round & 4;
        frame_store(&popped, 0, 6);
        check_case("EFLAGS %08x on the stack, architectural IOPL %s, %s", popped.eflags, round & 2 ? "on" : "off",
                   round & 4 ? "in the handler of an NMI" : "no NMI");
        iret_expect(&popped, true);
    }
}

static void crash_expect(void)
{
    const struct wire_outcome *outcome = machine_run(WIRE_HANDLER, &request);

    expect_crash(outcome, "iret");
    check_equal("EIP, which a frame that is refused does not change", request.machine.eip, outcome->machine.eip);
}

static void run_crash(void)
{
    static const uint32_t stacks[] = { WIRE_WINDOW - 4, WINDOW_END - 12, WINDOW_END, 0, 0xf5800000, 0xfffffff8 };

    for (unsigned round = 0; round < 4; round++) {
        struct popped popped = frame_make(1, 0);

        popped.cs = (round & 1 ? 0xe008 : 0x0010) | (round & 2 ? 0x10000 : 0);
        frame_store(&popped, 0, 6);
        check_case("CS %08x on the stack: ring 0", popped.cs);
        crash_expect();
    }
    for (size_t i = 0; i < sizeof(stacks) / sizeof(stacks[0]); i++) {
        frame_make(1, 0);
        request.machine.esp = stacks[i];
        check_case("ESP %08x, where no frame of four words can be read", stacks[i]);
        crash_expect();
    }
    struct popped popped = frame_make(3, 0);
    request.machine.esp = WINDOW_END - 20;
    frame_store(&popped, 0, 5);
    check_case("a frame for ring 3 of which the sixth word cannot be read");
    crash_expect();
    frame_make(1, 0);
    request.machine.ss = 0x0055;
    check_case("a stack segment that is none");
    crash_expect();
}

static const struct check checks[] = {
    { .name = "iret-kernel", .exercise = "2.6", .points = 1, .kind = CHECK_UNIT,
      .invariant = "A frame of four words leads back into the kernel; ESP goes on behind it, EAX is the popped one.",
      .where = "iret.c: iret()",
      .causes = { "the order on the stack is EAX, EIP, CS, EFLAGS",
                  "bits 16-31 of the popped CS do not count",
                  "stack_linear() has to be asked for the address; ESP is an offset in SS" },
      .run = run_kernel },
    { .name = "iret-program", .exercise = "2.6", .points = 2, .kind = CHECK_UNIT,
      .invariant = "A frame whose CS has RPL 2 or 3 has six words: ESP and SS of the program are taken from it.",
      .where = "iret.c: iret()",
      .causes = { "ring 2 counts as a program, like ring 3",
                  "bits 16-31 of the popped SS do not count",
                  "the frame may lie in two pages" },
      .requires = { "iret-kernel" }, .run = run_program },
    { .name = "iret-edge", .exercise = "2.6", .points = 1, .kind = CHECK_UNIT,
      .invariant = "A frame that leads into the kernel may end where the stack's last page does.",
      .where = "iret.c: frame_read()",
      .causes = { "six words are read always: look at CS before you ask for the last two",
                  "guest_window() says NULL where the six words do not lie in one page: that is no error yet" },
      .requires = { "iret-kernel" }, .run = run_edge },
    { .name = "iret-flags", .exercise = "2.6", .points = 2, .kind = CHECK_UNIT,
      .invariant = "The popped IF is the upcall mask inverted, IOPL the virtual one; really IF is on, IOPL 0, VM off.",
      .where = "iret.c: flags_load()",
      .causes = { "the mask is the opposite of IF",
                  "IOPL counts with the architectural IOPL assist only",
                  "IRET_NEVER is not taken out of the real EFLAGS",
                  "an NMI that was being handled is over: nmi_active" },
      .requires = { "iret-kernel" }, .run = run_flags },
    { .name = "iret-crash", .exercise = "2.6", .points = 1, .kind = CHECK_UNIT,
      .invariant = "A frame that cannot be read or leads to ring 0 ends the guest, and nothing has changed before.",
      .where = "iret.c: iret()",
      .causes = { "the RPL of the popped CS is not looked at",
                  "the function goes on after domain_crash(), or with a frame of which only a part was read",
                  "the reason begins with \"iret: \"" },
      .requires = { "iret-kernel" }, .run = run_crash },
};
CHECKS(checks);
