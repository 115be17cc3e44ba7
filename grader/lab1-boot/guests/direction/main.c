/* Sets the direction flag and waits for an interrupt that never comes, so that the hypervisor waits too. */
#include "evidence.h"

void guest_main(void);

void guest_main(void)
{
    uint32_t number = evidence_random(), other = evidence_random();

    evidence_seal();
    for (;;)
        __asm__ volatile("std; sti; hlt" : : "S"(number), "D"(other));
}
