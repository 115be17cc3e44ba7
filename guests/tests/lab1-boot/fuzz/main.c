/* The hostile guest. Executes n=100000 random instructions, named by seed=1: half of them any opcode at all, half those
   that must be emulated, with nearly sensible operands, in ring 0 and ring 3. Every exception, and the timer where
   nothing else does, brings it back. It reports how each round ended. The hypervisor must stand and the neighbours must
   not notice; this guest may even be ended for what it did, but on most seeds it survives. The word `native` keeps it
   from what would upset QEMU's own devices and processor. */
/* expect: success */
/* native: no */
/* words: n=20000 */
#include "fuzz.h"

#include <stddef.h>

#include "options.h"
#include "string.h"
#include "test.h"

#define ROUNDS          100000u
#define REPORT_EVERY    25000u
#define REFRESH_EVERY   64u
#define PATIENCE        3       /* ticks */
#define FILL_STACK      0x400u  /* bytes on both sides of the stack pointer that are filled anew */

void round_enter(struct trap_frame *frame, uint32_t *place);

static uint32_t place;
static volatile uint32_t ticks;
static uint32_t endings[VECTOR_COUNT];

/* Every vector but the timer's: the round is over. What the frame says does not matter, it may be askew. */
static struct trap_frame *round_end(struct trap_frame *frame)
{
    endings[frame->vector & 0xFF]++;
    catch_resume(&place);
}

static struct trap_frame *round_tick(struct trap_frame *frame)
{
    pic_end(IRQ_TIMER);
    ticks = ticks + 1;
    return ticks < PATIENCE ? frame : round_end(frame);
}

static void fill(uint32_t address, uint32_t bytes)
{
    uint32_t count = bytes / 4;

    __asm__ volatile("rep stosl" : "+D"(address), "+c"(count) : "a"(ARENA_FILL) : "memory");
}

/* Everything a stray store or a privileged instruction could have changed. */
static void machine_refresh(void)
{
    port_write8(PORT_UART + UART_LINE_CONTROL, 3);
    port_write8(PORT_UART + UART_INTERRUPTS, 0);
    port_write8(PORT_UART + UART_MODEM_CONTROL, 0);
    pic_remap(VECTOR_IRQ0);
    pit_start(PIT_RATE, PIT_INPUT_HZ / 100);
    pic_unmask(IRQ_TIMER);
    cr0_write(CR0_PE);
    cr4_write(0);
    dr7_write(0x400);
    segments_load();
    traps_load();
    fill(ARENA_START, ARENA_WINDOW);
}

/* Ring 0 sees its memory through three descriptors, one of them with another base. */
static void round_segments(struct trap_frame *frame)
{
    static const uint32_t selectors[] = { SELECTOR_KERNEL_DATA, SELECTOR_SHIFTED_DATA, SELECTOR_USER_DATA };

    frame->ds = random_choice(selectors, 3);
    frame->es = random_choice(selectors, 3);
    frame->fs = random_choice(selectors, 3);
    frame->gs = random_choice(selectors, 3);
}

/* Registers point into the arena. With the direction flag set counts are small, so that strings do not run below it. */
static void round_registers(struct trap_frame *frame)
{
    bool backwards = random_below(8) == 0;

    frame->edi = random_pointer();
    frame->esi = random_pointer();
    frame->ebp = random_pointer();
    frame->ebx = random_pointer();
    frame->edx = random_pointer();
    frame->ecx = backwards ? 0x400 + random_below(0x800) : random_pointer();
    frame->eax = random_pointer();
    frame->eip = ARENA_CODE;
    frame->cs = SELECTOR_KERNEL_CODE;
    frame->eflags = EFLAGS_FIXED | EFLAGS_IF | (random_next() & 0x8D5) | (backwards ? 0x400 : 0);
}

static void round_make(struct round *round, bool native)
{
    *round = (struct round){ .length = 0 };
    for (unsigned i = 0; i < 8; i++)
        round->stack[i] = ARENA_FILL;
    round_registers(&round->frame);
    round_segments(&round->frame);
    if (random_below(2) == 0)
        round_random(round);
    else
        round_privileged(round, native);
}

/* The instruction amid int3, its stack, and the place that pointers from memory lead to. */
static void round_place(const struct round *round)
{
    memset((void *)(ARENA_CODE - 128), 0xCC, 256);
    memcpy((void *)ARENA_CODE, round->code, round->length);
    fill(ARENA_STACK - FILL_STACK, 2 * FILL_STACK);
    fill(ARENA_LANDING, 16);
    memcpy((void *)ARENA_STACK, round->stack, sizeof(round->stack));
}

static void round_run(struct round *round)
{
    struct trap_frame *frame = &round->frame;

    ticks = 0;
    if (ring3_is_source(frame)) {
        segments_load_task((uint32_t)__builtin_frame_address(0) - 1024);
    } else {
        frame = (struct trap_frame *)(ARENA_STACK - offsetof(struct trap_frame, user_esp));
        memcpy(frame, &round->frame, offsetof(struct trap_frame, user_esp));
    }
    round_enter(frame, &place);
    cr0_write(CR0_PE);
}

/* For finding out about one round. */
static void round_show(uint32_t number, const struct round *round)
{
    print("fuzz: %u cs %x eax %x ecx %x edx %x eflags %x:", number, round->frame.cs, round->frame.eax, round->frame.ecx,
          round->frame.edx, round->frame.eflags);
    for (unsigned i = 0; i < round->length; i++)
        print(" %x", round->code[i]);
    print("\n");
}

static void report(uint32_t seed, uint32_t rounds)
{
    print("fuzz: seed %u, %u rounds, ended by", seed, rounds);
    for (unsigned vector = 0; vector < VECTOR_COUNT; vector++)
        if (endings[vector] != 0 && vector < VECTOR_IRQ0)
            print(" %u:%u", vector, endings[vector]);
    print("\n");
}

void test_run(void)
{
    uint32_t seed = option_number("seed", 1);
    uint32_t rounds = option_number("n", ROUNDS);
    uint32_t first = option_number("from", 0);      /* those before are made, but not executed */
    bool trace = option_given("trace");
    bool native = option_given("native");
    static struct round round;

    random_seed(seed);
    for (unsigned vector = 0; vector < VECTOR_COUNT; vector++)
        trap_set_handler(vector, round_end);
    trap_set_handler(VECTOR_IRQ0 + IRQ_TIMER, round_tick);
    machine_refresh();
    for (uint32_t i = 0; i < rounds; i++) {
        if (i % REPORT_EVERY == 0)
            print("fuzz: round %u\n", i);
        round_make(&round, native);
        if (i < first)
            continue;
        if (trace)
            round_show(i, &round);
        round_place(&round);
        round_run(&round);
        if (round.touches_machine || i % REFRESH_EVERY == 0)
            machine_refresh();
    }
    report(seed, rounds);
    test_success();
}
