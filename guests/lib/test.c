/* The frame around each one-purpose kernel: descriptor tables, verdicts and a tick counter.
   A verdict is printed for people and given on the exit port for programs. Linked into tests only.
   Invariant: exactly one verdict. The functions that give one do not return. */
#include "test.h"

#include <stddef.h>

/* Written by the handler alone. 32 bits are read by one instruction, so a test may look with interrupts on. */
volatile uint32_t test_ticks;

void test_success(void)
{
    print("test: success\n");
    guest_exit(EXIT_SUCCESS);
}

/* `why` is for the person who reads the log; programs look at the exit status only. */
void test_failure(const char *why)
{
    print("test: failure: %s\n", why);
    guest_exit(EXIT_FAILURE);
}

/* For a machine that lacks what is tested: neither passed nor failed, and never silent. */
void test_skip(const char *why)
{
    print("test: skip: %s\n", why);
    guest_exit(EXIT_SKIP);
}

void test_check(bool fact, const char *why)
{
    if (!fact)
        test_failure(why);
}

/* Vector and error code are compared together: #GP(0) where #GP(selector) is due means that another check refused. */
struct trap_record test_expect(const char *name, void (*operation)(void), uint32_t vector, uint32_t error)
{
    struct trap_record record = { 0, 0, 0, 0, 0 };

    if (!trap_happens(operation, &record)) {
        print("%s: nothing happened, expected vector %u\n", name, vector);
        test_failure(name);
    }
    if (record.vector != vector || record.error != error) {
        print("%s: vector %u error %x, expected vector %u error %x\n", name, record.vector, record.error, vector,
              error);
        test_failure(name);
    }
    return record;
}

/* The only handler a test starts with; others replace it by trap_set_handler.
   `ticks + 1` in two steps is safe: nothing interrupts an interrupt gate's handler. */
static struct trap_frame *timer_tick(struct trap_frame *frame)
{
    test_ticks = test_ticks + 1;
    pic_end(IRQ_TIMER);
    return frame;
}

/* hz from 19 up: below it the divisor would not fit 16 bits. */
void test_start_timer(uint32_t hz)
{
    trap_set_handler(VECTOR_IRQ0 + IRQ_TIMER, timer_tick);
    pit_start(PIT_RATE, (uint16_t)(PIT_INPUT_HZ / hz));
    pic_unmask(IRQ_TIMER);
}

/* Never counts loops: how fast they run is the machine's business.
   The first tick may come at once, so `count` ticks take between count - 1 and count periods. The subtraction is right
   across a wrap. */
void test_wait_ticks(uint32_t count)
{
    uint32_t start = test_ticks;

    while (test_ticks - start < count)
        cpu_wait_for_interrupt();
    cpu_cli();
}

/* Called by start.S; declared by nobody else. */
void guest_main(void);

void guest_main(void)
{
    segments_load();
    traps_load();
    pic_remap(VECTOR_IRQ0);
    test_run();
    test_failure("test_run came back without a verdict");   /* a forgotten verdict must not pass */
}
