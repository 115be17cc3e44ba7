/* Ports of virtual devices in all widths, and string instructions longer than the hypervisor does in one go. No
   interrupt is delivered. */
#include "evidence.h"
#include "io.h"
#include "wire.h"

void guest_main(void);

#define SCRATCH (PORT_UART + UART_SCRATCH)
#define BUFFER  200

static uint8_t buffer[BUFFER + 2];

static void single_accesses(void)
{
    uint8_t number = (uint8_t)evidence_random(), mask = (uint8_t)evidence_random();

    port_write8(SCRATCH, number);
    evidence_put(PORTS_SCRATCH, port_read8(SCRATCH));
    evidence_put(PORTS_WIDE, port_read32(SCRATCH - 2));
    evidence_put(PORTS_NOBODY, port_read32(PORT_NOBODY));
    port_write16(PORT_PIC_MASTER, (uint16_t)(mask << 8 | 0x20)); /* end of interrupt, and the mask */
    evidence_put(PORTS_MASK, port_read8(PORT_PIC_MASTER + 1));
}

static void string_out(void)
{
    uint32_t count = 100;
    const uint8_t *place = buffer;

    for (int i = 0; i < BUFFER; i++)
        buffer[i] = (uint8_t)evidence_random();
    __asm__ volatile("rep outsb" : "+S"(place), "+c"(count) : "d"(SCRATCH) : "memory");
    evidence_put(PORTS_UP, port_read8(SCRATCH));
    count = 90;
    place = buffer + 150;
    __asm__ volatile("std; rep outsb; cld" : "+S"(place), "+c"(count) : "d"(SCRATCH) : "memory");
    evidence_put(PORTS_DOWN, port_read8(SCRATCH));
}

static void string_in(void)
{
    uint32_t count = BUFFER, sum = 0;
    uint8_t *place = buffer;

    port_write8(SCRATCH, (uint8_t)evidence_random());
    __asm__ volatile("repne insb" : "+D"(place), "+c"(count) : "d"(SCRATCH) : "memory");
    for (int i = 0; i < BUFFER; i++)
        sum += buffer[i];
    evidence_put(PORTS_SUM, sum);
    evidence_put(PORTS_LEFT, count);
    evidence_put(PORTS_END, (uint32_t)(place - buffer));
}

void guest_main(void)
{
    single_accesses();
    string_out();
    string_in();
    evidence_seal();
    port_write8(PORT_EXIT, 0);
}
