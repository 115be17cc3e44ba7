/*
 * Lab 1's executor: a bare guest on a small fake machine, for exercises 1.4 to 1.6. Memory is an array, domain and
 * console are functions that record, and time stands still. The student's headers are in force here.
 */
/* sources: emulate.c emulate_system.c emulate_table.c emulate_port.c ports.c bare_memory.c bare_segments.c */
/* sources: bare_interrupt.c bare_iret.c vpic.c vpit.c vpit_count.c vuart.c vcmos.c */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "console.h"
#include "domain.h"
#include "emulate.h"
#include "executor.h"
#include "panic.h"
#include "wire.h"

/* One guest, built anew for each request: nothing of one operation is left for the next. */
static struct trap_frame frame;
static struct domain domain;
static uint64_t shadow[SHADOW_ENTRIES];
static struct bare guest;
static struct wire_outcome *outcome; /* of the operation that runs */

/* The fakes: what the pure files ask of the rest of the hypervisor. */

/* As the hypervisor's: only the first end counts. All are counted, so that a check can see a second one. */
void domain_end(struct domain *ended, uint8_t status)
{
    outcome->ends++;
    if (ended->state != DOMAIN_ALIVE)
        return;
    ended->state = DOMAIN_ENDED;
    ended->exit_status = status;
}

void domain_crash(struct domain *crashed, const char *format, ...)
{
    va_list values;

    outcome->ends++;
    if (crashed->state != DOMAIN_ALIVE)
        return;
    crashed->state = DOMAIN_CRASHED;
    va_start(values, format);
    vsnprintf(crashed->reason, sizeof(crashed->reason), format, values);
    va_end(values);
}

/* Bytes beyond WIRE_CONSOLE are counted and dropped: the reply has a fixed size. */
void console_guest_byte(struct domain *sender, uint8_t byte)
{
    if (sender == &domain && outcome->console_count < WIRE_CONSOLE)
        outcome->console[outcome->console_count] = byte;
    outcome->console_count++;
}

/* Ends the executor with a signal: the check then fails with the sentence that stands in the log. */
void panic(const char *format, ...)
{
    va_list values;

    va_start(values, format);
    vfprintf(stderr, format, values);
    va_end(values);
    abort();
}

/* Fixed values with different bytes: halves that are exchanged, or taken from elsewhere, show. */
uint64_t bare_tsc(void)
{
    return 0x123456789abcdefu;
}

uint64_t bare_now(void)
{
    return 1000000;
}

/* Every register holds its own number, so a read of the wrong one shows. */
uint8_t bare_clock_register(uint8_t reg)
{
    return reg;
}

/* From the wire and back. The two lists of registers are one list, so that neither forgets a member. */

#define EACH_REGISTER(copy)                                                                                        \
    copy(eax) copy(ecx) copy(edx) copy(ebx) copy(esp) copy(ebp) copy(esi) copy(edi) copy(eip) copy(cs) copy(eflags) \
    copy(ss) copy(ds) copy(es) copy(fs) copy(gs)
#define EACH_VIRTUAL(copy)                                                                                        \
    copy(cr0) copy(cr2) copy(cr3) copy(cr4) copy(task_selector) copy(task_base) copy(task_limit) copy(gdt.base)    \
    copy(gdt.limit) copy(idt.base) copy(idt.limit) copy(ring) copy(iopl) copy(interrupts) copy(is_halted)          \
    copy(is_shadowed) copy(shadow_eip)

#define REGISTER_IN(name)  frame.name = in->name;
#define REGISTER_OUT(name) out->name = frame.name;
#define VIRTUAL_IN(name)   guest.name = (__typeof__(guest.name))in->name;
#define VIRTUAL_OUT(name)  out->name = guest.name;

/* `memory` is copied from the request: what the student's code writes cannot reach the request itself. */
static void guest_build(const struct wire_machine *in, struct wire_outcome *out)
{
    outcome = out;
    free(guest.memory);
    memset(&frame, 0, sizeof(frame));
    memset(&domain, 0, sizeof(domain));
    memset(&guest, 0, sizeof(guest));
    memset(shadow, 0, sizeof(shadow));
    domain.state = DOMAIN_ALIVE;
    domain.vcpu[0].domain = &domain;
    domain.vcpu[0].frame = &frame;
    guest.domain = &domain;
    guest.frame = &frame;
    guest.shadow = shadow;
    guest.memory_size = WIRE_MEMORY;
    guest.memory = malloc(WIRE_MEMORY); /* a block of its own, so that the sanitizer sees its ends */
    memcpy(guest.memory, in->memory, WIRE_MEMORY);
    vpic_init(&guest.pic);
    vuart_init(&guest.uart);
    bare_segments_reset(&guest);
    EACH_REGISTER(REGISTER_IN)
    EACH_VIRTUAL(VIRTUAL_IN)
    for (unsigned i = 0; i < 8; i++)
        guest.dr[i] = in->dr[i];
    for (unsigned i = 0; i < 3; i++)
        guest.sysenter[i] = in->sysenter[i];
}

/* By name, member by member: the student's structures may have another layout than the wire's. */
static void guest_report(struct wire_outcome *outcome_out)
{
    struct wire_machine *out = &outcome_out->machine;

    EACH_REGISTER(REGISTER_OUT)
    EACH_VIRTUAL(VIRTUAL_OUT)
    for (unsigned i = 0; i < 8; i++)
        out->dr[i] = guest.dr[i];
    for (unsigned i = 0; i < 3; i++)
        out->sysenter[i] = guest.sysenter[i];
    memcpy(out->memory, guest.memory, WIRE_MEMORY);
    outcome_out->domain = domain.state == DOMAIN_ALIVE ? WIRE_ALIVE :
                          domain.state == DOMAIN_ENDED ? WIRE_ENDED : WIRE_CRASHED;
    outcome_out->exit_status = domain.exit_status;
    outcome_out->pic_lines = guest.pic.master.lines | (uint32_t)guest.pic.slave.lines << 8;
    outcome_out->pic_requests = guest.pic.master.request | (uint32_t)guest.pic.slave.request << 8;
    outcome_out->pic_mask = guest.pic.master.mask | (uint32_t)guest.pic.slave.mask << 8;
    outcome_out->pic_service = guest.pic.master.in_service | (uint32_t)guest.pic.slave.in_service << 8;
}

/* The decoder is not asked: a check of the emulator must not fail for a wrong decoder. */
static struct insn insn_copy(const struct wire_insn *in)
{
    const struct wire_rm *rm = &in->rm;

    return (struct insn){ .op = in->op, .length = in->length, .operand_size = in->operand_size,
                          .address_size = in->address_size, .rep = in->rep, .segment = in->segment, .reg = in->reg,
                          .has_immediate = in->has_immediate, .immediate = in->immediate,
                          .rm = { .is_memory = rm->is_memory, .reg = rm->reg, .segment = rm->segment,
                                  .base = rm->base, .index = rm->index, .scale = rm->scale,
                                  .displacement = rm->displacement } };
}

static void run_emulate(const void *request, void *reply)
{
    const struct wire_emulation *in = request;
    struct wire_outcome *out = reply;
    struct insn insn = insn_copy(&in->insn);

    guest_build(&in->machine, out);
    out->fault = emulate(&guest, &insn);
    guest_report(out);
}
OPERATION(WIRE_EMULATE, struct wire_emulation, struct wire_outcome, run_emulate);

/* `setup` is part of the request, so that a check can program a device first. */
static void ports_build(const struct wire_port *in, struct wire_outcome *out)
{
    guest_build(&in->machine, out);
    for (unsigned i = 0; i < in->count && i < sizeof(in->setup) / sizeof(in->setup[0]); i++)
        port_write(&guest, in->setup[i].port, in->setup[i].value, 1);
    out->console_count = 0;     /* what the set-up printed is not the answer */
}

static void run_port_read(const void *request, void *reply)
{
    const struct wire_port *in = request;
    struct wire_outcome *out = reply;

    ports_build(in, out);
    out->value = port_read(&guest, (uint16_t)in->port, in->size);
    guest_report(out);
}
OPERATION(WIRE_PORT_READ, struct wire_port, struct wire_outcome, run_port_read);

static void run_port_write(const void *request, void *reply)
{
    const struct wire_port *in = request;
    struct wire_outcome *out = reply;

    ports_build(in, out);
    port_write(&guest, (uint16_t)in->port, in->value, in->size);
    guest_report(out);
}
OPERATION(WIRE_PORT_WRITE, struct wire_port, struct wire_outcome, run_port_write);

static void run_deliver(const void *request, void *reply)
{
    const struct wire_event *in = request;
    struct wire_outcome *out = reply;

    guest_build(&in->machine, out);
    bare_deliver(&guest, (struct bare_event){ .kind = (uint8_t)in->kind, .vector = (uint8_t)in->vector,
                                              .error = (uint16_t)in->error, .next_eip = in->next_eip });
    guest_report(out);
}
OPERATION(WIRE_DELIVER, struct wire_event, struct wire_outcome, run_deliver);

static void run_iret(const void *request, void *reply)
{
    const struct wire_iret *in = request;
    struct wire_outcome *out = reply;

    guest_build(&in->machine, out);
    out->fault = bare_iret(&guest, in->size);
    guest_report(out);
}
OPERATION(WIRE_IRET, struct wire_iret, struct wire_outcome, run_iret);
