/*
 * Virtual 8259A interrupt controller pair (floor 1, pure state; one struct vpic in each bare guest).
 * Source: Intel 8259A data sheet. Edge triggered, 8086 mode, master IR2 cascades the slave; a PC fixes all three by
 * its wiring, so LTIM, the processor bit of ICW4 and the contents of ICW3 are accepted and change nothing.
 */
#ifndef RINGLET_VPIC_H
#define RINGLET_VPIC_H

#include <stdbool.h>
#include <stdint.h>

#define VPIC_MASTER_PORT 0x20 /* command; data at +1 */
#define VPIC_SLAVE_PORT  0xa0
#define VPIC_IRQS        16

struct vpic_chip {
    uint8_t request;        /* IRR: edges seen and not yet acknowledged */
    uint8_t in_service;     /* ISR */
    uint8_t mask;           /* IMR */
    uint8_t lines;          /* current level of the eight inputs, for edge detection */
    uint8_t cascade;        /* inputs with another chip behind them: IR2 of the master, none of the slave */
    uint8_t vector_base;    /* ICW2, low three bits zero */
    uint8_t init_step;      /* which ICW the next data write is: 0 none, 2, 3, 4 */
    uint8_t needs_icw4;     /* ICW1 bit 0 */
    uint8_t is_single;      /* ICW1 bit 1: no ICW3 */
    uint8_t auto_eoi;       /* ICW4 bit 1 */
    uint8_t special_nested; /* ICW4 bit 4: a cascade input in service does not block itself */
    uint8_t read_isr;       /* OCW3: command-port reads return ISR instead of IRR */
    uint8_t poll;           /* OCW3: the next read is an acknowledge */
    uint8_t special_mask;   /* OCW3: a masked input in service blocks nothing */
    uint8_t rotate_auto;    /* OCW2: with auto_eoi, an acknowledged input becomes the lowest */
    uint8_t lowest;         /* lowest-priority input (7 after reset; rotated by OCW2) */
};

struct vpic {
    struct vpic_chip master;
    struct vpic_chip slave;
};

/* Power-on state: vectors 0x08 and 0x70 and everything masked, as a BIOS leaves a quiet machine. */
void vpic_init(struct vpic *pic);

/*
 * Drive input `irq` (0..15; 2 is the cascade's own and is ignored, as is 16 and above). A rising edge latches a
 * request; a falling one withdraws it. An edge needs a low level before it: pulse a line to repeat a request.
 */
void vpic_set_line(struct vpic *pic, unsigned irq, bool high);

/* The level input `irq` (0..15) is driven to. */
static inline bool vpic_line(const struct vpic *pic, unsigned irq)
{
    return (irq < 8 ? pic->master.lines >> irq : pic->slave.lines >> (irq - 8)) & 1;
}

/* True when request bit `irq` (0..15) is latched and not yet acknowledged. */
bool vpic_is_requested(const struct vpic *pic, unsigned irq);

/* True when INTR is asserted: an unmasked request of higher priority than anything in service. */
bool vpic_is_pending(const struct vpic *pic);

/*
 * INTA: acknowledge the highest request and return its vector. With none left, a spurious IRQ7: the master's
 * vector_base + 7 and no in-service bit. When the slave's request is withdrawn after the master latched it, a
 * spurious IRQ15: the slave's vector_base + 7, in service at the master (IR2) only.
 */
uint8_t vpic_acknowledge(struct vpic *pic);

/* Guest port access; `port` is one of 0x20, 0x21, 0xa0, 0xa1. */
uint8_t vpic_read(struct vpic *pic, uint16_t port);
void vpic_write(struct vpic *pic, uint16_t port, uint8_t value);

#endif
