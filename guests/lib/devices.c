/* The 8259 pair and 8254 channel 0, programmed as any PC kernel does (Intel 8259A and 8254 data sheets). Polled and
   stateless: handlers belong to the kernels.
   No timing is assumed: modern PICs and QEMU need no pause between two writes, and a hypervisor traps each. */
#include "devices.h"

#include "io.h"

#define ICW1_INITIALISE     0x11    /* edge triggered, cascaded, ICW4 follows */
#define ICW3_MASTER         0x04    /* a slave hangs on IRQ 2 */
#define ICW3_SLAVE          0x02
#define ICW4_8086           0x01
/* Command words are told apart by bits 4 and 3 of what is written to the command port: 00 OCW2, 01 OCW3, 1x ICW1. */
#define OCW2_END            0x20    /* non-specific end of interrupt */
#define OCW3_READ_REQUEST   0x0A
#define OCW3_READ_SERVICE   0x0B

/* The order of the four words is fixed by the device: ICW1 to the command port makes the data port expect the rest.
        command port   ICW1
        data port           ICW2 (base)   ICW3 (cascade)   ICW4 (mode)   ... from here on: the mask
   A vector base below 32 would make IRQ 0 look like an exception: that is where a PC's BIOS leaves it. */
void pic_remap(uint8_t base)
{
    port_write8(PORT_PIC_MASTER, ICW1_INITIALISE);
    port_write8(PORT_PIC_SLAVE, ICW1_INITIALISE);
    port_write8(PORT_PIC_MASTER + 1, base);
    port_write8(PORT_PIC_SLAVE + 1, (uint8_t)(base + 8));
    port_write8(PORT_PIC_MASTER + 1, ICW3_MASTER);
    port_write8(PORT_PIC_SLAVE + 1, ICW3_SLAVE);
    port_write8(PORT_PIC_MASTER + 1, ICW4_8086);
    port_write8(PORT_PIC_SLAVE + 1, ICW4_8086);
    pic_mask_all();
}

/* A mask bit of one holds that input back; a request that still stands when it is opened fires then. */
void pic_mask_all(void)
{
    port_write8(PORT_PIC_MASTER + 1, 0xFF);
    port_write8(PORT_PIC_SLAVE + 1, 0xFF);
}

/* A slave's interrupt reaches the processor through the master's input 2, which must be open too. */
void pic_unmask(unsigned irq)
{
    uint16_t port = irq < 8 ? PORT_PIC_MASTER + 1 : PORT_PIC_SLAVE + 1;

    port_write8(port, (uint8_t)(port_read8(port) & ~(1u << (irq & 7))));
    if (irq >= 8)
        pic_unmask(IRQ_CASCADE);
}

/* "Non-specific": the device clears its highest bit in service. That is the right one because nobody here reorders
   priorities. A slave's interrupt is in service in both devices, so both are told. */
void pic_end(unsigned irq)
{
    if (irq >= 8)
        port_write8(PORT_PIC_SLAVE, OCW2_END);
    port_write8(PORT_PIC_MASTER, OCW2_END);
}

/* OCW3 selects which register the next read of the command port gives. */
static uint16_t pic_read(uint8_t command)
{
    port_write8(PORT_PIC_MASTER, command);
    port_write8(PORT_PIC_SLAVE, command);
    return (uint16_t)(port_read8(PORT_PIC_MASTER) | port_read8(PORT_PIC_SLAVE) << 8);
}

/* After a spurious IRQ 7 the bit is clear here: that is how it is told from a real one. */
uint16_t pic_in_service(void)
{
    return pic_read(OCW3_READ_SERVICE);
}

/* Masked inputs show here as well. */
uint16_t pic_requested(void)
{
    return pic_read(OCW3_READ_REQUEST);
}

/* Low byte first: `command` must ask for "low then high" (PIT_RATE, PIT_SQUARE). Counting starts with the high one. */
void pit_start(uint8_t command, uint16_t divisor)
{
    port_write8(PORT_PIT_COMMAND, command);
    port_write8(PORT_PIT_CHANNEL0, (uint8_t)divisor);
    port_write8(PORT_PIT_CHANNEL0, (uint8_t)(divisor >> 8));
}

/* Unlatched, the count could change between the two bytes. */
uint16_t pit_count(void)
{
    uint8_t low;

    port_write8(PORT_PIT_COMMAND, PIT_LATCH);
    low = port_read8(PORT_PIT_CHANNEL0);    /* the latch is released by the second read */
    return (uint16_t)(low | port_read8(PORT_PIT_CHANNEL0) << 8);
}
