/* Returns to virtual-8086 mode (EFLAGS.VM in the frame), which is not virtualized. The guest must end, or get #GP. */
/* expect: crashed: virtual-8086 */
/* native: no */
#include "test.h"

void test_run(void)
{
    __asm__ volatile("pushl $0; pushl $0; pushl $0; pushl $0; pushl $0; pushl $0x1000\n"    /* gs fs ds es ss esp */
                     "pushl $0x20002; pushl $0; pushl $0x700; iret");
    test_failure("iret to virtual-8086 mode came back");
}
