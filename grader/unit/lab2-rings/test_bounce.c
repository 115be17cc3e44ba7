/* sources: bounce.c iret.c guest_copy.c fake_pv.c frames.c panic_on_host.c exercise_on_host.c */
/*
 * Unit tests of the bounce and of the iret hypercall (floor 2): the frame word by word, stacks that are none, and that
 * a bounce followed by iret leaves everything as it was, whatever the registers hold.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bounce.h"
#include "cpu.h"
#include "fake_pv.h"
#include "lab1-boot/xorshift.h"
#include "trap.h"

#define STACK   0x40000000u /* two pages, and nothing around them */
#define TOP     (STACK + 2 * PAGE_SIZE)
#define HANDLER 0x00101234u
#define ROUNDS  20000

static int start(void **state)
{
    fake_pv_start(state);
    fake_page(STACK, FAKE_WRITE);
    fake_page(STACK + PAGE_SIZE, FAKE_WRITE);
    fake.pv.kernel_ss = SELECTOR_RING1_DATA;
    fake.pv.kernel_sp = TOP - 16;
    fake.frame.eip = 0x00105678;
    fake.frame.esp = TOP - 64;
    for (unsigned i = 0; i < 256; i++)
        fake.pv.traps[i] = (struct pv_handler){ HANDLER + i, SELECTOR_RING1_CODE, 0, false };
    return 0;
}

static void enter_program(void)
{
    fake.frame.cs = SELECTOR_RING3_CODE;
    fake.frame.ss = SELECTOR_RING3_DATA;
    fake.frame.esp = 0x08040000;
}

/* The words from ESP up. */
static void stack_is(const uint32_t *words, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (fake_word(fake.frame.esp + i * 4) != words[i])
            fail_msg("word %u is %x, not %x", i, fake_word(fake.frame.esp + i * 4), words[i]);
}

static void from_kernel(void **state)
{
    (void)state;
    fake.frame.eflags = 0x3247;
    bounce_exception(&fake.pv, VECTOR_GP, 0x1234);
    assert_int_equal(fake.frame.esp, TOP - 64 - 16);
    stack_is((uint32_t[]){ 0x1234, 0x00105678, 0xe019, 0x247 }, 4);
    assert_int_equal(fake.frame.eip, HANDLER + VECTOR_GP);
    assert_int_equal(fake.frame.cs, SELECTOR_RING1_CODE);
    assert_int_equal(fake.frame.ss, SELECTOR_RING1_DATA);
    assert_int_equal(fake.info.evtchn_upcall_mask, 0);
}

static void from_program(void **state)
{
    (void)state;
    enter_program();
    bounce_exception(&fake.pv, VECTOR_DE, 0xdead); /* has no error code */
    assert_int_equal(fake.frame.esp, TOP - 16 - 20);
    stack_is((uint32_t[]){ 0x00105678, 0xe02b, 0x202, 0x08040000, 0xe033 }, 5);
    assert_int_equal(fake.frame.ss, SELECTOR_RING1_DATA);
    assert_int_equal(fake_word(TOP - 16), 0); /* nothing above the stack's end */
}

/* Which vectors push an error code: SDM vol. 3 table 6-1, said again. */
static void error_codes(void **state)
{
    static const unsigned with[] = { 8, 10, 11, 12, 13, 14, 17 };

    (void)state;
    for (unsigned vector = 0; vector < 256; vector++) {
        unsigned words = 3;

        for (unsigned i = 0; i < 7; i++)
            words += with[i] == vector;
        start(state);
        bounce_exception(&fake.pv, (uint8_t)vector, 0x77);
        assert_int_equal(fake.frame.esp, TOP - 64 - 4 * words);
        assert_int_equal(fake.frame.eip, HANDLER + vector);
    }
}

/* IF is the mask's opposite, bits 16-23 of CS are the mask, and the handler may be entered with events masked. */
static void event_mask(void **state)
{
    (void)state;
    fake.info.evtchn_upcall_mask = 1;
    bounce_exception(&fake.pv, VECTOR_DE, 0);
    stack_is((uint32_t[]){ 0x00105678, 0x1e019, 0x002 }, 3);
    assert_int_equal(fake.info.evtchn_upcall_mask, 1);
    start(state);
    fake.pv.traps[0].masks_events = true;
    bounce_exception(&fake.pv, VECTOR_DE, 0);
    stack_is((uint32_t[]){ 0x00105678, 0xe019, 0x202 }, 3);
    assert_int_equal(fake.info.evtchn_upcall_mask, 1);
    start(state);
    fake.info.evtchn_upcall_mask = 0xff; /* the guest's own byte: no more than a byte of it gets out */
    bounce_exception(&fake.pv, VECTOR_DE, 0);
    stack_is((uint32_t[]){ 0x00105678, 0xffe019, 0x002 }, 3);
}

static void flags(void **state)
{
    (void)state;
    fake.pv.iopl = 3;
    fake.frame.eflags = 0x00057fd7; /* all that there are, but VM */
    bounce_exception(&fake.pv, VECTOR_DE, 0);
    assert_int_equal(fake_word(fake.frame.esp + 8), 0x00054fd7); /* IOPL 0 */
    assert_int_equal(fake.frame.eflags, 0x00043ed7 & ~EFLAGS_NT); /* no TF, NT, RF; AC, DF and the others stay */
    start(state);
    fake.owner->assists = 1u << VM_ASSIST_ARCHITECTURAL_IOPL;
    fake.pv.iopl = 2;
    bounce_exception(&fake.pv, VECTOR_DE, 0);
    assert_int_equal(fake_word(fake.frame.esp + 8), 0x2202);
}

static void segments_below(void **state)
{
    struct bounce bounce = { .handler = &fake.pv.traps[1], .has_segments = true };

    (void)state;
    enter_program();
    fake.frame.ds = 0xaaaa0001;
    fake.frame.es = 2;
    fake.frame.fs = 3;
    fake.frame.gs = 4;
    bounce_deliver(&fake.pv, &bounce, "failsafe", 0);
    stack_is((uint32_t[]){ 1, 2, 3, 4, 0x00105678, 0xe02b, 0x202, 0x08040000, 0xe033 }, 9);
}

/* The U bit is what the guest's ring is, whatever the CPU said. */
static void page_faults(void **state)
{
    (void)state;
    bounce_page_fault(&fake.pv, 7, 0x1234567);
    assert_int_equal(fake.info.arch.cr2, 0x1234567);
    assert_int_equal(fake_word(fake.frame.esp), 3);
    enter_program();
    bounce_page_fault(&fake.pv, 2, 0xfffffff0);
    assert_int_equal(fake.info.arch.cr2, 0xfffffff0);
    assert_int_equal(fake_word(fake.frame.esp), 6);
}

/* The guest ends with both words in the reason, and neither registers nor memory have changed. */
static void crashes(const char *word)
{
    static uint8_t ram[(FAKE_FIRST + FAKE_FRAMES) * PAGE_SIZE];
    struct trap_frame frame = fake.frame;

    memcpy(ram, direct_map, sizeof(ram));
    bounce_exception(&fake.pv, VECTOR_UD, 0);
    assert_int_equal(fake.crashes, 1);
    if (strstr(fake.reason, "exception 6 at") == NULL || strstr(fake.reason, word) == NULL)
        fail_msg("reason: %s", fake.reason);
    assert_memory_equal(&fake.frame, &frame, sizeof(frame));
    assert_memory_equal(direct_map, ram, sizeof(ram));
    assert_int_equal(fake.info.evtchn_upcall_mask, 0);
}

static void bad_stacks(void **state)
{
    static const uint32_t bad[] = { 0, 4, 11, STACK, STACK + 8, TOP + 1, TOP + 12, HYPERVISOR_VIRT_START + 4,
                                    HYPERVISOR_VIRT_START + 12, 0xfbadc0de, UINT32_MAX };

    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        start(state);
        fake_page(HYPERVISOR_VIRT_START, FAKE_WRITE); /* ours, and mapped */
        fake_page(0xfffff000, FAKE_WRITE);
        fake.pv.traps[VECTOR_UD].masks_events = true;
        fake.frame.esp = bad[i];
        crashes("stack that cannot be written");
    }
    for (unsigned i = 0; i < 2; i++) { /* half in a page that can be written, half in one that cannot */
        start(state);
        *fake_l1_entry(STACK + i * PAGE_SIZE) &= ~(uint64_t)PTE_WRITABLE;
        fake.frame.esp = STACK + PAGE_SIZE + 8;
        crashes("stack that cannot be written");
    }
}

static void bad_handlers(void **state)
{
    for (uint16_t cs = 0; cs < 4; cs++) {
        start(state);
        fake.pv.traps[VECTOR_UD].cs = cs;
        crashes("without a handler");
    }
}

static void frame_in_two_pages(void **state)
{
    for (uint32_t esp = STACK + PAGE_SIZE - 4; esp < STACK + PAGE_SIZE + 20; esp++) {
        start(state);
        fake.frame.esp = esp;
        bounce_exception(&fake.pv, VECTOR_GP, 0x55);
        assert_int_equal(fake.crashes, 0);
        stack_is((uint32_t[]){ 0x55, 0x00105678, 0xe019, 0x202 }, 4);
    }
}

/* The stack as iret wants it: EAX below the frame. */
static void push_eax(uint32_t eax)
{
    fake.frame.esp -= 4;
    fake_put_word(fake.frame.esp, eax);
}

static int32_t iret(void)
{
    return fake_call(HYPERCALL_IRET, 0, 0, 0, 0);
}

static void iret_refuses(void **state)
{
    static const uint32_t bad[] = { STACK - 4, TOP, TOP - 12, HYPERVISOR_VIRT_START - 8, HYPERVISOR_VIRT_START, 0 };
    struct trap_frame frame;

    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        start(state);
        fake.frame.esp = bad[i];
        frame = fake.frame;
        iret();
        assert_int_equal(fake.crashes, 1);
        assert_non_null(strstr(fake.reason, "iret"));
        assert_memory_equal(&fake.frame, &frame, sizeof(frame));
    }
    for (unsigned index = 0; index < 0x10000; index += 0x1fc) { /* ring 0, of any descriptor */
        start(state);
        push_eax(1);
        fake_put_word(fake.frame.esp + 8, index & 0xfffc);
        frame = fake.frame;
        iret();
        assert_int_equal(fake.crashes, 1);
        assert_memory_equal(&fake.frame, &frame, sizeof(frame));
    }
}

/* A frame for the kernel may end where the stack does; one for a program may not. */
static void iret_at_the_end(void **state)
{
    (void)state;
    fake.frame.esp = TOP - 16;
    fake_put_word(TOP - 8, SELECTOR_RING1_CODE);
    iret();
    assert_int_equal(fake.crashes, 0);
    assert_int_equal(fake.frame.esp, TOP);
    start(state);
    fake.frame.esp = TOP - 16;
    fake_put_word(TOP - 8, SELECTOR_RING3_CODE);
    iret();
    assert_int_equal(fake.crashes, 1);
}

/* Every 32-bit pattern of flags with one bit, or all but one: IF is on, IOPL 0 and VM off afterwards. */
static void iret_flags(void **state)
{
    for (unsigned i = 0; i < 64; i++) {
        uint32_t eflags = i < 32 ? 1u << i : ~(1u << (i - 32));

        start(state);
        fake.pv.iopl = 1;
        fake.owner->assists = i % 2 ? 1u << VM_ASSIST_ARCHITECTURAL_IOPL : 0;
        fake.frame.esp = TOP - 16;
        fake_put_word(TOP - 8, 0xffff0000 | SELECTOR_RING1_CODE); /* the upper half does not count */
        fake_put_word(TOP - 4, eflags);
        iret();
        assert_int_equal(fake.frame.eflags, (eflags | 0x202) & ~0x23000u);
        assert_int_equal(fake.info.evtchn_upcall_mask, !(eflags >> 9 & 1));
        assert_int_equal(fake.pv.iopl, i % 2 ? eflags >> 12 & 3 : 1);
        assert_int_equal(fake.frame.cs, SELECTOR_RING1_CODE);
    }
}

static void iret_ends_nmi(void **state)
{
    (void)state;
    fake.frame.esp = TOP - 16;
    fake_put_word(TOP - 8, SELECTOR_RING1_CODE);
    fake.pv.nmi_active = true;
    iret();
    assert_false(fake.pv.nmi_active);
    assert_true(trap_has_work);
}

static void random_frame(uint64_t *seed)
{
    uint32_t *words = (uint32_t *)&fake.frame;

    for (unsigned i = 0; i < sizeof(fake.frame) / 4; i++)
        words[i] = xorshift_next(seed);
    fake.frame.eflags = (fake.frame.eflags | 0x202) & ~0x23000u; /* what a guest can run with */
    if (xorshift_next(seed) % 2) {
        fake.frame.cs = (xorshift_next(seed) & 0xfffc) | 1;
        fake.frame.ss = SELECTOR_RING1_DATA;
        fake.frame.esp = STACK + 64 + xorshift_next(seed) % (2 * PAGE_SIZE - 64);
    } else {
        fake.frame.cs = (xorshift_next(seed) & 0xfffc) | (2 + xorshift_next(seed) % 2);
        fake.frame.ss &= 0xffff;
        fake.pv.kernel_sp = STACK + 64 + xorshift_next(seed) % (2 * PAGE_SIZE - 64);
    }
}

/* Bounce, drop the error code, push EAX, iret: the frame is what it was but for the bits that a bounce clears. */
static void there_and_back(void **state)
{
    uint64_t seed = 25;

    for (unsigned i = 0; i < ROUNDS; i++) {
        struct trap_frame frame;
        uint8_t vector, mask, iopl;

        if (i % 100 == 0)
            start(state);
        vector = (uint8_t)xorshift_next(&seed);
        random_frame(&seed);
        fake.owner->assists = xorshift_next(&seed) & 1u << VM_ASSIST_ARCHITECTURAL_IOPL;
        fake.pv.iopl = iopl = xorshift_next(&seed) % 4;
        fake.pv.traps[vector].masks_events = xorshift_next(&seed) % 2;
        fake.info.evtchn_upcall_mask = mask = xorshift_next(&seed) % 2;
        frame = fake.frame;
        bounce_exception(&fake.pv, vector, xorshift_next(&seed));
        assert_int_equal(fake.frame.eip, HANDLER + vector);
        assert_int_equal(fake.info.evtchn_upcall_mask, mask | fake.pv.traps[vector].masks_events);
        fake.frame.esp += trap_has_error(vector) ? 4 : 0;
        push_eax(frame.eax);
        assert_int_equal(iret(), (int32_t)frame.eax);
        assert_int_equal(fake.crashes, 0);
        assert_int_equal(fake.info.evtchn_upcall_mask, mask);
        assert_int_equal(fake.pv.iopl, iopl);
        assert_memory_equal(&fake.frame, &frame, sizeof(frame));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(from_kernel, start),
        cmocka_unit_test_setup(from_program, start),
        cmocka_unit_test_setup(error_codes, start),
        cmocka_unit_test_setup(event_mask, start),
        cmocka_unit_test_setup(flags, start),
        cmocka_unit_test_setup(segments_below, start),
        cmocka_unit_test_setup(page_faults, start),
        cmocka_unit_test(bad_stacks),
        cmocka_unit_test(bad_handlers),
        cmocka_unit_test(frame_in_two_pages),
        cmocka_unit_test(iret_refuses),
        cmocka_unit_test_setup(iret_at_the_end, start),
        cmocka_unit_test(iret_flags),
        cmocka_unit_test_setup(iret_ends_nmi, start),
        cmocka_unit_test(there_and_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
