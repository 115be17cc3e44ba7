/*
 * Lab 1, exercise 1.6 on the whole machine: interrupts reach the guest as they would natively.
 */
#include "check.h"
#include "evidence_record.h"
#include "system.h"
#include "wire.h"

static const struct boot timer_boot = { .guests = { "timer" } };

static void run_timer_frame(void)
{
    uint32_t state = 0;

    system_boot(&timer_boot);
    check_fact(system_value("timer", TIMER_TICKS) >= 3, "at least three timer ticks", "%u",
               system_value("timer", TIMER_TICKS));
    check_equal("vector", 32, system_value("timer", TIMER_VECTOR));
    check_equal("CS on the guest's stack", 0x08, system_value("timer", TIMER_CS) & 0xffff);
    check_equal("IF and IOPL on the guest's stack", 0x200, system_value("timer", TIMER_EFLAGS) & 0x3200);
    uint32_t eip = system_value("timer", TIMER_EIP);
    check_fact(eip >= system_value("timer", TIMER_EIP_FIRST) && eip <= system_value("timer", TIMER_EIP_LAST),
               "EIP on the guest's stack is in the loop it waited in", "eip %#x", eip);
    check_equal("bytes on the stack: EIP, CS, EFLAGS", 12, system_value("timer", TIMER_STACK));
    state = system_seed("timer");
    uint32_t a = evidence_next(&state), b = evidence_next(&state);
    check_equal("sum that depends on every register", a + b, system_value("timer", TIMER_SUM));
}

static const struct check interrupt_checks[] = {
    {
        .name = "timer-frame", .exercise = "1.6", .points = 6, .kind = CHECK_SYSTEM, .run = run_timer_frame,
        .invariant = "A timer tick is delivered with the guest's own frame: its CS with RPL 0, its IF, its EIP.",
        .where = "bare_interrupt.c: frame_words(), delivery_commit()", .stop = "bare_deliver",
        .causes = { "the frame shows the real CS with RPL 3 instead of the virtual ring",
                    "the frame shows the real EFLAGS, whose IF is always 1",
                    "virtual IF is not cleared by an interrupt gate, so ticks nest without end" },
        .requires = { "gate-pack", "decode-prefixes", "uart-write" },
    },
};
CHECKS(interrupt_checks);
