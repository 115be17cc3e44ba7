/*
 * Who gets the keys (floor 1). Bytes from the serial line go to the domain that has the keyboard; at first that is
 * the first domain. Ctrl-G starts a command: a domain's number (0-9) gives it the keyboard, ? lists the domains, q
 * switches the machine off, and Ctrl-G sends one Ctrl-G.
 */
#ifndef RINGLET_KEYBOARD_H
#define RINGLET_KEYBOARD_H

#include <stdbool.h>
#include <stdint.h>

struct domain;

/*
 * A floor that can hand a byte to its kind of guest registers here. The receiver returns false when it has no room:
 * the byte is then offered again at the next tick, so that nothing pasted is lost.
 */
void keyboard_set_receiver(bool (*receive)(struct domain *domain, uint8_t byte));

/* Read and deliver what has come; called at each tick. */
void keyboard_tick(void);

#endif
