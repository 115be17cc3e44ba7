/*
 * Exercise 2.7: which handlers may have a gate of their own in the IDT. All 65536 selectors are asked for.
 */
#include <stdio.h>

#include "check_machine.h"
#include "unit.h"

/* SDM vol. 3 figure 6-2: a trap gate, present. */
static uint64_t gate_make(const struct wire_gates *request, uint32_t selector)
{
    return (request->eip & 0xffff) | (uint64_t)selector << 16 | (uint64_t)(0x8f | request->dpl << 5) << 40 |
           (uint64_t)(request->eip >> 16) << 48;
}

static const struct wire_packed *gates_ask(uint32_t first, uint32_t dpl, uint32_t masks)
{
    static struct wire_packed reply;
    struct wire_gates request = { first, 0x8765fedc, dpl, masks };

    unit_call(WIRE_GATES, &request, sizeof(request), &reply, sizeof(reply));
    return &reply;
}

static void run_gate(void)
{
    static const uint32_t selectors[] = { KERNEL_CODE, PROGRAM_CODE, 0x0009, 0x000b };

    for (size_t i = 0; i < sizeof(selectors) / sizeof(selectors[0]); i++)
        for (unsigned dpl = 0; dpl < 4; dpl++) {
            struct wire_gates request = { selectors[i], 0x8765fedc, dpl, 0 };

            check_case("handler at %04x:%08x with DPL %u", selectors[i], request.eip, dpl);
            check_equal("gate", gate_make(&request, selectors[i]), gates_ask(selectors[i], dpl, 0)->gate[0]);
            check_case("handler at %04x:%08x that masks events", selectors[i], request.eip);
            check_equal("gate: there can be none", 0, gates_ask(selectors[i], dpl, 1)->gate[0]);
        }
    for (unsigned cs = 0; cs < 4; cs++) {
        check_case("no handler: CS %04x", cs);
        check_equal("gate", 0, gates_ask(cs, 3, 0)->gate[0]);
    }
}

/* Of the guest's: GDT below 0xe000, LDT, and the two flat code segments with any RPL. */
static bool is_guests(uint32_t selector)
{
    return selector & 4 || selector < 0xe000 || (selector & ~3u) == 0xe018 || (selector & ~3u) == 0xe028;
}

static void run_selectors(void)
{
    for (uint32_t first = 0; first < 0x10000; first += WIRE_GATE_COUNT) {
        const struct wire_packed *reply = gates_ask(first, 3, 0);
        struct wire_gates request = { first, 0x8765fedc, 3, 0 };

        for (uint32_t i = 0; i < WIRE_GATE_COUNT; i++) {
            uint32_t selector = first + i;
            bool is_allowed = selector >= 4 && is_guests(selector);

            if (is_allowed && selector % 4 == 0)
                continue; /* handler_decode() has raised the RPL: nobody asks for this one */
            check_case("handler with CS %04x, %s", selector,
                       is_allowed ? "a selector of the guest's" : "a selector that is not the guest's");
            check_equal("gate", is_allowed ? gate_make(&request, selector) : 0, reply->gate[i]);
        }
    }
}

static const struct check checks[] = {
    { .name = "fast-gate", .exercise = "2.7", .points = 1, .kind = CHECK_UNIT,
      .invariant = "A handler that leaves events alone becomes a trap gate with its CS, EIP and DPL; others none.",
      .where = "fast_trap.c: fast_trap_gate()",
      .causes = { "the type is GATE_TRAP_TYPE, with SEGMENT_PRESENT and the handler's DPL",
                  "a gate cannot mask events: such handlers are bounced to",
                  "a CS below 4 is a null selector, whatever its RPL" },
      .run = run_gate },
    { .name = "fast-selectors", .exercise = "2.7", .points = 2, .kind = CHECK_UNIT,
      .invariant = "No gate names a descriptor of the hypervisor's, except the two flat code segments.",
      .where = "fast_trap.c: selector_is_guests()",
      .causes = { "whole selectors are compared: 0xe01a is 0xe019 with another RPL, and leads to the same descriptor",
                  "0xe009 names ring 0's code: the RPL of a gate's selector protects nothing",
                  "GDT_GUEST_ENTRIES is an index: compare selector >> 3",
                  "bit 2 says that the selector is one of the LDT, whose entries have been checked" },
      .requires = { "fast-gate" }, .run = run_selectors },
};
CHECKS(checks);
