/*
 * Virtual 8259A pair (floor 1). Owns struct vpic; called by port I/O emulation, by the other virtual devices' line
 * changes and by interrupt injection. Pure: no hardware, no guest memory, no clock. Invariant: after every public
 * call the master's IR2 level equals the slave's INT output, so the two chips never disagree about the cascade.
 * Names and section titles in the comments are those of the Intel 8259A data sheet.
 */
#include "vpic.h"

#define CASCADE_LEVEL  2 /* the master's input that the slave's INT is wired to */
#define SPURIOUS_LEVEL 7 /* what a chip answers when the request is gone */
#define NO_LEVEL       8 /* no input: one more than the highest, so as a rank it loses against any */

/*
 * What a write means ("Initialization Command Words", "Operation Command Words"); A0 is bit 0 of the port:
 *
 *   A0  7   6   5   4   3   2   1   0
 *   0   -   -   -   1  LTIM -  SNGL IC4   ICW1: starts the sequence ICW2, ICW3 unless SNGL, ICW4 if IC4
 *   1   T7  T6  T5  T4  T3  -   -   -     ICW2: vector base
 *   1   S7 ...                      S0    ICW3: which inputs have slaves (wired here)
 *   1   -   -   - SFNM  -   -  AEOI uPM   ICW4
 *   1   M7 ...                      M0    OCW1: mask, once the sequence is over
 *   0   R   SL EOI  0   0   L2  L1  L0    OCW2: end of interrupt, rotation
 *   0   -  ESMM SMM 0   1   P   RR RIS    OCW3: special mask, poll, what the next reads return
 */
#define ICW1_SELECT 0x10
#define ICW1_SINGLE 0x02
#define ICW1_ICW4   0x01
#define ICW4_NESTED 0x10
#define ICW4_AEOI   0x02
#define OCW2_ROTATE 0x80
#define OCW2_LEVEL  0x40
#define OCW2_EOI    0x20
#define OCW3_ESMM   0x40
#define OCW3_SMM    0x20
#define OCW3_SELECT 0x08
#define OCW3_POLL   0x04
#define OCW3_RR     0x02
#define OCW3_RIS    0x01
#define POLL_FOUND  0x80

/* "ICW1" lists what a reset clears; cascade and lines are wiring and survive. Clearing the requests while keeping
 * the lines is the edge-sense reset: an input that is already high needs a new low-to-high transition. */
static void reset_chip(struct vpic_chip *chip)
{
    uint8_t lines = chip->lines, cascade = chip->cascade, vector_base = chip->vector_base;

    *chip = (struct vpic_chip){.lines = lines, .cascade = cascade, .vector_base = vector_base, .lowest = 7};
}

/*
 *      IRQ 8-15 -> slave  -INT-> input 2 of master -INT-> vpic_is_pending()
 *      IRQ 0, 1, 3-7  --------->                   <-INTA- vpic_acknowledge()
 *
 *      a request's way:   line up -> request (IRR) -> in_service (ISR) -> EOI
 *                         withdrawn by line down      blocks its own rank and all lower ones
 */
void vpic_init(struct vpic *pic)
{
    *pic = (struct vpic){
        .master = {.mask = 0xff, .cascade = 1u << CASCADE_LEVEL, .vector_base = 0x08, .lowest = 7},
        .slave = {.mask = 0xff, .vector_base = 0x70, .lowest = 7},
    };
}

/*
 * Priorities are a ring: the input after `lowest` has rank 0, the highest.
 *
 *      lowest 7    level 0 1 2 3 4 5 6 7        lowest 2    level 3 4 5 6 7 0 1 2
 *                  rank  0 1 2 3 4 5 6 7                    rank  0 1 2 3 4 5 6 7
 */
static unsigned rank_to_level(const struct vpic_chip *chip, unsigned rank)
{
    return (chip->lowest + 1u + rank) & 7;
}

/* Rank of the highest-priority bit set in `bits`; NO_LEVEL when there is none. */
static unsigned find_rank(const struct vpic_chip *chip, uint8_t bits)
{
    unsigned rank = 0;

    while (rank < NO_LEVEL && !(bits >> rank_to_level(chip, rank) & 1))
        rank++;
    return rank;
}

/* "Special Mask Mode": a masked input in service neither blocks others nor is ended by a non-specific EOI. */
static uint8_t active_service(const struct vpic_chip *chip)
{
    return chip->special_mask ? chip->in_service & ~chip->mask : chip->in_service;
}

/* The input this chip's INT output stands for; NO_LEVEL when the output is low. */
static unsigned find_request(const struct vpic_chip *chip)
{
    uint8_t wanted = chip->request & ~chip->mask;

    if (wanted == 0)
        return NO_LEVEL; /* nearly always: this is asked on each way back to the guest */
    unsigned rank = find_rank(chip, wanted);
    unsigned blocked_from = find_rank(chip, active_service(chip));
    unsigned level = rank_to_level(chip, rank);

    if (chip->special_nested && rank == blocked_from && chip->cascade >> level & 1)
        return level; /* "Special Fully Nested Mode": the slave has something more urgent than what it had */
    return rank < blocked_from ? level : NO_LEVEL;
}

/* Follow an input's level; only a rising edge requests. Falling is left to the caller: see update_cascade. */
static void drive_input(struct vpic_chip *chip, unsigned level, bool high)
{
    uint8_t bit = (uint8_t)(1u << level);

    if (high && !(chip->lines & bit))
        chip->request |= bit;
    chip->lines = high ? chip->lines | bit : chip->lines & ~bit;
}

/* The master's latch on IR2 outlives a slave request that is withdrawn: that is where spurious IRQ15s come from. */
static void update_cascade(struct vpic *pic)
{
    drive_input(&pic->master, CASCADE_LEVEL, find_request(&pic->slave) != NO_LEVEL);
}

/* The slave's inputs reach the master through the cascade, so both chips may have changed by the end. */
void vpic_set_line(struct vpic *pic, unsigned irq, bool high)
{
    struct vpic_chip *chip = irq < 8 ? &pic->master : &pic->slave;

    if (irq == CASCADE_LEVEL || irq >= VPIC_IRQS || (chip->lines >> (irq & 7) & 1) == high)
        return; /* a line that stays where it is changes nothing */
    drive_input(chip, irq & 7, high);
    if (!high)
        chip->request &= ~(1u << (irq & 7));
    if (irq >= 8)
        update_cascade(pic);
}

/* Of the latched edge, whatever the mask says: bare_trap.c asks whether the last tick is still waiting. */
bool vpic_is_requested(const struct vpic *pic, unsigned irq)
{
    return irq < VPIC_IRQS && ((unsigned)pic->slave.request << 8 | pic->master.request) >> irq & 1;
}

/* The CPU's question before each instruction with IF set; the slave is included by way of the cascade. */
bool vpic_is_pending(const struct vpic *pic)
{
    return find_request(&pic->master) != NO_LEVEL;
}

/* Take `level` from requested to in service; "Automatic End of Interrupt" skips the second state. */
static void accept_request(struct vpic_chip *chip, unsigned level)
{
    chip->request &= ~(1u << level);
    if (!chip->auto_eoi)
        chip->in_service |= 1u << level;
    else if (chip->rotate_auto)
        chip->lowest = (uint8_t)level;
}

/* The slave's INT drops during its acknowledge even if another request waits: the master must see a new edge. */
static void accept_from_slave(struct vpic *pic, unsigned level)
{
    accept_request(&pic->slave, level);
    drive_input(&pic->master, CASCADE_LEVEL, false);
    update_cascade(pic);
}

/* "Interrupt Sequence": both INTA pulses at once. The level found here may differ from the one that raised INT. */
uint8_t vpic_acknowledge(struct vpic *pic)
{
    unsigned level = find_request(&pic->master);

    if (level == NO_LEVEL)
        return pic->master.vector_base | SPURIOUS_LEVEL;
    accept_request(&pic->master, level);
    if (level != CASCADE_LEVEL)
        return (uint8_t)(pic->master.vector_base | level);
    level = find_request(&pic->slave);
    if (level == NO_LEVEL)
        return pic->slave.vector_base | SPURIOUS_LEVEL;
    accept_from_slave(pic, level);
    return (uint8_t)(pic->slave.vector_base | level);
}

/* "Poll Command": the read is the acknowledge. Each chip is polled by itself; the master answers 2 for its slave. */
static uint8_t poll_chip(struct vpic *pic, struct vpic_chip *chip)
{
    unsigned level = find_request(chip);

    chip->poll = 0;
    if (level == NO_LEVEL)
        return 0;
    if (chip == &pic->slave)
        accept_from_slave(pic, level);
    else
        accept_request(chip, level);
    return (uint8_t)(POLL_FOUND | level);
}

/* Ports 0xa0 and 0xa1 are the slave's; anything else is the master's, so a wrong port can do no worse. */
static struct vpic_chip *select_chip(struct vpic *pic, uint16_t port)
{
    return (port & ~1u) == VPIC_SLAVE_PORT ? &pic->slave : &pic->master;
}

/* A poll answers on either port: the chip takes the next read pulse, whatever A0 says. */
uint8_t vpic_read(struct vpic *pic, uint16_t port)
{
    struct vpic_chip *chip = select_chip(pic, port);

    if (chip->poll)
        return poll_chip(pic, chip);
    if (port & 1)
        return chip->mask;
    return chip->read_isr ? chip->in_service : chip->request;
}

/* ICW1 may come at any time, even inside another sequence, and always starts afresh. */
static void write_icw1(struct vpic_chip *chip, uint8_t value)
{
    reset_chip(chip);
    chip->needs_icw4 = value & ICW1_ICW4;
    chip->is_single = (value & ICW1_SINGLE) != 0;
    chip->init_step = 2;
}

/* EOI: specific names its level; non-specific ends the highest in service. "Rotate" makes the ended one the lowest. */
static void end_interrupt(struct vpic_chip *chip, uint8_t command)
{
    unsigned rank = find_rank(chip, active_service(chip));
    unsigned level = command & OCW2_LEVEL ? command & 7u : rank_to_level(chip, rank);

    if (!(command & OCW2_LEVEL) && rank == NO_LEVEL)
        return;
    chip->in_service &= ~(1u << level);
    if (command & OCW2_ROTATE)
        chip->lowest = (uint8_t)level;
}

/* "OCW2": R, SL and EOI make eight commands; R=0 SL=1 EOI=0 is the one with no effect. */
static void write_ocw2(struct vpic_chip *chip, uint8_t command)
{
    if (command & OCW2_EOI)
        end_interrupt(chip, command);
    else if (!(command & OCW2_LEVEL))
        chip->rotate_auto = (command & OCW2_ROTATE) != 0;
    else if (command & OCW2_ROTATE)
        chip->lowest = command & 7;
}

/* ESMM and RR say whether SMM and RIS are looked at; a poll not yet read is cancelled by the next OCW3. */
static void write_ocw3(struct vpic_chip *chip, uint8_t command)
{
    if (command & OCW3_ESMM)
        chip->special_mask = (command & OCW3_SMM) != 0;
    if (command & OCW3_RR)
        chip->read_isr = command & OCW3_RIS;
    chip->poll = (command & OCW3_POLL) != 0;
}

/* ICW2, ICW3 (unless single) and ICW4 (if announced) follow ICW1 on the data port; afterwards it is the mask. */
static void write_data(struct vpic_chip *chip, uint8_t value)
{
    uint8_t last_step = chip->needs_icw4 ? 4 : 0;

    switch (chip->init_step) {
    case 2:
        chip->vector_base = value & 0xf8;
        chip->init_step = chip->is_single ? last_step : 3;
        break;
    case 3:
        chip->init_step = last_step;
        break;
    case 4:
        chip->auto_eoi = (value & ICW4_AEOI) != 0;
        chip->special_nested = (value & ICW4_NESTED) != 0;
        chip->init_step = 0;
        break;
    default:
        chip->mask = value;
    }
}

/* Data port: mask or ICW2 to ICW4. Command port: bits 4 and 3 tell ICW1, OCW3 and OCW2 apart. */
void vpic_write(struct vpic *pic, uint16_t port, uint8_t value)
{
    struct vpic_chip *chip = select_chip(pic, port);

    if (port & 1)
        write_data(chip, value);
    else if (value & ICW1_SELECT)
        write_icw1(chip, value);
    else if (value & OCW3_SELECT)
        write_ocw3(chip, value);
    else
        write_ocw2(chip, value);
    update_cascade(pic); /* a mask, an EOI or a reset may have raised or dropped the slave's INT */
}
