/* Jumps into the gate area, where the code of all entries and exits lies, mapped in every address space. In ring 1 it is
   code without power: whatever happens must be an exception of ours, and the hypervisor must not believe a register or a
   stack of it. */
/* expect: success */
#include "test.h"

#define GATE_TEXT   0xF6802000u
#define GATE_END    0xF6804000u

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
    for (uint32_t address = GATE_TEXT; address < GATE_END; address += 16)
        jump_to(address);
    for (uint32_t address = GATE_TEXT + 0x1000; address < GATE_TEXT + 0x1100; address++)
        jump_to(address);
    print("gate-jump: %u exceptions\n", faults);
    test_check(faults > 0, "no jump was stopped");
    test_success();
}
