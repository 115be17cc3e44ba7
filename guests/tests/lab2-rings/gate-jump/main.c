/* Jumps into the gate area, where the code of all entries and exits lies, mapped in every address space, to each
   stub. In ring 1 it is code without power: whatever happens must be an exception of ours, and the hypervisor must
   not believe a register or a stack of it. */
/* expect: success */
/* segments: limits */
#include "test.h"

#define GATE_STUBS  0xF6802000u     /* one for each vector; behind them come the common ways in and out */
#define STUBS_SIZE  0x1000u

static volatile uint32_t target __attribute__((used));

/* The stack is one that may be popped: selectors of ours in all places. */
OPERATION(jump, "push $0xE021; push $0xE021; push $0xE021; push $0xE021; push $0xE021; push $0xE021; push $0xE021\n"
                "push $0xE021; mov $0xE021, %%eax; mov $0xE021, %%ebx; jmp *target")

static uint32_t faults;

/* A jump that comes back did no harm. */
static void jump_to(uint32_t address)
{
    struct trap_record record = { .cr2 = 0 };

    target = address;
    if (trap_happens(jump, &record))
        faults++;
    fs_write(SELECTOR_RING1_DATA);
    gs_write(SELECTOR_RING1_DATA);
}

void test_run(void)
{
    jump_to(ADDRESS_GATE);
    jump_to(0xF6801000);
    jump_to(0xF6810000);
    for (uint32_t address = GATE_STUBS; address < GATE_STUBS + STUBS_SIZE; address += 16)
        jump_to(address);
    print("gate-jump: %u exceptions\n", faults);
    test_check(faults > 0, "no jump was stopped");
    test_success();
}
