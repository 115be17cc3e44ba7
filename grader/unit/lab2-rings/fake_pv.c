/*
 * The guest made of arrays (fake_pv.h). Functions that a test may want otherwise, or links the real file of, are weak.
 */
#include "fake_pv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bare_build.h"
#include "console.h"
#include "descriptor_tables.h"
#include "isolation.h"
#include "print.h"
#include "pv_switch.h"
#include "sched.h"
#include "segments.h"

#define WEAK __attribute__((weak))

uint8_t direct_map[DIRECT_SIZE] __attribute__((aligned(PAGE_SIZE)));
PER_DOMAIN struct pv_domain pv_domain;
struct fake_pv fake;
struct vcpu *vcpu_running = &fake.domain.vcpu[0];
WEAK struct pv_vcpu *pv_running = &fake.pv;
bool trap_has_work;
static _Alignas(16) char domain_data_copy[PAGE_SIZE];
static mfn_t no_frames[1]; /* its address says that the domain is a paravirtual one */

static void domain_build(void)
{
    struct vcpu *vcpu = &fake.domain.vcpu[0];

    fake.domain.state = DOMAIN_ALIVE;
    fake.domain.id = 1;
    strcpy(fake.domain.name, "guest");
    memset(domain_data_copy, 0, sizeof(domain_data_copy));
    fake.domain.data = domain_data_copy;
    vcpu->domain = &fake.domain;
    vcpu->frame = &fake.frame;
    fake.owner = domain_data(&fake.domain, pv_domain);
    fake.owner->domain = &fake.domain;
    fake.owner->frames = no_frames;
    fake.owner->vcpu[0] = &fake.pv;
    fake.pv.vcpu = vcpu;
    fake.pv.owner = fake.owner;
    fake.pv.info = &fake.info;
}

int fake_pv_start(void **state)
{
    (void)state;
    memset(direct_map, 0, (FAKE_FIRST + FAKE_FRAMES) * PAGE_SIZE);
    memset(&fake, 0, sizeof(fake));
    frames_reserve(0, FRAMES_MAX);
    frames_add(FAKE_FIRST, FAKE_FRAMES);
    trap_has_work = false;
    vcpu_running = &fake.domain.vcpu[0];
    domain_build();
    fake.frame = (struct trap_frame){ .cs = SELECTOR_RING1_CODE, .ss = SELECTOR_RING1_DATA, .ds = SELECTOR_RING3_DATA,
                                      .es = SELECTOR_RING3_DATA, .fs = SELECTOR_RING3_DATA,
                                      .gs = SELECTOR_RING3_DATA, .eflags = 0x202 };
    return 0;
}

mfn_t table_alloc(void)
{
    mfn_t frame = frame_alloc();

    if (!mfn_is_none(frame))
        memset(mfn_pointer(frame), 0, PAGE_SIZE);
    return frame;
}

/* The table that *entry names; a new one when it is not present, and open to everything. */
static uint64_t *table_below(uint64_t *entry, uint32_t flags)
{
    if (!(*entry & PTE_PRESENT)) {
        mfn_t table = table_alloc();

        assert_false(mfn_is_none(table));
        *entry = pte_make(table, flags);
    }
    return mfn_pointer(pte_mfn(*entry));
}

uint64_t *fake_l2_entry(uint32_t address)
{
    return &table_below(&fake.pv.pdpt[l3_index(address)], PTE_PRESENT)[l2_index(address)];
}

uint64_t *fake_l1_entry(uint32_t address)
{
    return &table_below(fake_l2_entry(address), PTE_PRESENT | PTE_WRITABLE | PTE_USER)[l1_index(address)];
}

void fake_map(uint32_t address, uint32_t mfn, uint32_t flags)
{
    *fake_l1_entry(address) = pte_make((mfn_t){ mfn }, flags);
}

uint32_t fake_page(uint32_t address, uint32_t flags)
{
    mfn_t frame = table_alloc();

    assert_false(mfn_is_none(frame));
    fake_map(address, frame.number, flags);
    return frame.number;
}

uint8_t *fake_byte(uint32_t address)
{
    return (uint8_t *)mfn_pointer(pte_mfn(*fake_l1_entry(address))) + address % PAGE_SIZE;
}

uint32_t fake_word(uint32_t address)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < 4; i++)
        value |= (uint32_t)*fake_byte(address + i) << 8 * i;
    return value;
}

void fake_put(uint32_t address, const void *bytes, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        *fake_byte(address + i) = ((const uint8_t *)bytes)[i];
}

void fake_put_word(uint32_t address, uint32_t value)
{
    fake_put(address, &value, sizeof(value));
}

extern const struct hypercall_entry *const __start_hypercalls[] WEAK;
extern const struct hypercall_entry *const __stop_hypercalls[] WEAK;

int32_t fake_call(uint32_t number, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    const uint32_t args[6] = { a, b, c, d, 0, 0 };

    for (const struct hypercall_entry *const *slot = __start_hypercalls; slot < __stop_hypercalls; slot++)
        if ((*slot)->number == number)
            return (*slot)->handler(&fake.domain.vcpu[0], args);
    fail_msg("nobody offers hypercall %u", number);
    return 0;
}

void fake_assert_same(const void *a, const void *b, uint32_t count, const char *what)
{
    for (uint32_t i = 0; i < count; i++)
        if (((const uint8_t *)a)[i] != ((const uint8_t *)b)[i])
            fail_msg("%s: byte %u is %02x, not %02x", what, i, ((const uint8_t *)a)[i], ((const uint8_t *)b)[i]);
}

/* What the files under test ask of the rest of the hypervisor. */

WEAK void domain_crash(struct domain *domain, const char *format, ...)
{
    va_list values;

    fake.crashes++;
    if (!domain_is_alive(domain))
        return;
    domain->state = DOMAIN_CRASHED;
    va_start(values, format);
    vsnprintf(fake.reason, sizeof(fake.reason), format, values);
    va_end(values);
}

WEAK void domain_end(struct domain *domain, uint8_t status)
{
    fake.ends++;
    if (!domain_is_alive(domain))
        return;
    domain->state = DOMAIN_ENDED;
    fake.status = status;
}

WEAK void print(const char *format, ...)
{
    size_t used = strlen(fake.log);
    va_list values;

    fake.lines++;
    va_start(values, format);
    vsnprintf(fake.log + used, sizeof(fake.log) - used, format, values);
    va_end(values);
}

WEAK void trap_settle(void)
{
    fake.settles++;
    trap_has_work = false;
}

WEAK void sched_wake(struct vcpu *vcpu)
{
    vcpu->is_awake = true;
    fake.wakes++;
}

WEAK void sched_sleep(struct vcpu *vcpu)
{
    vcpu->is_awake = false;
    fake.sleeps++;
}

WEAK void console_guest_byte(struct domain *domain, uint8_t byte)
{
    assert_ptr_equal(domain, &fake.domain);
    if (fake.output_count < FAKE_OUTPUT)
        fake.output[fake.output_count++] = byte;
}

WEAK void console_guest_flush(struct domain *domain)
{
    assert_ptr_equal(domain, &fake.domain);
    fake.flushes++;
}

WEAK void segments_gate_set(uint8_t vector, uint64_t gate)
{
    fake.gates[vector] = gate;
}

WEAK void segments_inner_stack_set(uint16_t ss, uint32_t esp)
{
    fake.inner_ss = ss;
    fake.inner_esp = esp;
}

WEAK void segments_descriptor_set(uint16_t selector, uint64_t descriptor)
{
    assert_true(selector >= 0xe000 && selector < 0xf000);
    fake.descriptors[(selector - 0xe000) / 8] = descriptor;
}

WEAK void segments_ldt_load(uint16_t selector)
{
    fake.ldt = selector;
}

WEAK void isolation_map_window(uint32_t address, mfn_t mfn)
{
    mfn_t *window = address >= GATE_LDT ? fake.ldt_window : fake.gdt_window;

    assert_int_equal(address % PAGE_SIZE, 0);
    window[(address - (address >= GATE_LDT ? GATE_LDT : GATE_GDT)) / PAGE_SIZE] = mfn;
}

WEAK void bare_shadow_forget(void)
{
}

WEAK void pv_switch_again(const struct pv_vcpu *pv)
{
    assert_ptr_equal(pv, &fake.pv);
    fake.reloads++;
    trap_has_work = true;
}

WEAK void paging_add_top(uint32_t address, const uint64_t *l1)
{
    (void)address, (void)l1;
}

/* No segments but the flat ones, unless descriptor_tables.c is there. */
WEAK bool stack_linear_find(const struct pv_vcpu *pv, uint32_t ss, uint32_t esp, uint32_t *linear)
{
    (void)pv;
    *linear = esp;
    return selector_is(ss, SELECTOR_RING3_DATA);
}

WEAK bool code_linear_find(const struct pv_vcpu *pv, uint32_t cs, uint32_t eip, uint32_t *linear)
{
    (void)pv, (void)cs, (void)eip, (void)linear;
    return false;
}
