/*
 * Lab 2's executor: a ring-1 guest on a fake machine, for exercises 2.3, 2.5, 2.6 and 2.8. What the student's files ask
 * of the rest of the hypervisor is a function here that records; the table of hypercalls is the request's.
 */
#include "executor_machine.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi_cpu.h"
#include "descriptor_tables.h"
#include "errors.h"
#include "fake_names.h"
#include "print.h"

PER_DOMAIN struct pv_domain pv_domain;
bool trap_has_work;
struct trap_frame machine_frame;
struct domain machine_domain;
struct pv_vcpu machine_vcpu;
struct vcpu *vcpu_running = &machine_domain.vcpu[0];
struct pv_vcpu *pv_running = &machine_vcpu;

static struct vcpu_info info;
static mfn_t no_frames[1];           /* its address says that the domain is a paravirtual one */
static uint8_t *page[WIRE_PAGES];    /* blocks of their own, so that the sanitizer sees their ends; NULL: absent */
static bool is_writable[WIRE_PAGES];
static const struct wire_request *request_now;
static struct wire_outcome *outcome; /* of the operation that runs */

/* From the wire and back, by name: the student's structures may have another layout than the wire's. */

#define EACH_REGISTER(copy)                                                                                         \
    copy(gs) copy(fs) copy(es) copy(ds) copy(edi) copy(esi) copy(ebp) copy(ebx) copy(edx) copy(ecx) copy(eax)       \
    copy(vector) copy(error) copy(eip) copy(cs) copy(eflags) copy(esp) copy(ss)
#define REGISTER_IN(name)  machine_frame.name = in->name;
#define REGISTER_OUT(name) out->name = machine_frame.name;

struct pv_handler handler_in(const struct wire_handler *in)
{
    return (struct pv_handler){ .eip = in->eip, .cs = in->cs, .dpl = in->dpl, .masks_events = in->masks };
}

struct wire_handler handler_out(const struct pv_handler *handler)
{
    return (struct wire_handler){ handler->eip, handler->cs, handler->dpl, handler->masks_events };
}

static void memory_build(const struct wire_machine *in)
{
    for (unsigned i = 0; i < WIRE_PAGES; i++) {
        free(page[i]);
        page[i] = in->page[i] == WIRE_ABSENT ? NULL : malloc(4096);
        is_writable[i] = in->page[i] == WIRE_WRITABLE;
        if (page[i] != NULL)
            memcpy(page[i], in->memory + i * 4096, 4096);
    }
}

static void domain_build(const struct wire_machine *in)
{
    static _Alignas(16) char data[4096];

    memset(&machine_domain, 0, sizeof(machine_domain));
    memset(data, 0, sizeof(data));
    machine_domain.state = DOMAIN_ALIVE;
    machine_domain.id = 1;
    strcpy(machine_domain.name, "guest");
    machine_domain.data = data;
    machine_domain.vcpu[0].domain = &machine_domain;
    machine_domain.vcpu[0].frame = &machine_frame;
    struct pv_domain *pv = domain_data(&machine_domain, pv_domain);
    pv->domain = &machine_domain;
    pv->frames = no_frames;
    pv->assists = in->assists;
    pv->vcpu[0] = &machine_vcpu;
}

static void vcpu_build(const struct wire_machine *in)
{
    memset(&info, 0, sizeof(info));
    memset(&machine_vcpu, 0, sizeof(machine_vcpu));
    info.evtchn_upcall_mask = (uint8_t)in->mask;
    machine_vcpu.vcpu = &machine_domain.vcpu[0];
    machine_vcpu.owner = domain_data(&machine_domain, pv_domain);
    machine_vcpu.info = &info;
    machine_vcpu.kernel_ss = (uint16_t)in->kernel_ss;
    machine_vcpu.kernel_sp = in->kernel_sp;
    machine_vcpu.iopl = (uint8_t)in->iopl;
    machine_vcpu.nmi_active = in->nmi_active;
    machine_vcpu.callbacks[CALLBACK_FAILSAFE] = handler_in(&in->failsafe);
    for (unsigned i = 0; i < 256; i++)
        machine_vcpu.traps[i] = handler_in(&in->traps[i]);
}

void machine_build(const struct wire_request *request, struct wire_outcome *out)
{
    const struct wire_machine *in = &request->machine;

    request_now = request;
    outcome = out;
    EACH_REGISTER(REGISTER_IN)
    trap_has_work = in->work;
    memory_build(in);
    domain_build(in);
    vcpu_build(in);
}

void machine_report(void)
{
    struct wire_machine *out = &outcome->machine;

    EACH_REGISTER(REGISTER_OUT)
    out->kernel_ss = machine_vcpu.kernel_ss;
    out->kernel_sp = machine_vcpu.kernel_sp;
    out->iopl = machine_vcpu.iopl;
    out->assists = domain_data(&machine_domain, pv_domain)->assists;
    out->nmi_active = machine_vcpu.nmi_active;
    out->mask = info.evtchn_upcall_mask;
    out->work = trap_has_work;
    out->failsafe = handler_out(&machine_vcpu.callbacks[CALLBACK_FAILSAFE]);
    for (unsigned i = 0; i < 256; i++)
        out->traps[i] = handler_out(&machine_vcpu.traps[i]);
    for (unsigned i = 0; i < WIRE_PAGES; i++) {
        out->page[i] = page[i] == NULL ? WIRE_ABSENT : is_writable[i] ? WIRE_WRITABLE : WIRE_READ_ONLY;
        if (page[i] != NULL)
            memcpy(out->memory + i * 4096, page[i], 4096);
    }
    outcome->is_alive = machine_domain.state == DOMAIN_ALIVE;
}

/* What the student's files call. */

/* As the hypervisor's: only the first counts. All are counted, so that a check can see a second one. */
void domain_crash(struct domain *crashed, const char *format, ...)
{
    va_list values;

    outcome->crashes++;
    if (crashed->state != DOMAIN_ALIVE)
        return;
    crashed->state = DOMAIN_CRASHED;
    va_start(values, format);
    vsnprintf(outcome->reason, sizeof(outcome->reason), format, values);
    va_end(values);
}

void print(const char *format, ...)
{
    size_t used = strlen(outcome->log);
    va_list values;

    outcome->lines++;
    va_start(values, format);
    vsnprintf(outcome->log + used, sizeof(outcome->log) - used, format, values);
    va_end(values);
}

void trap_settle(void)
{
    outcome->settles++;
    trap_has_work = false;
}

/* Segments: ring 1's flat one is dealt with before (descriptor_tables.h); ring 3's, and one with a base. */
bool stack_linear_find(const struct pv_vcpu *pv, uint32_t ss, uint32_t esp, uint32_t *linear)
{
    (void)pv;
    *linear = selector_is(ss, WIRE_BASED_SS) ? WIRE_BASE + esp : esp;
    return selector_is(ss, WIRE_BASED_SS) || selector_is(ss, SELECTOR_RING3_DATA);
}

/* The guest's four pages. */
void *guest_pointer(const struct pv_vcpu *pv, uint32_t address, bool write)
{
    uint32_t index = (address - WIRE_WINDOW) >> 12;

    (void)pv;
    if (address < WIRE_WINDOW || index >= WIRE_PAGES || page[index] == NULL || (write && !is_writable[index]))
        return NULL;
    return page[index] + (address & 4095);
}

/* A window lies in one page. */
void *guest_window(const struct pv_vcpu *pv, uint32_t address, uint32_t count, bool write)
{
    return (address & 4095) + count <= 4096 ? guest_pointer(pv, address, write) : NULL;
}

/* Byte by byte, first to see whether all are there. */
static int32_t guest_move(uint32_t address, uint8_t *bytes, uint32_t count, bool write)
{
    for (unsigned pass = 0; pass < 2; pass++)
        for (uint32_t i = 0; i < count; i++) {
            uint8_t *place = guest_pointer(NULL, address + i, write);

            if (place == NULL)
                return -EFAULT;
            if (pass == 1 && write)
                *place = bytes[i];
            else if (pass == 1)
                bytes[i] = *place;
        }
    return 0;
}

int32_t copy_from_guest(const struct pv_vcpu *pv, void *to, uint32_t from, uint32_t count)
{
    (void)pv;
    return guest_move(from, to, count, false);
}

int32_t copy_to_guest(const struct pv_vcpu *pv, uint32_t to, const void *from, uint32_t count)
{
    (void)pv;
    return guest_move(to, (uint8_t *)from, count, true);
}

void fast_trap_update(struct pv_vcpu *pv)
{
    outcome->updates++;
    outcome->updated = handler_out(&pv->traps[FAST_TRAP_VECTOR]);
}

/* The table of hypercalls. */

static const struct wire_offered *offered_find(uint32_t number)
{
    for (uint32_t i = 0; i < request_now->offered_count && i < WIRE_OFFERED; i++)
        if (request_now->offered[i].number == number)
            return &request_now->offered[i];
    return NULL;
}

bool hypercall_is_offered(uint32_t number)
{
    return offered_find(number) != NULL;
}

#define REGISTER_NOT(name) machine_frame.name = ~machine_frame.name;

int32_t hypercall_call(uint32_t number, struct vcpu *vcpu, const uint32_t args[6])
{
    const struct wire_offered *offered = offered_find(number);

    if (outcome->call_count < WIRE_CALLS) {
        struct wire_call *call = &outcome->calls[outcome->call_count];

        call->number = number;
        memcpy(call->args, args, sizeof(call->args));
    }
    outcome->call_count++;
    if (offered == NULL || vcpu != &machine_domain.vcpu[0])
        return -ENOSYS;
    if (offered->effect == WIRE_REPLACES) {
        EACH_REGISTER(REGISTER_NOT)
    } else if (offered->effect == WIRE_KILLS) {
        machine_domain.state = DOMAIN_CRASHED;
    }
    return (int32_t)offered->result;
}
