/*
 * The console (floor 1): one serial line shared by the hypervisor and all guests.
 *
 * Output: each guest's line starts with its name, "[name] text". A guest's bytes are gathered until the line ends, so
 * that guests do not chop each other's lines; a line that had to be broken all the same goes on as "[name]+rest".
 * Joining a name's pieces by that rule gives back exactly the bytes the guest sent.
 * Input is read here and shared out by keyboard.c.
 */
#ifndef RINGLET_CONSOLE_H
#define RINGLET_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

struct domain;

#define CONSOLE_LINE 120 /* bytes of a guest's line held back at most */

/* Program the UART: 115200 8N1, FIFOs on, no interrupts. */
void console_init(void);

/* One character of the hypervisor's own output (print.h). Ends a guest's broken line first. */
void console_log(char c);

/* One byte that a domain sent. */
void console_guest_byte(struct domain *domain, uint8_t byte);

/* Show what a domain has sent so far, finished line or not: it waits, ended, or its line is getting old. */
void console_guest_flush(struct domain *domain);

/* Show lines that have been unfinished for long; called at each tick. */
void console_tick(void);

/* Show a dying domain's last words and forget it. */
void console_domain_destroy(struct domain *domain);

/* One byte from the keyboard, if there is one. */
bool console_read(uint8_t *byte);

/* Wait until the last byte has left the UART. */
void console_drain(void);

#endif
