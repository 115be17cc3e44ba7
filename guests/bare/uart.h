/* Serial input by interrupt. (Output is print.h: polled.)
   Nobody else may read PORT_UART: a byte read twice is a byte lost. */
#ifndef BARE_UART_H
#define BARE_UART_H

/* Once, with interrupts off; needs pic_remap. Speed is left as the loader set it. */
void uart_start(void);

/* The next character typed; the calling thread waits for it. */
char uart_get(void);

#endif
