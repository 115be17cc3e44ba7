/*
 * Exercises 2.7 and 2.8 on the machine: the gate that the CPU takes by itself, and guests that break their own ground
 * and must be all that breaks.
 */
#include <stdio.h>

#include "check.h"
#include "check_system_boots.h"
#include "evidence_keys.h"
#include "evidence_record.h"

#define RING1_CODE 0xe019
#define RING1_DATA 0xe021
#define RING3_CODE 0xe02b
#define RING3_DATA 0xe033
#define LOST       0x41         /* selector of entry 8, which guest failsafe loses */
#define MASKED     0x10000u
#define IF         0x200u
#define PAGE_SIZE  4096
#define FAST       0x80
#define CODE_GUEST 35           /* QEMU's, when some guest crashed and nothing worse happened */

static const struct boot boot_fast = { .guests = { "fast" }, .seconds = 2 };
static const struct boot boot_masks = { .guests = { "fast -- masks" }, .seconds = 2 };
static const struct boot boot_ring0 = { .guests = { "fast -- selector=57352" }, .seconds = 2 }; /* 0xe008 */
static const struct boot boot_failsafe = { .guests = { "failsafe" } };

#define ATTACK(number) { .guests = { "attack -- way=" #number, "neighbour" } }
static const struct boot attacks[ATTACK_WAYS] = { ATTACK(0), ATTACK(1), ATTACK(2), ATTACK(3), ATTACK(4), ATTACK(5),
                                                  ATTACK(6) };

/* IDT[0x80] in RAM while the guest that asked for it runs on. */
static uint64_t gate_read(void)
{
    uint32_t tables = system_symbol("tables");
    uint64_t gate;

    check_fact(tables != 0, "the image has the IDT under the name it was given", "it has no symbol tables");
    check_fact(system_ended() == SYSTEM_TIME, "the guest runs on until its time is over", "the machine ended before");
    system_read(tables + FAST * 8, &gate, sizeof(gate));
    return gate;
}

/*
 * A bounced frame would say that events are masked, in CS and in IF; the CPU knows nothing of that. So this frame was
 * pushed by the CPU alone, and the hypervisor has executed no instruction in between.
 */
static void run_fast_trap(void)
{
    system_boot(&boot_fast);
    check_equal("result of set_trap_table", 0, system_value("fast", FAST_RESULT));
    uint32_t handler = system_value("fast", FAST_HANDLER);
    check_equal("IDT entry 0x80: trap gate, DPL 3, the guest's handler",
                (uint64_t)(handler >> 16) << 48 | 0xef0000000000u | (uint64_t)RING1_CODE << 16 | (handler & 0xffff),
                gate_read() & ~0xff00000000u);
    check_case("INT 80h in ring 3 while events are masked");
    check_equal("EIP in the handler's frame, from the instruction", 2, system_value("fast", FAST_EIP));
    check_equal("CS, upper half 0: pushed by the CPU", RING3_CODE, system_value("fast", FAST_CS));
    check_equal("IF, on: pushed by the CPU", IF, system_value("fast", FAST_FLAGS) & IF);
    check_equal("SS", RING3_DATA, system_value("fast", FAST_SS) & 0xffff);
    check_equal("bytes from the frame to the end of the kernel's stack", 20, system_value("fast", FAST_PLACE));
}

static void run_fast_refused(void)
{
    static const struct {
        const struct boot *boot;
        const char *what;
    } tries[] = { { &boot_ring0, "a handler for INT 80h in 0xe008, the hypervisor's code segment" },
                  { &boot_masks, "a handler for INT 80h that wants events masked, which the CPU cannot do" } };

    for (unsigned i = 0; i < 2; i++) {
        system_boot(tries[i].boot);
        check_case("%s", tries[i].what);
        check_equal("result of set_trap_table", 0, system_value("fast", FAST_RESULT));
        check_equal("IDT entry 0x80", 0, gate_read());
    }
}

static void failsafe_compare(uint32_t way, const uint32_t chosen[4])
{
    static const char *const names[] = { "DS", "ES", "FS", "GS" };
    uint32_t key = 16 * way;

    for (unsigned i = 0; i < 4; i++) {
        check_equal(names[i], chosen[i], system_value("failsafe", key + FAILSAFE_FRAME + i) & 0xffff);
        check_fact((system_value("failsafe", key + FAILSAFE_SEGMENTS + i) & 0xffff) == 0,
                   "the callback finds null selectors in all four registers", "%s is %#x", names[i],
                   system_value("failsafe", key + FAILSAFE_SEGMENTS + i));
    }
    check_equal("EIP, from behind the hypercall", 0, system_value("failsafe", key + FAILSAFE_FRAME + 4));
    check_equal("CS, and the event mask in bits 16-23", RING1_CODE | MASKED,
                system_value("failsafe", key + FAILSAFE_FRAME + 5));
    check_equal("registers that are not the guest's", 0, system_value("failsafe", key + FAILSAFE_REGISTERS));
}

static void run_failsafe_machine(void)
{
    static const uint32_t ways[FAILSAFE_WAYS][4] = { { RING1_DATA, RING3_DATA, RING3_CODE, LOST },
                                                     { LOST, RING1_DATA, RING3_DATA, RING3_CODE } };

    system_boot(&boot_failsafe);
    check_case("the descriptor of GS is removed, and GS is the first segment to be loaded on the way out");
    failsafe_compare(0, ways[0]);
    check_case("the descriptor of DS is removed, and DS is the last segment to be loaded on the way out");
    failsafe_compare(1, ways[1]);
    check_case("the guest's end");
    system_expect_exit(33);
}

/* The attacker is dead, its neighbour has done its work, and the hypervisor has lived to see both. */
static void attack_check(enum attack_way way, const char *what)
{
    uint32_t state, sum = 0;

    system_boot(&attacks[way]);
    check_case("%s", what);
    system_expect_exit(CODE_GUEST);
    state = system_seed("neighbour");
    for (unsigned round = 0; round < NEIGHBOUR_ROUNDS; round++) {
        sum += evidence_next(&state);
        if (round % 16 == 0)
            sum += PAGE_SIZE;
    }
    check_equal("the neighbour's sum", sum, system_value("neighbour", NEIGHBOUR_SUM));
    state = system_seed("attack");
    check_equal("the attacker's mark", evidence_next(&state), system_value("attack", ATTACK_STARTED));
    check_fact(!system_has("attack", ATTACK_SURVIVED), "the attacker does not get behind its attack", "it did");
}

static void run_bounce_attacks(void)
{
    attack_check(ATTACK_NO_HANDLER, "UD2 in a guest without a trap table");
    attack_check(ATTACK_STACK, "UD2 with ESP in the trap page, which the guest's tables let it write");
    attack_check(ATTACK_KERNEL_STACK, "a page fault of ring 3 with the kernel's stack in the hypervisor");
}

static void run_iret_attacks(void)
{
    attack_check(ATTACK_IRET_RING0, "iret to 0xe008, ring 0");
}

static void run_exit_attacks(void)
{
    attack_check(ATTACK_SELECTOR, "FS whose descriptor is removed, without a failsafe callback");
    attack_check(ATTACK_IRET_CODE, "iret to 0xe009, the hypervisor's code segment with RPL 1");
    attack_check(ATTACK_HANDLER, "a handler in a code segment that there is not");
}

static const struct check checks[] = {
    { .name = "bounce-attacks", .exercise = "2.5", .points = 1, .kind = CHECK_SYSTEM,
      .invariant = "A guest that cannot take its own exception is crashed, and its neighbour goes on as if alone.",
      .where = "bounce.c: bounce_deliver()",
      .causes = { "the stack must be the guest's own memory: stack_linear(), then the copy says so",
                  "a handler whose CS is below 4 is none" },
      .requires = { "start-ticks" }, .run = run_bounce_attacks },
    { .name = "iret-attacks", .exercise = "2.6", .points = 1, .kind = CHECK_SYSTEM,
      .invariant = "A guest that asks to go to ring 0 is crashed, and its neighbour goes on as if alone.",
      .where = "iret.c: iret()",
      .causes = { "the RPL of CS is not looked at" },
      .requires = { "bounce-attacks" }, .run = run_iret_attacks },
    { .name = "fast-trap", .exercise = "2.7", .points = 1, .kind = CHECK_SYSTEM,
      .invariant = "INT 80h goes from ring 3 to the guest's handler by a gate of the CPU, and nobody is asked.",
      .where = "fast_trap.c: fast_trap_gate()",
      .causes = { "the gate's DPL is the handler's, and the type that of a trap gate" },
      .requires = { "start-segments" }, .run = run_fast_trap },
    { .name = "fast-refused", .exercise = "2.7", .points = 1, .kind = CHECK_SYSTEM,
      .invariant = "The gate for INT 80h never names the hypervisor's code, nor serves a handler that masks events.",
      .where = "fast_trap.c: selector_is_guests()",
      .causes = { "0xe009 is the hypervisor's segment too: the RPL of a gate's selector says nothing" },
      .requires = { "fast-trap" }, .run = run_fast_refused },
    { .name = "failsafe-machine", .exercise = "2.8", .points = 2, .kind = CHECK_SYSTEM,
      .invariant = "A guest whose segment cannot be loaded gets its failsafe callback, with all its registers.",
      .where = "failsafe.c: frame_recover()",
      .causes = { "what was restored before the fault is in the fault's own frame, and nothing else is",
                  "the selectors go onto the stack before they are made null" },
      .requires = { "bounce-ring1" }, .run = run_failsafe_machine },
    { .name = "exit-attacks", .exercise = "2.8", .points = 2, .kind = CHECK_SYSTEM,
      .invariant = "A guest that cannot be returned to, and has no failsafe callback, is crashed alone.",
      .where = "failsafe.c: failsafe_deliver()",
      .causes = { "a callback whose CS is below 4 is none",
                  "the same fault comes again and again: the time is over" },
      .requires = { "failsafe-machine" }, .run = run_exit_attacks },
};
CHECKS(checks);
