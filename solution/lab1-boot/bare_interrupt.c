/*
 * Interrupts and exceptions for a bare guest (floor 1, pure): what the CPU does between an event and the first
 * instruction of its handler, done in C on the guest's own IDT, GDT, TSS and stack.
 *
 * The frame carries the guest's view: CS with the virtual ring as its RPL and EFLAGS with the virtual IF. That is why
 * the handler's IRET traps (a return to "ring 0" from ring 3 is #GP) and can be emulated in turn.
 *
 *      from an inner ring's stack switch only ->  | SS     |
 *                                                 | ESP    |
 *                                                 | EFLAGS |  virtual IF and IOPL
 *                                                 | CS     |  RPL = virtual ring
 *                                                 | EIP    |
 *                 exceptions 8, 10-14, 17 only -> | error  |  <- ESP of the handler
 *
 * Decode, then commit: everything is checked and all stack words are written before any register changes; a fault on
 * the way leaves the guest as it was. Source: Intel SDM vol. 3 sections 6.12 (procedure), 6.13 (error codes), table
 * 6-5 (double faults); vol. 2, INT n.
 */
#include <stddef.h>
#include "bare.h"
#include "cpu.h"
#include "decode.h"
#include "domain.h"
#include "exercise.h"

/* Types of gates from the 286, whose words are 16 bits wide; the 32-bit ones are in segments.h. */
#define GATE_16BIT_INTERRUPT 6
#define GATE_16BIT_TRAP      7
#define ERROR_EXT 1u /* the event came from outside the program */
#define ERROR_IDT 2u /* the error code's index is a vector: of the IDT, not of the GDT */

/* A delivery that has been checked and not yet carried out. */
struct delivery {
    struct gate gate;
    uint64_t code, stack;       /* descriptors */
    uint16_t stack_selector;
    uint32_t esp;               /* of the handler, before the pushes */
    uint8_t ring;               /* virtual ring of the handler */
    uint8_t size;               /* of each pushed word: 2 or 4 */
    bool is_inward;             /* to a more privileged ring, on its own stack */
};

/* The real IF is always on and the real IOPL always 0: of those two the guest must see its own. */
uint32_t bare_eflags(const struct bare *guest)
{
    uint32_t flags = guest->frame->eflags & ~(EFLAGS_IF | EFLAGS_IOPL);

    if (guest->is_stepping)
        flags &= ~EFLAGS_TF; /* ours, not the guest's */
    return flags | (guest->interrupts ? EFLAGS_IF : 0) | (uint32_t)guest->iopl << 12;
}

/* Guest memory at any alignment, little endian. */
static uint32_t read_word(const uint8_t *bytes, unsigned size)
{
    uint32_t value = 0;

    while (size-- > 0)
        value = value << 8 | bytes[size];
    return value;
}

/* The EXT bit of error codes raised while delivering `event`. */
static uint16_t ext_bit(const struct bare_event *event)
{
    return event->kind == EVENT_SOFTWARE ? 0 : ERROR_EXT;
}

/*
 * The gate, its type, its DPL against the guest's ring, and its presence, in the CPU's order. Any error here names the
 * vector with the IDT bit, so that the guest's handler can tell a bad gate from a bad segment.
 */
static fault_t gate_read(struct bare *guest, const struct bare_event *event, struct gate *gate)
{
    const uint16_t error = (uint16_t)(event->vector * 8u | ERROR_IDT | ext_bit(event));
    uint32_t offset = event->vector * 8u;

    /* All eight bytes of the gate must be within the limit. */
    if (offset + 7 > guest->idt.limit)
        return FAULT(VECTOR_GP, error);
    const uint8_t *bytes = bare_linear(guest, guest->idt.base + offset, 8);
    if (bytes == NULL)
        return bare_outside(guest, guest->idt.base + offset);
    *gate = gate_unpack(read_word(bytes, 4) | (uint64_t)read_word(bytes + 4, 4) << 32);

    uint8_t type = gate->access & 0x1f;
    if (type != GATE_INTERRUPT && type != GATE_TRAP_TYPE && type != GATE_16BIT_INTERRUPT && type != GATE_16BIT_TRAP)
        return FAULT(VECTOR_GP, error); /* task gates too: this CPU has no hardware tasks */
    if (event->kind == EVENT_SOFTWARE && (gate->access >> 5 & 3) < guest->ring)
        return FAULT(VECTOR_GP, error);
    return gate->access & SEGMENT_PRESENT ? FAULT_NONE : FAULT(VECTOR_NP, error);
}

/* SS:ESP for an inner ring, from the guest's 32-bit TSS (SDM vol. 3 section 7.2.1: ESPn at 4 + 8n, SSn behind it). */
static fault_t inner_stack(struct bare *guest, struct delivery *delivery)
{
    uint32_t offset = 4 + 8u * delivery->ring;
    const fault_t fault = FAULT(VECTOR_TS, SELECTOR_ERROR(guest->task_selector));

    if (guest->task_selector == 0 || offset + 5 > guest->task_limit)
        return fault;
    const uint8_t *bytes = bare_linear(guest, guest->task_base + offset, 6);
    if (bytes == NULL)
        return bare_outside(guest, guest->task_base + offset);
    delivery->esp = read_word(bytes, 4);
    delivery->stack_selector = (uint16_t)read_word(bytes + 4, 2);
    return bare_stack_check(guest, delivery->stack_selector, delivery->ring, VECTOR_TS, &delivery->stack);
}

/* The handler's first byte must lie in its segment: found here, it is #GP of the delivery and not of the handler. */
static fault_t outside_limit(const struct segment *code, uint32_t eip)
{
    return eip > code->limit ? FAULT(VECTOR_GP, 0) : FAULT_NONE;
}

/* Which ring the handler runs in, and on which stack. */
static fault_t target_resolve(struct bare *guest, struct delivery *delivery)
{
    uint16_t selector = delivery->gate.selector;
    uint8_t *where;

    if (SELECTOR_IS_NULL(selector))
        return FAULT(VECTOR_GP, 0);
    fault_t fault = bare_descriptor_read(guest, selector, &delivery->code, &where);
    if (fault != FAULT_NONE)
        return fault;
    struct segment code = segment_unpack(delivery->code);
    bool conforming = code.access & 4;
    uint8_t ring = conforming ? guest->ring : segment_dpl(&code);
    if (!segment_is_code(&code) || segment_dpl(&code) > guest->ring)
        return FAULT(VECTOR_GP, SELECTOR_ERROR(selector));
    if (!(code.access & SEGMENT_PRESENT))
        return FAULT(VECTOR_NP, SELECTOR_ERROR(selector));
    delivery->ring = ring;
    delivery->is_inward = ring < guest->ring;
    /* The stack belongs to the new ring, so that the handler does not depend on the program's. */
    fault = delivery->is_inward ? inner_stack(guest, delivery) : FAULT_NONE;
    return fault != FAULT_NONE ? fault : outside_limit(&code, delivery->gate.offset);
}

/* Push one word at SS:*esp of `stack`, whatever register holds it now; #SS(error) where there is no room. */
static fault_t push(struct bare *guest, const struct segment *stack, uint16_t error, uint32_t *esp, unsigned size,
                    uint32_t value)
{
    const fault_t fault = FAULT(VECTOR_SS, error);
    uint32_t mask = stack->is_32bit ? UINT32_MAX : 0xffff;
    uint32_t offset = (*esp - size) & mask;
    bool expands_down = stack->access & 4;

    uint32_t last = expands_down ? mask : stack->limit;

    if ((expands_down && offset <= stack->limit) || offset > last || last - offset < size - 1)
        return fault;
    uint8_t *bytes = bare_linear(guest, stack->base + offset, size);
    if (bytes == NULL)
        return bare_outside(guest, stack->base + offset);
    for (unsigned i = 0; i < size; i++)
        bytes[i] = (uint8_t)(value >> 8 * i);
    *esp = (*esp & ~mask) | offset;
    return FAULT_NONE;
}

/*
 * Exercise 1.6, in this file, bare_iret.c and bare_trap.c. Here: the words of the picture at the top, in the order of
 * their pushes; returns how many. CS and SS carry the virtual ring as RPL, not the real one. EFLAGS is bare_eflags(),
 * with RF for exceptions only (SDM vol. 3 section 17.3.1.1). EIP is the interrupted instruction, or, for
 * EVENT_SOFTWARE, next_eip. The error code: only for exceptions that have one, trap_has_error().
 */
static unsigned frame_words(const struct bare *guest, const struct bare_event *event, const struct delivery *delivery,
                            uint32_t words[6])
{
#ifdef SOLUTION
    const struct trap_frame *frame = guest->frame;
    unsigned count = 0;

    if (delivery->is_inward) {
        words[count++] = (frame->ss & ~3u) | guest->ring;
        words[count++] = frame->esp;
    }
    words[count++] = event->kind == EVENT_EXCEPTION ? bare_eflags(guest) : bare_eflags(guest) & ~EFLAGS_RF;
    words[count++] = (frame->cs & ~3u) | guest->ring;
    words[count++] = event->kind == EVENT_SOFTWARE ? event->next_eip : frame->eip;
    if (event->kind == EVENT_EXCEPTION && trap_has_error(event->vector))
        words[count++] = event->error;
    return count;
#else
    (void)guest, (void)event, (void)delivery, (void)words;
    EXERCISE("1.6");
#endif
}

/*
 * Onto the stack of the handler, which for an inward delivery is not the one in SS. What was written before a push
 * failed stays in memory below ESP; the CPU promises nothing about that, and no register has changed.
 */
static fault_t frame_write(struct bare *guest, const struct bare_event *event, struct delivery *delivery)
{
    const uint16_t error = delivery->is_inward ? SELECTOR_ERROR(delivery->stack_selector) : 0;
    struct segment stack = { 0 };
    uint32_t words[6];
    unsigned count = frame_words(guest, event, delivery, words);

    if (delivery->is_inward) {
        stack = segment_unpack(delivery->stack);
    } else {
        delivery->esp = guest->frame->esp;
        if (!bare_segment(guest, guest->frame->ss, &stack))
            return FAULT(VECTOR_SS, 0);
    }
    for (unsigned i = 0; i < count; i++) {
        fault_t fault = push(guest, &stack, error, &delivery->esp, delivery->size, words[i]);

        if (fault != FAULT_NONE)
            return fault;
    }
    return FAULT_NONE;
}

/*
 * Exercise 1.6: everything is checked and pushed; now the guest goes to its handler, and nothing can fail.
 * Inward: load the stack segment before the code segment, and call bare_segments_inward() after it. Then ESP and EIP;
 * TF, NT, RF and VM off (SDM vol. 3 section 6.12.1.3), and is_stepping with them, since TF is nobody's now; the new
 * virtual ring. An interrupt gate, 32 or 16 bits, clears the virtual IF; a trap gate does not. The selectors to load
 * have RPL 0.
 */
static void delivery_commit(struct bare *guest, const struct delivery *delivery)
{
#ifdef SOLUTION
    struct trap_frame *frame = guest->frame;
    uint8_t type = delivery->gate.access & 0x1f;

    if (delivery->is_inward)
        bare_stack_load(guest, delivery->stack_selector, delivery->stack);
    bare_code_load(guest, delivery->gate.selector & ~3u, delivery->code);
    if (delivery->is_inward)
        bare_segments_inward(guest);
    frame->esp = delivery->esp;
    frame->eip = delivery->gate.offset;
    frame->eflags &= ~(EFLAGS_TF | EFLAGS_NT | EFLAGS_RF | EFLAGS_VM);
    guest->is_stepping = false;
    guest->ring = delivery->ring;
    if (type == GATE_INTERRUPT || type == GATE_16BIT_INTERRUPT)
        guest->interrupts = false;
#else
    (void)guest, (void)delivery;
    EXERCISE("1.6");
#endif
}

/* Gate, target, frame, commit: the first three may fail and have changed no register by then. */
static fault_t deliver_once(struct bare *guest, const struct bare_event *event)
{
    struct delivery delivery = { .is_inward = false };
    fault_t fault = gate_read(guest, event, &delivery.gate);

    if (fault != FAULT_NONE)
        return fault;
    /* Type bit 3 tells the 32-bit gates from those of the 286, whose offset has 16 bits. */
    delivery.size = (delivery.gate.access & 8) ? 4 : 2;
    if (delivery.size == 2)
        delivery.gate.offset &= 0xffff;
    fault = target_resolve(guest, &delivery);
    if (fault == FAULT_NONE)
        fault = frame_write(guest, event, &delivery);
    if (fault == FAULT_NONE)
        delivery_commit(guest, &delivery);
    else if (fault != FAULT_STOPPED)
        fault |= ext_bit(event);
    return fault;
}

/* From the form in which handlers return a fault to the form in which it is delivered. */
static struct bare_event exception(fault_t fault)
{
    return (struct bare_event){ EVENT_EXCEPTION, FAULT_VECTOR(fault), FAULT_ERROR(fault), 0 };
}

/*
 * Exercise 1.6: deliver_once() until it works. What it returns is an exception to be delivered in place of the event:
 * the one it names, or a double fault with error code 0, when the event was itself an exception 0, or 10 to 14 (tables
 * 6-4 and 6-5: contributory, or a page fault, and the second one always contributory). INT n is none, whatever its n. A
 * fault while delivering a double fault is a triple fault: domain_crash(). After FAULT_STOPPED the guest has ended
 * already.
 */
#ifdef SOLUTION
/*
 * SDM vol. 3 tables 6-4 and 6-5: the exceptions whose delivery ends in a double fault when it raises another one. That
 * other one is always #TS, #NP, #SS or #GP here, so page faults are on the list like the contributory exceptions.
 */
static bool is_contributory(const struct bare_event *event)
{
    return event->kind == EVENT_EXCEPTION &&
           (event->vector == VECTOR_DE || (event->vector >= VECTOR_TS && event->vector <= VECTOR_PF));
}

void bare_deliver(struct bare *guest, struct bare_event event)
{
    fault_t fault;

    while ((fault = deliver_once(guest, &event)) != FAULT_NONE) {
        if (fault == FAULT_STOPPED)
            return;
        if (event.kind == EVENT_EXCEPTION && event.vector == VECTOR_DF) {
            domain_crash(guest->domain, "triple fault: exception %u while delivering a double fault at eip %08x",
                         FAULT_VECTOR(fault), guest->frame->eip);
            return;
        }
        event = is_contributory(&event) ? exception(FAULT(VECTOR_DF, 0)) : exception(fault);
    }
}
#else
void bare_deliver(struct bare *guest, struct bare_event event)
{
    (void)deliver_once, (void)guest, (void)event;
    EXERCISE("1.6");
}
#endif

/* Both "nothing" and "the guest has ended" are nothing to deliver, so callers can pass on what they got. */
void bare_deliver_fault(struct bare *guest, fault_t fault)
{
    if (fault != FAULT_NONE && fault != FAULT_STOPPED)
        bare_deliver(guest, exception(fault));
}
