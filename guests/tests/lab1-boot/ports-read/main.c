/* Reads all 65536 ports, a byte at each. Whatever they answer, the guest must run on, and ports that nobody owns must
   read as all ones at every width. */
/* expect: success */
/* native: yes */
#include "test.h"

void test_run(void)
{
    volatile uint32_t sum = 0;

    for (uint32_t port = 0; port < 0x10000; port++)
        sum = sum + port_read8((uint16_t)port);
    test_check(port_read8(PORT_NOBODY) == 0xFF, "a byte from nobody's port is not all ones");
    test_check(port_read16(PORT_NOBODY) == 0xFFFF, "a word from nobody's port is not all ones");
    test_check(port_read32(PORT_NOBODY) == 0xFFFFFFFF, "a dword from nobody's port is not all ones");
    test_success();
}
