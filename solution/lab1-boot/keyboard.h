/*
 * Who gets the keys (floor 1). Bytes from the serial line go to the domain that has the keyboard; at first that is
 * the first domain. Ctrl-G starts a command: a domain's number (0-9) gives it the keyboard, ? lists the domains, p
 * pauses the one with the keyboard or lets it go on, q switches the machine off, and Ctrl-G sends one Ctrl-G.
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
typedef bool keyboard_receiver(struct domain *domain, uint8_t byte);

/* Returns the receiver so far, for what is not the new one's kind of guest; NULL when there was none. */
keyboard_receiver *keyboard_set_receiver(keyboard_receiver *receive);

/* Read and deliver what has come; called at each tick. */
void keyboard_tick(void);

#endif
