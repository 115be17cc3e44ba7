/* Words and dwords that begin in one device and end in another, or beyond the last port. Each byte must go to the
   device it belongs to, or count as ones; the guest must run on. */
/* expect: success */
/* native: no */
#include "test.h"

void test_run(void)
{
    static const uint16_t ports[] = { 0x1F, 0x21, 0x3F, 0x41, 0x43, 0x6F, 0x70, 0x71, 0x9F, 0xA1, 0xF1, 0x3F5, 0x3FF,
                                      0xFFFD, 0xFFFE, 0xFFFF };
    volatile uint32_t sum = 0;

    for (unsigned i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
        sum = sum + port_read16(ports[i]);
        sum = sum + port_read32(ports[i]);
    }
    port_write8(PORT_UART + UART_SCRATCH, 0x5A);
    test_check((port_read16(PORT_UART + UART_SCRATCH) & 0xFF) == 0x5A, "a word lost the scratch register's byte");
    test_check(port_read16(PORT_UART + UART_SCRATCH) >> 8 == 0xFF, "the byte behind the UART is not all ones");
    port_write16(PORT_UART + UART_SCRATCH, 0xDEC3);
    test_check(port_read8(PORT_UART + UART_SCRATCH) == 0xC3, "a word written lost the scratch register's byte");
    test_success();
}
