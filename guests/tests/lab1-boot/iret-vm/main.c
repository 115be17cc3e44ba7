/* Returns to virtual-8086 mode (EFLAGS.VM in the frame), which is not virtualized. The guest must end, or get #GP. */
/* expect: crashed: virtual-8086 */
/* native: no */
#include "test.h"

#define LANDING 0x7000       /* 0700:0000 in virtual-8086 mode */
#define HLT     0xF4

/* In ring 3 a processor ignores VM in the frame and finds CS bad; QEMU's really goes to virtual-8086 mode, from any
   ring. There it meets a hlt, which brings it back to the hypervisor at once, with a frame four words longer. */
void test_run(void)
{
    *(volatile uint8_t *)LANDING = HLT;
    __asm__ volatile("pushl $0; pushl $0; pushl $0; pushl $0; pushl $0; pushl $0x1000\n"    /* gs fs ds es ss esp */
                     "pushl $0x20002; pushl $0x700; pushl $0; iret");
    test_failure("iret to virtual-8086 mode came back");
}
