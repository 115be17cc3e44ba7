/* sources: version.c guest_copy.c fake_pv.c frames.c panic_on_host.c exercise_on_host.c text_on_host.c */
/*
 * Unit tests of xen_version (floor 2): each answer by abi.md 1.8, every byte of it written whatever was there before,
 * and not a byte more.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "abi_version.h"
#include "errors.h"
#include "fake_pv.h"

#define PLACE 0x40000000u /* one page */

static int start(void **state)
{
    fake_pv_start(state);
    fake_page(PLACE, FAKE_WRITE);
    return 0;
}

static int32_t ask(uint32_t command, uint32_t to)
{
    return fake_call(HYPERCALL_XEN_VERSION, command, to, 0, 0);
}

/* The sizes of abi.md 1.8; 0: the answer is the result alone. */
static const uint32_t sizes[] = { 0, 16, 144, 1024, 64, 4, 8, 0, 16, 1024 };

static void results(void **state)
{
    (void)state;
    assert_int_equal(ask(XENVER_VERSION, 0) >> 16, 4);
    assert_int_equal(ask(XENVER_PAGESIZE, 0), 4096);
    for (uint32_t command = 10; command < 40; command++)
        assert_int_equal(ask(command, PLACE), -ENOSYS);
    assert_int_equal(ask(UINT32_MAX, PLACE), -ENOSYS);
}

/* Two poisons: a byte that is the first, then the second, has not been written. */
static void every_byte(void **state)
{
    static const uint8_t poisons[] = { 0xa5, 0x5a };

    (void)state;
    for (uint32_t command = 1; command < 10; command++) {
        uint8_t seen[2][PAGE_SIZE];

        for (unsigned i = 0; i < 2; i++) {
            memset(fake_byte(PLACE), poisons[i], PAGE_SIZE);
            if (command == XENVER_GET_FEATURES)
                fake_put_word(PLACE + 100, 0);
            assert_int_equal(ask(command, PLACE + 100), command == XENVER_PAGESIZE ? 4096 : 0);
            memcpy(seen[i], fake_byte(PLACE), PAGE_SIZE);
        }
        for (unsigned i = 0; i < PAGE_SIZE; i++) {
            bool is_answer = i >= 100 && i < 100 + sizes[command];

            if (is_answer ? seen[0][i] != seen[1][i] : seen[0][i] != 0xa5 || seen[1][i] != 0x5a)
                fail_msg("command %u: byte %d is %02x, then %02x", command, (int)i - 100, seen[0][i], seen[1][i]);
        }
    }
}

/* One answer leaves nothing behind for the next, shorter one in the same buffer. */
static void no_leftovers(void **state)
{
    (void)state;
    for (uint32_t before = 1; before < 10; before++) {
        ask(before, PLACE);
        memset(fake_byte(PLACE), 0x11, PAGE_SIZE);
        assert_int_equal(ask(XENVER_COMMANDLINE, PLACE), 0);
        for (unsigned i = 0; i < 1024; i++)
            assert_int_equal(*fake_byte(PLACE + i), 0);
        assert_int_equal(ask(XENVER_GUEST_HANDLE, PLACE + 2048), 0);
        for (unsigned i = 0; i < 16; i++)
            assert_int_equal(*fake_byte(PLACE + 2048 + i), 0);
    }
}

static void texts(void **state)
{
    (void)state;
    ask(XENVER_CAPABILITIES, PLACE);
    assert_string_equal((char *)fake_byte(PLACE), "xen-3.0-x86_32p ");
    ask(XENVER_EXTRAVERSION, PLACE);
    assert_non_null(memchr(fake_byte(PLACE), '\0', 16));
    ask(XENVER_COMPILE_INFO, PLACE);
    assert_true(*fake_byte(PLACE) != 0 && *fake_byte(PLACE + 64) != 0);
    ask(XENVER_PLATFORM_PARAMETERS, PLACE);
    assert_int_equal(fake_word(PLACE), 0xf5800000);
}

/* Bits 2, 3 and 8 send a guest down a path that is not here; other submaps are empty. */
static void features(void **state)
{
    (void)state;
    for (uint32_t submap = 0; submap < 4; submap++) {
        fake_put_word(PLACE, submap);
        fake_put_word(PLACE + 4, 0xffffffff);
        assert_int_equal(ask(XENVER_GET_FEATURES, PLACE), 0);
        assert_int_equal(fake_word(PLACE), submap);
        assert_int_equal(fake_word(PLACE + 4) & (submap == 0 ? 0x10cu : UINT32_MAX), 0);
    }
}

/* All of an answer or nothing. */
static void bad_places(void **state)
{
    (void)state;
    for (uint32_t command = 1; command < 10; command++) {
        if (sizes[command] == 0)
            continue;
        memset(fake_byte(PLACE), 0x22, PAGE_SIZE);
        assert_int_equal(ask(command, PLACE + PAGE_SIZE - sizes[command]), 0);
        memset(fake_byte(PLACE), 0x22, PAGE_SIZE);
        assert_int_equal(ask(command, PLACE + PAGE_SIZE - sizes[command] + 1), -EFAULT);
        assert_int_equal(ask(command, HYPERVISOR_VIRT_START - 1), -EFAULT);
        assert_int_equal(ask(command, 0), -EFAULT);
        for (unsigned i = 0; i < PAGE_SIZE; i++)
            assert_int_equal(*fake_byte(PLACE + i), 0x22);
    }
    *fake_l1_entry(PLACE) &= ~(uint64_t)PTE_WRITABLE;
    assert_int_equal(ask(XENVER_GET_FEATURES, PLACE), -EFAULT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(results, start),
        cmocka_unit_test_setup(every_byte, start),
        cmocka_unit_test_setup(no_leftovers, start),
        cmocka_unit_test_setup(texts, start),
        cmocka_unit_test_setup(features, start),
        cmocka_unit_test_setup(bad_places, start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
