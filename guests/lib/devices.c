/* The 8259 pair and 8254 channel 0, programmed as any PC kernel does (Intel 8259A and 8254 data sheets). Polled and
   stateless: handlers belong to the kernels. */
#include "devices.h"

#include "io.h"

#define ICW1_INITIALISE     0x11    /* edge triggered, cascaded, ICW4 follows */
#define ICW3_MASTER         0x04    /* a slave hangs on IRQ 2 */
#define ICW3_SLAVE          0x02
#define ICW4_8086           0x01
#define OCW2_END            0x20    /* non-specific end of interrupt */
#define OCW3_READ_REQUEST   0x0A
#define OCW3_READ_SERVICE   0x0B

/* The order of the four words is fixed by the device: ICW1 to the command port makes the data port expect the rest. */
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

uint16_t pic_in_service(void)
{
    return pic_read(OCW3_READ_SERVICE);
}

uint16_t pic_requested(void)
{
    return pic_read(OCW3_READ_REQUEST);
}

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
    low = port_read8(PORT_PIT_CHANNEL0);
    return (uint16_t)(low | port_read8(PORT_PIT_CHANNEL0) << 8);
}
