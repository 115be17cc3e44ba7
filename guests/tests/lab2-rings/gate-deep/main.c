/* Jumps behind the hypervisor's change of stacks, in the common way in. Where that code is mapped for us (paging), ESP
   then points into the hypervisor and the next push is this kernel's end; where it is not, the jump itself is. */
/* expect: crashed: stack that cannot be written */
/* segments: limits */
#include "test.h"

#define GATE_COMMON 0xF6803000u
#define GATE_END    0xF6804000u

static volatile uint32_t target __attribute__((used));

OPERATION(jump, "push $0xE021; push $0xE021; push $0xE021; push $0xE021; mov $0xE021, %%eax; jmp *target")

/* One of these addresses is such a place, or none of them can be executed; then the end is made here. */
void test_run(void)
{
    struct trap_record record;

    failsafe_catch(true);
    for (uint32_t address = GATE_COMMON; address < GATE_END; address++) {
        target = address;
        trap_happens(jump, &record);
        fs_write(SELECTOR_RING1_DATA);
        gs_write(SELECTOR_RING1_DATA);
    }
    print("gate-deep: no place in the gate area changed the stack\n");
    __asm__ volatile("mov $0xF8101000, %esp; ud2");
    test_failure("the frame was written somewhere");
}
