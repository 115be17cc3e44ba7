/* Writes zeros and ones to every port except the exit port, the serial line and, natively, what would reset the
   machine or move its devices. None of it may reach the real machine: neighbours and the console go on. */
/* expect: success */
/* native: no */
#include "test.h"

void test_run(void)
{
    for (uint32_t port = 0; port < 0x10000; port++) {
        if ((port & ~3u) == PORT_EXIT || (port & ~7u) == PORT_UART)
            continue;
        port_write8((uint16_t)port, 0);
        port_write8((uint16_t)port, 0xFF);
    }
    port_write8(0x64, 0xFE);            /* the keyboard controller would reset the processor */
    port_write8(0xCF9, 0x06);           /* so would the chipset */
    port_write16(0x604, 0x2000);        /* and this would switch QEMU's PC off */
    test_success();
}
