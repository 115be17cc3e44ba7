/*
 * The real interrupt controllers (floor 1). Source: Intel 8259A data sheet. Invariant: an interrupt is acknowledged
 * as soon as it arrives; ring 0 runs with interrupts off, so none can nest.
 *
 *      IRQ 8-15 --> | slave 0xa0 | INT --+                         vectors 40-47
 *                                        v input 2
 *      IRQ 0, 1, 3-7 --------------> | master 0x20 | INT --> CPU   vectors 32-39
 *
 * A BIOS leaves the master at vectors 8-15, where an interrupt cannot be told from an exception: hence the new bases.
 */
#include "irq.h"
#include <stdint.h>
#include "cpu.h"
#include "trap.h"

#define MASTER 0x20 /* command port; the data port, mask and ICW2-4, is one further */
#define SLAVE  0xa0
#define READ_ISR 0x0b /* OCW3: the next command-port read returns the in-service register */
#define EOI      0x20 /* OCW2: non-specific, ends the highest input in service */

static uint16_t mask = 0xffff & ~(1u << 2); /* input 2 is the slave */

/* Both chips each time: simpler than knowing which half has changed, and it happens a few times in all. */
static void mask_write(void)
{
    out8(MASTER + 1, (uint8_t)mask);
    out8(SLAVE + 1, (uint8_t)(mask >> 8));
}

/* The sequence of "Initialization Command Words": ICW1 to the command port, ICW2 to ICW4 to the data port. */
void irq_init(void)
{
    out8(MASTER, 0x11); /* ICW1: edge triggered, cascade, ICW4 follows */
    out8(SLAVE, 0x11);
    out8(MASTER + 1, VECTOR_IRQ); /* ICW2 */
    out8(SLAVE + 1, VECTOR_IRQ + 8);
    out8(MASTER + 1, 0x04); /* ICW3: slave on input 2 */
    out8(SLAVE + 1, 0x02);
    out8(MASTER + 1, 0x01); /* ICW4: 8086 mode */
    out8(SLAVE + 1, 0x01);
    mask_write();
}

/* Nothing is ever masked again: a floor that stops caring about an input acknowledges it for nothing. */
void irq_unmask(unsigned irq)
{
    mask &= (uint16_t)~(1u << irq);
    mask_write();
}

/* Inputs 7 and 15 also stand for "the request was gone when the CPU asked": then the ISR bit is not set. */
static bool is_spurious(uint16_t port)
{
    out8(port, READ_ISR);
    return !(in8(port) & 0x80);
}

/*
 * A spurious interrupt has no bit in service, so it gets no EOI: that would end another one. The slave's spurious one
 * is real for the master, whose input 2 did rise.
 */
bool irq_acknowledge(unsigned irq)
{
    if (irq == 7 && is_spurious(MASTER))
        return false;
    if (irq >= 8) {
        bool spurious = irq == 15 && is_spurious(SLAVE);

        out8(MASTER, EOI); /* the master saw its input 2 in either case */
        if (spurious)
            return false;
        out8(SLAVE, EOI);
        return true;
    }
    out8(MASTER, EOI);
    return true;
}
