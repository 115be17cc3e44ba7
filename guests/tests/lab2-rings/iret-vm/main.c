/* The iret instruction with VM in its frame. A processor ignores the bit outside ring 0 (SDM vol. 2, IRET); QEMU's
   does not, and virtual-8086 mode would let the kernel load any segment: the hypervisor ends it at the next trap.
   Where the bit is ignored, the end is made here, by a trap without a stack. */
/* expect: crashed: at e019: */
#include "test.h"

void test_run(void)
{
    __asm__ volatile("pushf; orl $0x20000, (%esp); push %cs; push $1f; iret\n1:");
    __asm__ volatile("mov $0xF8101000, %esp; ud2");
    test_failure("the frame was written somewhere");
}
