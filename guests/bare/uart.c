/* The receiving half of the 16550: IRQ 4 moves bytes into a ring, uart_get takes them out. When the ring is full the
   receive interrupt is turned off, so bytes wait in the device, and in the terminal behind it, instead of being lost.
   Called by the shell. */
#include "uart.h"

#include <stdbool.h>
#include <stdint.h>

#include "devices.h"
#include "interrupts.h"
#include "io.h"
#include "threads.h"

#define RING_SIZE           256     /* a power of two, so that the free-running indexes wrap rightly */
#define INTERRUPT_RECEIVED  0x01
#define FIFO_ENABLE         0x01    /* 16 bytes on a 16550A; ignored by an 8250 */
#define LINE_8N1            0x03
#define MODEM_READY         0x0B    /* DTR, RTS, and OUT2, which lets the interrupt through on a PC */

static volatile uint8_t ring[RING_SIZE];
static volatile uint32_t put_count; /* bytes ever received; moved by the handler */
static volatile uint32_t get_count; /* bytes ever taken; moved by uart_get */

/* Empties the device into the ring. Each byte is announced by the line status, so FIFO or none makes no difference.
   Called with interrupts off. The last line is reached only when the ring is full. */
static void uart_drain(void)
{
    while (put_count - get_count < RING_SIZE) {
        if ((port_read8(PORT_UART + UART_LINE_STATUS) & UART_RECEIVED) == 0)
            return;
        ring[put_count % RING_SIZE] = port_read8(PORT_UART + UART_DATA);
        put_count = put_count + 1;
    }
    port_write8(PORT_UART + UART_INTERRUPTS, 0);
}

/* The waiter is made ready before the switch is decided, so it may be the one that runs next. */
static struct trap_frame *uart_interrupt(struct trap_frame *frame)
{
    uart_drain();
    thread_wake_waiter();
    pic_end(IRQ_UART);
    return threads_schedule(frame, false);
}

/* Turning the FIFO on empties it: what was typed before we came up is taken out first.
   The device is allowed to interrupt last: by then handler and mask are ready for it. */
void uart_start(void)
{
    uart_drain();
    port_write8(PORT_UART + UART_LINE_CONTROL, LINE_8N1);
    port_write8(PORT_UART + UART_FIFO, FIFO_ENABLE);
    port_write8(PORT_UART + UART_MODEM_CONTROL, MODEM_READY);
    trap_set_handler(VECTOR_IRQ0 + IRQ_UART, uart_interrupt);
    pic_unmask(IRQ_UART);
    port_write8(PORT_UART + UART_INTERRUPTS, INTERRUPT_RECEIVED);
}

/* A critical section against uart_interrupt, which moves put_count and may have turned the interrupt off meanwhile.
   Only with at least one byte in the ring. */
static char ring_take(void)
{
    uint32_t saved = interrupts_save();
    char c = (char)ring[get_count % RING_SIZE];

    get_count = get_count + 1;
    port_write8(PORT_UART + UART_INTERRUPTS, INTERRUPT_RECEIVED);   /* there is room again */
    interrupts_restore(saved);
    return c;
}

/* Says "waiting" before it looks, so a byte that comes in between makes it ready again and is not slept through.
   One waiting thread: with two, both would see the same byte. */
char uart_get(void)
{
    for (;;) {
        thread_prepare_to_wait();
        if (put_count != get_count)
            break;
        thread_wait();
    }
    thread_cancel_wait();
    return ring_take();
}
