/*
 * Exercise 1.6, IRET: which flags it takes from the stack, by the ring that executes it (SDM vol. 2, IRET; vol. 3 table
 * 6-2: IOPL only in ring 0, IF only with CPL <= IOPL).
 */
#include "check_machine.h"

#define FREE_FLAGS 0x00244dd5u /* CF PF AF ZF SF TF DF OF NT AC ID */
#define RF         0x00010000u /* not looked at: nobody can see it */

static uint16_t code_selector(unsigned ring)
{
    return (uint16_t)(ring == 0 ? GUEST_CODE0 : ring == 3 ? GUEST_CODE3 : GUEST_FREE | ring);
}

static void iret_try(unsigned ring, unsigned iopl, unsigned size)
{
    uint32_t flags = check_random() & ~0x20000u, target = PLACE_CODE + check_below(0x400);
    uint32_t taken = size == 4 ? FREE_FLAGS : FREE_FLAGS & 0xffff;
    struct wire_machine machine, expected;

    machine_make(&machine);
    machine_segment(&machine, GUEST_FREE, 0, 0xfffff, (uint8_t)(0x9b | ring << 5), 0xc);
    machine.ring = ring;
    machine.iopl = iopl;
    machine.interrupts = check_below(2);
    machine.cs = code_selector(ring) | 3;
    machine.eflags |= check_random() & FREE_FLAGS;
    machine.esp -= 3 * size;
    machine_store(&machine, machine.esp, target, size);
    machine_store(&machine, machine.esp + size, code_selector(ring), size);
    machine_store(&machine, machine.esp + 2 * size, flags, size);
    expected = machine;
    expected.eip = target;
    expected.esp += 3 * size;
    expected.eflags = (machine.eflags & ~taken) | (flags & taken);
    if (ring <= iopl)
        expected.interrupts = flags >> 9 & 1;
    if (ring == 0)
        expected.iopl = flags >> 12 & 3;
    check_case("iret of %u-bit words in ring %u with IOPL %u, IF %u; EFLAGS on the stack %08x", size * 8, ring, iopl,
               machine.interrupts, flags);
    const struct wire_outcome *outcome = iret_run(&machine, size);
    struct wire_outcome seen = *outcome;
    seen.machine.eflags &= ~RF;
    expect_outcome(&expected, FAULT_NONE, &seen);
}

static void run_iret_flags(void)
{
    for (unsigned ring = 0; ring < 4; ring++)
        for (unsigned iopl = 0; iopl < 4; iopl++)
            for (unsigned round = 0; round < 8; round++)
                iret_try(ring, iopl, round & 1 ? 4 : 2);
}

static const struct check checks[] = {
    { .name = "iret-flags", .exercise = "1.6", .points = 2, .kind = CHECK_UNIT,
      .invariant = "IRET takes IF with CPL <= IOPL and IOPL in ring 0; the real IF stays on and the real IOPL 0.",
      .where = "bare_iret.c: flags_load()",
      .causes = { "the virtual ring before the return decides, not the one returned to",
                  "a 16-bit IRET leaves the upper half of EFLAGS alone",
                  "IF or IOPL of the stack reach the real EFLAGS" },
      .requires = { "segment-pack", "segment-unpack" }, .run = run_iret_flags },
};
CHECKS(checks);
