/* Timer modes 2 and 3 with several divisors, 0 meaning 65536: each must tick, its latched count must lie within the
   divisor, and reprogramming in between must not lose the clock. Mode 0 must interrupt once. */
/* expect: success */
/* native: yes */
#include "test.h"

#define PIT_ONE_SHOT 0x30

static void check_mode(uint8_t command, uint16_t divisor)
{
    uint32_t start = test_ticks;

    pit_start(command, divisor);
    test_wait_ticks(3);
    test_check(test_ticks - start >= 3, "the timer does not tick");
    test_check(divisor == 0 || pit_count() <= divisor, "the count exceeds the divisor");
}

void test_run(void)
{
    static const uint16_t divisors[] = { 0, 11931, 2000, 59659 };
    uint32_t before;

    test_start_timer(100);
    for (unsigned i = 0; i < sizeof(divisors) / sizeof(divisors[0]); i++) {
        check_mode(PIT_RATE, divisors[i]);
        check_mode(PIT_SQUARE, divisors[i]);
    }
    before = test_ticks;
    pit_start(PIT_ONE_SHOT, 11931);
    while (test_ticks == before)
        cpu_wait_for_interrupt();
    cpu_cli();
    test_success();
}
