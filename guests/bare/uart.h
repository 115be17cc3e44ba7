/* Serial input by interrupt. (Output is print.h: polled.) */
#ifndef BARE_UART_H
#define BARE_UART_H

void uart_start(void);

/* The next character typed; the calling thread waits for it. */
char uart_get(void);

#endif
