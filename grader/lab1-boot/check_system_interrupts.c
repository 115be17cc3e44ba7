/*
 * Exercise 1.6 on the machine: interrupts reach the guest as they would natively, at the places where they may come.
 */
#include "check.h"
#include "evidence_record.h"
#include "system.h"
#include "wire.h"

#define TICK_MICROSECONDS 2000 /* guest windows programs 500 ticks a second */

static const struct boot timer_boot = { .guests = { "timer" } };
static const struct boot windows_boot = { .guests = { "windows" } };

static void run_timer_frame(void)
{
    uint32_t state;

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

static void run_interrupt_windows(void)
{
    system_boot(&windows_boot);
    check_case("a tick waits; sti; nop: it comes behind the nop");
    check_equal("EIP on the guest's stack, from there", 0, system_value("windows", WINDOWS_STI));
    check_case("a tick waits; sti; cli: there is no place for it between the two");
    check_equal("interrupts taken", 0, system_value("windows", WINDOWS_CLI));
    check_case("a tick waits; sti; hlt: it comes when hlt waits, and so behind it");
    check_equal("EIP on the guest's stack, from there", 0, system_value("windows", WINDOWS_HLT));
    check_equal("interrupts taken in all", 2, system_value("windows", WINDOWS_COUNT));
}

static void run_ticks_owed(void)
{
    system_boot(&windows_boot);
    check_case("while IF is off");
    check_equal("ticks taken", 0, system_value("windows", WINDOWS_OFF));
    uint32_t time = system_value("windows", WINDOWS_TIME), ticks = system_value("windows", WINDOWS_TICKS);
    uint32_t due = time / TICK_MICROSECONDS;
    check_case("a time of %u microseconds, the first part of it with IF off", time);
    check_fact(ticks + 2 >= due && ticks <= due + 2, "about as many ticks as fit in the time, the first ones late",
               "%u ticks where %u are due", ticks, due);
}

static const struct check checks[] = {
    { .name = "timer-frame", .exercise = "1.6", .points = 4, .kind = CHECK_SYSTEM,
      .invariant = "A timer tick is delivered with the guest's own frame: its CS with RPL 0, its IF, its EIP.",
      .where = "bare_interrupt.c: frame_words()", .stop = "bare_deliver",
      .causes = { "the frame shows the real CS with RPL 3 instead of the virtual ring",
                  "the frame shows the real EFLAGS, whose IF is always 1",
                  "virtual IF is not cleared by an interrupt gate, so ticks nest without end",
                  "the time is over: flags_load() never turns IF on again, so no second tick comes (see iret-flags)" },
      .requires = { "frame-words", "ports-machine" }, .run = run_timer_frame },
    { .name = "interrupt-windows", .exercise = "1.6", .points = 3, .kind = CHECK_SYSTEM,
      .invariant = "After STI one more instruction is done before an interrupt comes, and STI; HLT loses none.",
      .where = "bare_trap.c: interrupt_offer()",
      .causes = { "is_in_shadow() is not asked", "in the shadow the guest must be stepped, or the interrupt comes late",
                  "the PIC is acknowledged although nothing is delivered",
                  "the guest crashed (see log): then look at entry-direction first, exercise 1.2" },
      .requires = { "timer-frame", "interrupt-flag" }, .run = run_interrupt_windows },
    { .name = "ticks-owed", .exercise = "1.6", .points = 3, .kind = CHECK_SYSTEM,
      .invariant = "Interrupts that wait while IF is off come when it is on, one by one, and none is lost.",
      .where = "bare_trap.c: interrupt_offer()",
      .causes = { "a pending interrupt is acknowledged at the PIC without being delivered",
                  "interrupts are offered only when something else has trapped",
                  "the guest crashed (see log): then look at entry-direction first, exercise 1.2" },
      .requires = { "timer-frame" }, .run = run_ticks_owed },
};
CHECKS(checks);
