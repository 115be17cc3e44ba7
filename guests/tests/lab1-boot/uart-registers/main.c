/* Reads and writes the 16550's registers: scratch, divisor latch behind DLAB, identification with nothing pending,
   line status, and the loopback mode, in which what is sent is received and does not leave the device. */
/* expect: success */
/* native: yes */
#include "test.h"

#define DLAB        0x80
#define LINE_8N1    0x03
#define LOOPBACK    0x10
#define NONE        0x01

static void check_divisor(void)
{
    port_write8(PORT_UART + UART_LINE_CONTROL, DLAB | LINE_8N1);
    port_write8(PORT_UART + UART_DATA, 12);
    port_write8(PORT_UART + UART_INTERRUPTS, 0);
    test_check(port_read8(PORT_UART + UART_DATA) == 12, "the divisor latch does not keep its value");
    port_write8(PORT_UART + UART_DATA, 1);
    port_write8(PORT_UART + UART_LINE_CONTROL, LINE_8N1);
    test_check(port_read8(PORT_UART + UART_LINE_CONTROL) == LINE_8N1, "line control does not keep its value");
}

static void check_loopback(void)
{
    uint8_t status;

    port_write8(PORT_UART + UART_MODEM_CONTROL, LOOPBACK);
    port_write8(PORT_UART + UART_DATA, '!');
    for (unsigned i = 0; i < 100000 && !(port_read8(PORT_UART + UART_LINE_STATUS) & UART_RECEIVED); i++)
        continue;
    status = port_read8(PORT_UART + UART_LINE_STATUS);
    test_check(status & UART_RECEIVED, "nothing came back in loopback");
    test_check(port_read8(PORT_UART + UART_DATA) == '!', "something else came back in loopback");
    test_check(!(port_read8(PORT_UART + UART_LINE_STATUS) & UART_RECEIVED), "a byte read is still there");
    port_write8(PORT_UART + UART_MODEM_CONTROL, 0);
}

void test_run(void)
{
    port_write8(PORT_UART + UART_SCRATCH, 0xA5);
    test_check(port_read8(PORT_UART + UART_SCRATCH) == 0xA5, "the scratch register does not keep its value");
    test_check((port_read8(PORT_UART + UART_IDENTIFY) & 0x0F) == NONE, "an interrupt is pending that was not enabled");
    check_divisor();
    check_loopback();
    test_success();
}
