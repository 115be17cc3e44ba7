/* sources: fast_trap.c segments.c fake_pv.c frames.c panic_on_host.c exercise_on_host.c */
/*
 * Unit tests of the fast trap (floor 2): every selector there is against a list of who owns which part of the GDT, and
 * the gate bit by bit (SDM vol. 3 figure 6-2).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_pv.h"
#include "fast_trap.h"

/* What a selector leads to, said without arithmetic on indices: tables by their bytes (abi.md 2.1). */
static bool model_is_guests(uint32_t selector)
{
    uint32_t offset = selector / 8 * 8;

    if (selector / 4 % 2 == 1)
        return true; /* the LDT is the guest's, all of it */
    if (offset < 14 * 4096)
        return true; /* its 14 pages of the GDT */
    return offset == 0xe018 || offset == 0xe028; /* flat code of ring 1 and ring 3 */
}

static void every_selector(void **state)
{
    unsigned allowed = 0;

    (void)state;
    for (uint32_t cs = 0; cs < 0x10000; cs++) {
        struct pv_handler handler = { 0x12345678, (uint16_t)cs, 3, false };
        uint64_t gate = fast_trap_gate(&handler);

        if (cs < 4 || !model_is_guests(cs)) {
            if (gate != 0)
                fail_msg("a gate to selector %04x", cs);
            continue;
        }
        allowed++;
        assert_true(gate == (0x12340000ull << 32 | 0xef00ull << 32 | (uint64_t)cs << 16 | 0x5678));
    }
    assert_int_equal(allowed, 0x8000 + 14 * 512 * 4 - 4 + 8);
}

static void dpl_and_mask(void **state)
{
    (void)state;
    for (uint8_t dpl = 0; dpl < 4; dpl++) {
        struct pv_handler handler = { 0xfedcba98, SELECTOR_RING1_CODE, dpl, false };

        assert_true(fast_trap_gate(&handler) ==
                    (0xfedc8f0000000000ull | (uint64_t)dpl << 45 | 0xe019ull << 16 | 0xba98));
        handler.masks_events = true;
        assert_true(fast_trap_gate(&handler) == 0);
    }
}

/* The vcpu's gate follows its handler, and is in the IDT no longer than the vcpu runs. */
static void installing(void **state)
{
    (void)state;
    fake.pv.traps[0x80] = (struct pv_handler){ 0x1000, SELECTOR_RING1_CODE, 3, false };
    fake.pv.traps[0x81] = fake.pv.traps[0x80];
    fake.pv.kernel_ss = SELECTOR_RING1_DATA;
    fake.pv.kernel_sp = 0x7000;
    fast_trap_update(&fake.pv);
    assert_true(fake.gates[0x80] != 0 && fake.gates[0x80] == fake.pv.fast_gate);
    assert_true(fake.gates[0x81] == 0);
    assert_int_equal(fake.inner_ss, SELECTOR_RING1_DATA);
    assert_int_equal(fake.inner_esp, 0x7000);
    fast_trap_install(NULL);
    assert_true(fake.gates[0x80] == 0);
    fast_trap_install(&fake.pv);
    assert_true(fake.gates[0x80] == fake.pv.fast_gate);
    fake.pv.traps[0x80].cs = 0xe009; /* ring 0's code, under another RPL */
    fast_trap_update(&fake.pv);
    assert_true(fake.gates[0x80] == 0 && fake.pv.fast_gate == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_selector),
        cmocka_unit_test(dpl_and_mask),
        cmocka_unit_test_setup(installing, fake_pv_start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
