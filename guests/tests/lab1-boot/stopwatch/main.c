/* Does a fixed amount of work and tells how long it took by the time-stamp counter, which under QEMU's -icount runs in
   virtual time. Beside guests that hog the processor it shows what is left for the others. The work: work=compute
   (nothing traps; the default), work=trap (privileged instructions) or work=sleep (waiting for ticks). */
/* expect: success */
/* native: yes */
#include "test.h"

#include "options.h"
#include "string.h"

#define COMPUTE_ROUNDS  400000
#define TRAP_ROUNDS     2000
#define SLEEP_TICKS     30
#define TICK_HZ         100

static void compute(void)
{
    for (volatile uint32_t round = 0; round < COMPUTE_ROUNDS; round = round + 1)
        continue;
}

static void trap(void)
{
    for (unsigned round = 0; round < TRAP_ROUNDS; round++)
        cr3_write(0);
}

static void sleep(void)
{
    test_start_timer(TICK_HZ);
    test_wait_ticks(SLEEP_TICKS);
}

void test_run(void)
{
    char work[16];
    uint64_t start = cpu_rdtsc();

    option_text("work", work, sizeof(work));
    if (string_equal(work, "trap"))
        trap();
    else if (string_equal(work, "sleep"))
        sleep();
    else
        compute();
    print("stopwatch: %u kilocycles\n", (uint32_t)((cpu_rdtsc() - start) >> 10));
    test_success();
}
