/*
 * The fake machine (fake_machine.h), and the few functions of the real hypervisor that bare guests' code calls.
 */
#include "fake_machine.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "console.h"
#include "emulate.h"
#include "exercise.h"

static struct fake_machine *running;

void domain_end(struct domain *domain, uint8_t status)
{
    running->ends++;
    if (!domain_is_alive(domain))
        return;
    domain->state = DOMAIN_ENDED;
    domain->exit_status = status;
}

void domain_crash(struct domain *domain, const char *format, ...)
{
    (void)format;
    running->crashes++;
    if (domain_is_alive(domain))
        domain->state = DOMAIN_CRASHED;
}

void console_guest_byte(struct domain *domain, uint8_t byte)
{
    (void)domain;
    if (running->output_count < sizeof(running->output))
        running->output[running->output_count++] = (char)byte;
}

void exercise_missing(const char *number)
{
    fprintf(stderr, "exercise %s is not written yet\n", number);
    exit(1);
}

uint64_t bare_tsc(void)
{
    return running->tsc;
}

uint64_t bare_now(void)
{
    return running->now;
}

uint8_t bare_clock_register(uint8_t reg)
{
    running->clock_reads++;
    return 0x50 + reg;
}

uint64_t fake_descriptor(uint32_t base, uint32_t limit, uint8_t access, bool pages, bool big)
{
    return (uint64_t)(limit & 0xffff) | (uint64_t)(base & 0xffffff) << 16 | (uint64_t)access << 40 |
           (uint64_t)(limit >> 16 & 0xf) << 48 | (uint64_t)big << 54 | (uint64_t)pages << 55 |
           (uint64_t)(base >> 24) << 56;
}

void fake_write(struct fake_machine *machine, uint32_t address, unsigned size, uint64_t value)
{
    for (unsigned i = 0; i < size; i++)
        machine->guest.memory[address + i] = (uint8_t)(value >> 8 * i);
}

uint64_t fake_read(const struct fake_machine *machine, uint32_t address, unsigned size)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < size; i++)
        value |= (uint64_t)machine->guest.memory[address + i] << 8 * i;
    return value;
}

void fake_entry(struct fake_machine *machine, uint16_t selector, uint64_t descriptor)
{
    fake_write(machine, FAKE_GDT + (selector & 0xfff8u), 8, descriptor);
}

void fake_flat(struct fake_machine *machine, uint16_t selector, uint8_t access)
{
    fake_entry(machine, selector, fake_descriptor(0, 0xfffff, access, true, true));
}

void fake_bytes(struct fake_machine *machine, uint16_t selector, uint32_t base, uint32_t limit, uint8_t access,
                bool big)
{
    fake_entry(machine, selector, fake_descriptor(base, limit, access, false, big));
}

void fake_gate(struct fake_machine *machine, uint8_t vector, uint16_t selector, uint32_t offset, uint8_t access)
{
    fake_write(machine, FAKE_IDT + vector * 8u, 8,
               (offset & 0xffff) | (uint64_t)selector << 16 | (uint64_t)access << 40 | (uint64_t)(offset >> 16) << 48);
}

static void tables_fill(struct fake_machine *machine)
{
    fake_flat(machine, KERNEL_CODE, ACCESS_CODE(0));
    fake_flat(machine, KERNEL_DATA, ACCESS_DATA(0));
    fake_flat(machine, USER_CODE, ACCESS_CODE(3));
    fake_flat(machine, USER_DATA, ACCESS_DATA(3));
    fake_bytes(machine, TASK, FAKE_TSS, 103, 0x8b, false);
    for (unsigned ring = 0; ring < 3; ring++)
        fake_write(machine, FAKE_TSS + 4 + 8 * ring, 4, FAKE_STACK0 + ring * 0x1000);
    fake_write(machine, FAKE_TSS + 8, 2, KERNEL_DATA);
}

struct fake_machine *fake_start(void)
{
    struct fake_machine *machine = calloc(1, sizeof(*machine));
    struct bare *guest = &machine->guest;

    running = machine;
    machine->domain.state = DOMAIN_ALIVE;
    guest->domain = &machine->domain;
    guest->frame = &machine->frame;
    guest->memory = calloc(1, FAKE_MEMORY);
    guest->memory_size = FAKE_MEMORY;
    guest->shadow = calloc(SHADOW_ENTRIES, sizeof(guest->shadow[0]));
    guest->cr0 = 0x11;
    tables_fill(machine);
    guest->gdt = (struct bare_table){ FAKE_GDT, 0x7ff };
    guest->idt = (struct bare_table){ FAKE_IDT, 0x7ff };
    guest->task_selector = TASK;
    guest->task_base = FAKE_TSS;
    guest->task_limit = 103;
    machine->frame.eip = FAKE_CODE;
    machine->frame.esp = FAKE_STACK;
    machine->frame.eflags = 0x202;
    vpic_init(&guest->pic);
    vpit_init(&guest->pit);
    vuart_init(&guest->uart);
    vcmos_init(&guest->cmos);
    bare_segments_reset(guest);
    return machine;
}

void fake_stop(struct fake_machine *machine)
{
    free(machine->guest.memory);
    free(machine->guest.shadow);
    free(machine);
}

static void enter(struct fake_machine *machine, uint8_t ring, uint16_t code, uint16_t data)
{
    struct trap_frame *frame = &machine->frame;

    machine->guest.ring = ring;
    bare_code_load(&machine->guest, code, fake_read(machine, FAKE_GDT + code, 8));
    bare_stack_load(&machine->guest, data, fake_read(machine, FAKE_GDT + data, 8));
    frame->ds = frame->es = frame->fs = frame->gs = data | ring;
    for (unsigned index = 1; index < SHADOW_ENTRIES; index++)
        if (index != code / 8u && index != data / 8u)
            machine->guest.shadow[index] = 0;
}

void fake_enter_user(struct fake_machine *machine)
{
    enter(machine, 3, USER_CODE, USER_DATA);
}

void fake_enter_ring(struct fake_machine *machine, uint8_t ring)
{
    fake_flat(machine, RING_CODE, (uint8_t)ACCESS_CODE(ring));
    fake_flat(machine, RING_DATA, (uint8_t)ACCESS_DATA(ring));
    enter(machine, ring, RING_CODE, RING_DATA);
}

const char *fake_shadow_broken(struct fake_machine *machine)
{
    if (machine->guest.shadow[0] != 0)
        return "entry 0 is not zero";
    for (unsigned index = 1; index < SHADOW_ENTRIES; index++) {
        uint64_t entry = machine->guest.shadow[index];
        uint8_t access = (uint8_t)(entry >> 40);

        if (entry != 0 && (access & 0xf1) != 0xf1)
            return "an entry is no present, accessed code or data segment with DPL 3";
    }
    return NULL;
}

/* Entry `selector` names, 0 when there is none. */
static uint64_t entry_of(struct fake_machine *machine, uint32_t selector)
{
    uint32_t index = selector >> 3 & 0x1fff;

    return (selector & 4) || index >= SHADOW_ENTRIES ? 0 : machine->guest.shadow[index];
}

const char *fake_frame_broken(struct fake_machine *machine)
{
    const struct trap_frame *frame = &machine->frame;
    const uint32_t data[] = { frame->ds, frame->es, frame->fs, frame->gs };
    uint64_t code = entry_of(machine, frame->cs), stack = entry_of(machine, frame->ss);

    for (unsigned i = 0; i < 4; i++) {
        uint8_t access = (uint8_t)(entry_of(machine, data[i]) >> 40);

        if ((data[i] & 0xfffc) != 0 && (access & 0x98) != 0x90 && (access & 0x9a) != 0x9a)
            return "a data selector cannot be loaded";
    }
    if ((frame->cs & 3) != 3 || (code >> 40 & 0x98) != 0x98)
        return "CS cannot be loaded";
    if ((frame->ss & 3) != 3 || (stack >> 40 & 0x9a) != 0x92)
        return "SS cannot be loaded";
    return NULL;
}
