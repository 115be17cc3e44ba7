/* Loads GDTR with bases in the hypervisor's memory, at the end of the address space and beyond the guest's memory,
   without using any of them; then loads its own table again. As on hardware, nothing happens. */
/* expect: success */
/* native: yes */
#include "test.h"

void test_run(void)
{
    static const struct table_pointer absurd[] = {
        { 0xFFFF, 0xF8100000 }, { 0xFFFF, 0xFFFFFFF0 }, { 0xFFFF, 0xFFFF }, { 0x7F, 0x7FFFFFF8 },
        { 0, 0 }, { 3, 0x1001 },
    };

    for (unsigned i = 0; i < sizeof(absurd) / sizeof(absurd[0]); i++)
        cpu_lgdt(&absurd[i]);
    segments_load();
    test_success();
}
