/*
 * Numbers that ring.S shares with C (floor 2); C compares them with the structures they come from (hypercall.c).
 */
#ifndef RINGLET_RING_NUMBERS_H
#define RINGLET_RING_NUMBERS_H

#define FRAME_CS      60      /* offsetof(struct trap_frame, cs) */
#define FRAME_EFLAGS  64
#define EFLAGS_VM_BIT 0x20000 /* virtual-8086 mode */

#endif
