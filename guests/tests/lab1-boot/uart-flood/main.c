/* Writes 16384 characters to the serial line without ever asking whether it is ready. All of them must arrive in
   order, and others must get their turn meanwhile. */
/* expect: success */
/* native: yes */
#include "test.h"

#define LINES   256
#define WIDTH   64

void test_run(void)
{
    for (unsigned line = 0; line < LINES; line++) {
        for (unsigned column = 0; column < WIDTH - 2; column++)
            port_write8(PORT_UART, (uint8_t)('0' + (line + column) % 10));
        port_write8(PORT_UART, '\r');
        port_write8(PORT_UART, '\n');
    }
    test_success();
}
