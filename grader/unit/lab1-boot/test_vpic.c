/* sources: vpic.c */
/*
 * Unit tests of the virtual 8259A pair (floor 1): one test per rule of the data sheet that a guest can see, then a
 * million random accesses with the invariants of struct vpic checked after each.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "vpic.h"
#include "xorshift.h"

#define MASTER 0x20
#define SLAVE  0xa0

/* OCW2 and OCW3 commands by name. */
#define EOI               0x20
#define EOI_OF(level)     (0x60 | (level))
#define EOI_ROTATE        0xa0
#define EOI_ROTATE_OF(l)  (0xe0 | (l))
#define SET_LOWEST(level) (0xc0 | (level))
#define ROTATE_AUTO_ON    0x80
#define ROTATE_AUTO_OFF   0x00
#define READ_IRR          0x0a
#define READ_ISR          0x0b
#define POLL              0x0c
#define SPECIAL_MASK_ON   0x68
#define SPECIAL_MASK_OFF  0x48

static void program_chip(struct vpic *pic, uint16_t port, uint8_t base, uint8_t icw3, uint8_t icw4)
{
    vpic_write(pic, port, 0x11);
    vpic_write(pic, port + 1, base);
    vpic_write(pic, port + 1, icw3);
    vpic_write(pic, port + 1, icw4);
}

/* The pair as every PC kernel sets it up: vectors 0x20 and 0x28, nothing masked. */
static struct vpic start_pair(uint8_t icw4)
{
    struct vpic pic;

    vpic_init(&pic);
    program_chip(&pic, MASTER, 0x20, 0x04, icw4);
    program_chip(&pic, SLAVE, 0x28, 0x02, icw4);
    return pic;
}

static void pulse(struct vpic *pic, unsigned irq)
{
    vpic_set_line(pic, irq, false);
    vpic_set_line(pic, irq, true);
}

static uint8_t read_isr(struct vpic *pic, uint16_t port)
{
    vpic_write(pic, port, READ_ISR);
    return vpic_read(pic, port);
}

static uint8_t read_irr(struct vpic *pic, uint16_t port)
{
    vpic_write(pic, port, READ_IRR);
    return vpic_read(pic, port);
}

static void expect_vector(struct vpic *pic, uint8_t vector)
{
    assert_true(vpic_is_pending(pic));
    assert_int_equal(vpic_acknowledge(pic), vector);
}

static void test_power_on_is_masked(void **state)
{
    struct vpic pic;

    (void)state;
    vpic_init(&pic);
    assert_int_equal(vpic_read(&pic, MASTER + 1), 0xff);
    assert_int_equal(vpic_read(&pic, SLAVE + 1), 0xff);
    for (unsigned irq = 0; irq < VPIC_IRQS; irq++)
        vpic_set_line(&pic, irq, true);
    assert_false(vpic_is_pending(&pic));
}

static void test_every_irq_has_its_vector(void **state)
{
    (void)state;
    for (unsigned irq = 0; irq < VPIC_IRQS; irq++) {
        struct vpic pic = start_pair(0x01);

        if (irq == 2)
            continue;
        vpic_set_line(&pic, irq, true);
        assert_true(vpic_is_requested(&pic, irq));
        expect_vector(&pic, (uint8_t)(0x20 + irq));
        assert_false(vpic_is_requested(&pic, irq));
        assert_false(vpic_is_pending(&pic));
    }
}

static void test_inputs_that_do_not_exist(void **state)
{
    struct vpic pic = start_pair(0x01);

    (void)state;
    vpic_set_line(&pic, 2, true);
    vpic_set_line(&pic, 16, true);
    vpic_set_line(&pic, 0xffffffff, true);
    assert_false(vpic_is_pending(&pic));
    assert_false(vpic_is_requested(&pic, 16));
    assert_int_equal(pic.slave.lines, 0);
}

static void test_icw2_low_bits_are_dropped(void **state)
{
    struct vpic pic = start_pair(0x01);

    (void)state;
    program_chip(&pic, MASTER, 0x47, 0x04, 0x01);
    vpic_set_line(&pic, 1, true);
    expect_vector(&pic, 0x41);
}

static void test_icw1_single_skips_icw3(void **state)
{
    struct vpic pic = start_pair(0x01);

    (void)state;
    vpic_write(&pic, MASTER, 0x13);
    vpic_write(&pic, MASTER + 1, 0x20);
    vpic_write(&pic, MASTER + 1, 0x03); /* ICW4: automatic EOI */
    vpic_write(&pic, MASTER + 1, 0x5a); /* the mask again */
    assert_int_equal(vpic_read(&pic, MASTER + 1), 0x5a);
    assert_true(pic.master.auto_eoi);
}

static void test_icw1_without_icw4(void **state)
{
    struct vpic pic = start_pair(0x03);

    (void)state;
    vpic_write(&pic, MASTER, 0x10);
    vpic_write(&pic, MASTER + 1, 0x20);
    vpic_write(&pic, MASTER + 1, 0x04);
    vpic_write(&pic, MASTER + 1, 0xa5);
    assert_int_equal(vpic_read(&pic, MASTER + 1), 0xa5);
    assert_false(pic.master.auto_eoi); /* "if IC4 = 0, all functions selected in ICW4 are set to zero" */
}

static void test_icw1_single_without_icw4(void **state)
{
    struct vpic pic = start_pair(0x01);

    (void)state;
    vpic_write(&pic, SLAVE, 0x12);
    vpic_write(&pic, SLAVE + 1, 0x30);
    vpic_write(&pic, SLAVE + 1, 0x77);
    assert_int_equal(vpic_read(&pic, SLAVE + 1), 0x77);
}

static void test_icw1_restarts_a_sequence(void **state)
{
    struct vpic pic = start_pair(0x01);

    (void)state;
    vpic_write(&pic, MASTER, 0x11);
    vpic_write(&pic, MASTER + 1, 0x50);
    program_chip(&pic, MASTER, 0x60, 0x04, 0x01);
    vpic_write(&pic, MASTER + 1, 0xfe);
    vpic_set_line(&pic, 0, true);
    expect_vector(&pic, 0x60);
}

/* "ICW1": mask, priorities, special mask mode, read selection and in-service bits all go back to their defaults. */
static void test_icw1_resets_the_chip(void **state)
{
    struct vpic pic = start_pair(0x01);

    (void)state;
    vpic_set_line(&pic, 3, true);
    vpic_acknowledge(&pic);
    vpic_write(&pic, MASTER + 1, 0xf0);
    vpic_write(&pic, MASTER, SET_LOWEST(4));
    vpic_write(&pic, MASTER, SPECIAL_MASK_ON);
    vpic_write(&pic, MASTER, READ_ISR);
    vpic_write(&pic, MASTER, 0x11);
    assert_int_equal(pic.master.mask, 0);
    assert_int_equal(pic.master.in_service, 0);
    assert_int_equal(pic.master.lowest, 7);
    assert_false(pic.master.special_mask || pic.master.read_isr);
}

/* The edge-sense reset: a line that is high through ICW1 needs a new edge. */
static void test_icw1_needs_a_new_edge(void **state)
{
    struct vpic pic = start_pair(0x01);

    (void)state;
    vpic_set_line(&pic, 4, true);
    program_chip(&pic, MASTER, 0x20, 0x04, 0x01);
    vpic_set_line(&pic, 4, true);
    assert_false(vpic_is_pending(&pic));
    pulse(&pic, 4);
    expect_vector(&pic, 0x24);
}

static void test_edge_requests_once(void **state)
{
    struct vpic pic = start_pair(0x01);

    (void)state;
    vpic_set_line(&pic, 4, true);
    expect_vector(&pic, 0x24);
    vpic_write(&pic, MASTER, EOI);
    vpic_set_line(&pic, 4, true);
    assert_false(vpic_is_pending(&pic));
    pulse(&pic, 4);
    expect_vector(&pic, 0x24);
}

static void test_edge_during_service_is_kept(void **state)
{
    struct vpic pic = start_pair(0x01);

    (void)state;
    pulse(&pic, 0);
    expect_vector(&pic, 0x20);
    pulse(&pic, 0);
    assert_false(vpic_is_pending(&pic));
    vpic_write(&pic, MASTER, EOI);
    expect_vector(&pic, 0x20);
}

static void test_mask_holds_a_request_back(void **state)
{
    struct vpic pic = start_pair(0x01);

    (void)state;
    vpic_write(&pic, MASTER + 1, 0x10);
    vpic_set_line(&pic, 4, true);
    assert_false(vpic_is_pending(&pic));
    assert_int_equal(read_irr(&pic, MASTER), 0x10);
    vpic_write(&pic, MASTER + 1, 0x00);
    expect_vector(&pic, 0x24);
}

static void test_mask_of_the_cascade_holds_the_slave_back(void **state)
{
    struct vpic pic = start_pair(0x01);

    (void)state;
    vpic_write(&pic, MASTER + 1, 0x04);
    vpic_set_line(&pic, 8, true);
    assert_false(vpic_is_pending(&pic));
    vpic_write(&pic, MASTER + 1, 0x00);
    expect_vector(&pic, 0x28);
}

static void test_nesting_follows_priority(void **state)
{
    struct vpic pic = start_pair(0x01);

    (void)state;
    vpic_set_line(&pic, 5, true);
    expect_vector(&pic, 0x25);
    vpic_set_line(&pic, 6, true);
    assert_false(vpic_is_pending(&pic));
    vpic_set_line(&pic, 3, true);
    expect_vector(&pic, 0x23);
    assert_int_equal(read_isr(&pic, MASTER), 0x28);
    vpic_write(&pic, MASTER, EOI); /* ends 3, the highest */
    assert_int_equal(read_isr(&pic, MASTER), 0x20);
    assert_false(vpic_is_pending(&pic));
    vpic_write(&pic, MASTER, EOI);
    expect_vector(&pic, 0x26);
}

static void test_highest_request_goes_first(void **state)
{
    struct vpic pic = start_pair(0x03);

    (void)state;
    for (unsigned irq = 0; irq < VPIC_IRQS; irq++)
        vpic_set_line(&pic, 15 - irq, true);
    expect_vector(&pic, 0x20);
    expect_vector(&pic, 0x21);
    for (unsigned irq = 8; irq < 16; irq++) /* the slave stands where IR2 is */
        expect_vector(&pic, (uint8_t)(0x20 + irq));
    for (unsigned irq = 3; irq < 8; irq++)
        expect_vector(&pic, (uint8_t)(0x20 + irq));
    assert_false(vpic_is_pending(&pic));
}

static void test_specific_eoi_ends_its_level(void **state)
{
    struct vpic pic = start_pair(0x01);

    (void)state;
    vpic_set_line(&pic, 5, true);
    vpic_acknowledge(&pic);
    vpic_set_line(&pic, 3, true);
    vpic_acknowledge(&pic);
    vpic_write(&pic, MASTER, EOI_OF(5));
    assert_int_equal(read_isr(&pic, MASTER), 0x08);
    vpic_write(&pic, MASTER, EOI_OF(6)); /* not in service: nothing happens */
    assert_int_equal(read_isr(&pic, MASTER), 0x08);
}

static void test_rotate_on_nonspecific_eoi(void **state)
{
    struct vpic pic = start_pair(0x01);

    (void)state;
    vpic_write(&pic, MASTER, EOI_ROTATE); /* nothing in service: nothing rotates */
    assert_int_equal(pic.master.lowest, 7);
    vpic_set_line(&pic, 4, true);
    vpic_acknowledge(&pic);
    vpic_write(&pic, MASTER, EOI_ROTATE);
    assert_int_equal(read_isr(&pic, MASTER), 0);
    pulse(&pic, 4);
    vpic_set_line(&pic, 6, true);
    expect_vector(&pic, 0x26);
}

static void test_rotate_on_specific_eoi(void **state)
{
    struct vpic pic = start_pair(0x01);

    (void)state;
    vpic_set_line(&pic, 1, true);
    vpic_acknowledge(&pic);
    vpic_write(&pic, MASTER, EOI_ROTATE_OF(1));
    assert_int_equal(read_isr(&pic, MASTER), 0);
    assert_int_equal(pic.master.lowest, 1);
}

static void test_set_priority(void **state)
{
    struct vpic pic = start_pair(0x01);

    (void)state;
    vpic_set_line(&pic, 0, true);
    vpic_set_line(&pic, 6, true);
    vpic_write(&pic, MASTER, SET_LOWEST(5)); /* 6 7 0 1 2 3 4 5 */
    expect_vector(&pic, 0x26);
    assert_false(vpic_is_pending(&pic));
    vpic_set_line(&pic, 5, true);
    vpic_write(&pic, MASTER, EOI);
    expect_vector(&pic, 0x20);
    vpic_write(&pic, MASTER, EOI);
    expect_vector(&pic, 0x25);
}

static void test_ocw2_no_operation(void **state)
{
    struct vpic pic = start_pair(0x01);

    (void)state;
    vpic_set_line(&pic, 4, true);
    vpic_acknowledge(&pic);
    vpic_write(&pic, MASTER, 0x44);
    assert_int_equal(pic.master.in_service, 0x10);
    assert_int_equal(pic.master.lowest, 7);
}

static void test_auto_eoi(void **state)
{
    struct vpic pic = start_pair(0x03);

    (void)state;
    vpic_set_line(&pic, 3, true);
    expect_vector(&pic, 0x23);
    assert_int_equal(read_isr(&pic, MASTER), 0);
    vpic_set_line(&pic, 6, true);
    expect_vector(&pic, 0x26);
    assert_int_equal(pic.master.lowest, 7);
}

static void test_auto_eoi_rotates_when_told(void **state)
{
    struct vpic pic = start_pair(0x03);

    (void)state;
    vpic_write(&pic, MASTER, ROTATE_AUTO_ON);
    vpic_set_line(&pic, 3, true);
    expect_vector(&pic, 0x23);
    assert_int_equal(pic.master.lowest, 3);
    vpic_write(&pic, MASTER, ROTATE_AUTO_OFF);
    vpic_set_line(&pic, 5, true);
    expect_vector(&pic, 0x25);
    assert_int_equal(pic.master.lowest, 3);
}

static void test_ocw3_selects_what_is_read(void **state)
{
    struct vpic pic = start_pair(0x01);

    (void)state;
    vpic_set_line(&pic, 1, true);
    vpic_acknowledge(&pic);
    vpic_set_line(&pic, 4, true);
    assert_int_equal(vpic_read(&pic, MASTER), 0x10); /* IRR after ICW1 */
    assert_int_equal(read_isr(&pic, MASTER), 0x02);
    vpic_write(&pic, MASTER, 0x08); /* RR = 0 keeps the selection */
    assert_int_equal(vpic_read(&pic, MASTER), 0x02);
    assert_int_equal(read_irr(&pic, MASTER), 0x10);
    assert_int_equal(vpic_read(&pic, SLAVE), 0);
}

static void test_poll_acknowledges(void **state)
{
    struct vpic pic = start_pair(0x01);

    (void)state;
    vpic_write(&pic, MASTER, POLL);
    assert_int_equal(vpic_read(&pic, MASTER), 0x00);
    vpic_set_line(&pic, 4, true);
    vpic_write(&pic, MASTER, POLL);
    assert_int_equal(vpic_read(&pic, MASTER), 0x84);
    assert_int_equal(pic.master.in_service, 0x10);
    assert_false(vpic_is_requested(&pic, 4));
    vpic_set_line(&pic, 3, true);
    assert_int_equal(vpic_read(&pic, MASTER), 0x08); /* one read only: IRR again */
}

static void test_poll_on_the_data_port_and_cancelled(void **state)
{
    struct vpic pic = start_pair(0x01);

    (void)state;
    vpic_set_line(&pic, 4, true);
    vpic_write(&pic, MASTER, POLL);
    vpic_write(&pic, MASTER, READ_IRR);
    assert_int_equal(vpic_read(&pic, MASTER), 0x10);
    vpic_write(&pic, MASTER, POLL);
    assert_int_equal(vpic_read(&pic, MASTER + 1), 0x84);
}

static void test_poll_of_the_slave_needs_two(void **state)
{
    struct vpic pic = start_pair(0x01);

    (void)state;
    vpic_set_line(&pic, 12, true);
    vpic_write(&pic, MASTER, POLL);
    assert_int_equal(vpic_read(&pic, MASTER), 0x82);
    vpic_write(&pic, SLAVE, POLL);
    assert_int_equal(vpic_read(&pic, SLAVE), 0x84);
    assert_int_equal(pic.slave.in_service, 0x10);
    assert_int_equal(pic.master.lines & 0x04, 0);
}

static void test_special_mask_lets_lower_levels_through(void **state)
{
    struct vpic pic = start_pair(0x01);

    (void)state;
    vpic_set_line(&pic, 1, true);
    vpic_acknowledge(&pic);
    vpic_set_line(&pic, 6, true);
    vpic_write(&pic, MASTER + 1, 0x02);
    assert_false(vpic_is_pending(&pic));
    vpic_write(&pic, MASTER, 0x28); /* ESMM = 0: SMM is not looked at */
    assert_false(vpic_is_pending(&pic));
    vpic_write(&pic, MASTER, SPECIAL_MASK_ON);
    vpic_write(&pic, MASTER, 0x08);
    expect_vector(&pic, 0x26);
    vpic_write(&pic, MASTER, EOI); /* passes the masked level 1 over */
    assert_int_equal(read_isr(&pic, MASTER), 0x02);
    vpic_write(&pic, MASTER, SPECIAL_MASK_OFF);
    pulse(&pic, 6);
    assert_false(vpic_is_pending(&pic));
}

static void test_slave_needs_two_eois(void **state)
{
    struct vpic pic = start_pair(0x01);

    (void)state;
    vpic_set_line(&pic, 10, true);
    expect_vector(&pic, 0x2a);
    assert_int_equal(read_isr(&pic, MASTER), 0x04);
    assert_int_equal(read_isr(&pic, SLAVE), 0x04);
    vpic_set_line(&pic, 11, true);
    vpic_write(&pic, SLAVE, EOI);
    assert_false(vpic_is_pending(&pic)); /* IR2 is still in service at the master */
    vpic_write(&pic, MASTER, EOI);
    expect_vector(&pic, 0x2b);
}

static void test_slave_eoi_alone_after_master_eoi(void **state)
{
    struct vpic pic = start_pair(0x01);

    (void)state;
    vpic_set_line(&pic, 10, true);
    vpic_acknowledge(&pic);
    vpic_set_line(&pic, 11, true);
    vpic_write(&pic, MASTER, EOI);
    assert_false(vpic_is_pending(&pic)); /* level 10 is still in service at the slave */
    vpic_write(&pic, SLAVE, EOI);
    expect_vector(&pic, 0x2b);
}

/* Fully nested mode blocks a second, more urgent interrupt from the same slave; special fully nested mode does not. */
static void test_special_fully_nested(void **state)
{
    struct vpic plain = start_pair(0x01), special = start_pair(0x01);

    (void)state;
    program_chip(&special, MASTER, 0x20, 0x04, 0x11);
    vpic_set_line(&plain, 12, true);
    vpic_set_line(&special, 12, true);
    expect_vector(&plain, 0x2c);
    expect_vector(&special, 0x2c);
    vpic_set_line(&plain, 9, true);
    vpic_set_line(&special, 9, true);
    assert_false(vpic_is_pending(&plain));
    expect_vector(&special, 0x29);
    vpic_set_line(&special, 5, true); /* everything below IR2 stays blocked */
    assert_false(vpic_is_pending(&special));
}

/* ICW4 bit 4 on the slave changes nothing: no input of its own has a chip behind it. */
static void test_special_fully_nested_is_for_cascades(void **state)
{
    struct vpic pic = start_pair(0x11);

    (void)state;
    pulse(&pic, 10);
    expect_vector(&pic, 0x2a);
    pulse(&pic, 10);
    assert_false(vpic_is_pending(&pic));
}

static void test_withdrawn_request_is_gone(void **state)
{
    struct vpic pic = start_pair(0x01);

    (void)state;
    vpic_set_line(&pic, 4, true);
    vpic_set_line(&pic, 4, false);
    assert_false(vpic_is_requested(&pic, 4));
    assert_false(vpic_is_pending(&pic));
}

static void test_spurious_irq7(void **state)
{
    struct vpic pic = start_pair(0x01);

    (void)state;
    vpic_set_line(&pic, 4, true);
    vpic_set_line(&pic, 4, false);
    assert_int_equal(vpic_acknowledge(&pic), 0x27);
    assert_int_equal(read_isr(&pic, MASTER), 0);
    assert_int_equal(read_isr(&pic, SLAVE), 0);
}

static void test_spurious_irq15(void **state)
{
    struct vpic pic = start_pair(0x01);

    (void)state;
    vpic_set_line(&pic, 12, true);
    vpic_set_line(&pic, 12, false);
    expect_vector(&pic, 0x2f);
    assert_int_equal(read_isr(&pic, MASTER), 0x04);
    assert_int_equal(read_isr(&pic, SLAVE), 0);
    vpic_write(&pic, MASTER, EOI);
    vpic_set_line(&pic, 12, true);
    expect_vector(&pic, 0x2c);
}

static void check_chip(const struct vpic_chip *chip)
{
    assert_in_range(chip->lowest, 0, 7);
    assert_true(chip->init_step == 0 || (chip->init_step >= 2 && chip->init_step <= 4));
    assert_int_equal(chip->vector_base & 7, 0);
    /* In edge mode a request outlives its line only at the cascade input, whose latch is not withdrawn. */
    assert_int_equal(chip->request & ~chip->lines & ~chip->cascade, 0);
}

static void check_pair(const struct vpic *pic)
{
    check_chip(&pic->master);
    check_chip(&pic->slave);
    assert_int_equal(pic->master.cascade, 0x04);
    assert_int_equal(pic->slave.cascade, 0x00);
}

/* An acknowledge moves exactly what it returned from requested to in service, and never makes a request. */
static void check_acknowledge(struct vpic *pic)
{
    struct vpic before = *pic;
    bool was_pending = vpic_is_pending(pic);
    uint8_t vector = vpic_acknowledge(pic);
    uint8_t base = vector & 0xf8;

    assert_true(base == pic->master.vector_base || base == pic->slave.vector_base);
    assert_int_equal(pic->slave.request & ~before.slave.request, 0);
    assert_int_equal(pic->master.request & ~before.master.request & ~0x04, 0);
    if (was_pending)
        assert_true(before.master.request & ~before.master.mask);
    else
        assert_int_equal(vector, pic->master.vector_base + 7);
    if (!was_pending)
        assert_memory_equal(pic, &before, sizeof(before));
    if (was_pending && !pic->master.auto_eoi)
        assert_int_not_equal(pic->master.in_service, 0);
}

static void do_random_operation(struct vpic *pic, uint64_t *seed)
{
    static const uint16_t ports[] = {0x20, 0x21, 0xa0, 0xa1};
    uint32_t random = xorshift_next(seed);

    switch (random & 7) {
    case 0:
        vpic_write(pic, ports[random >> 3 & 3], (uint8_t)(random >> 8));
        break;
    case 1: /* mostly EOIs, so that the machine keeps moving */
        vpic_write(pic, ports[random >> 3 & 2], EOI);
        break;
    case 2:
        vpic_read(pic, ports[random >> 3 & 3]);
        break;
    case 3:
        check_acknowledge(pic);
        break;
    default:
        vpic_set_line(pic, random >> 8 & 31, random >> 3 & 1);
    }
}

static void test_random_operations(void **state)
{
    struct vpic pic = start_pair(0x01);
    uint64_t seed = 0x8259;
    unsigned pending = 0;

    (void)state;
    for (unsigned i = 0; i < 1000000; i++) {
        do_random_operation(&pic, &seed);
        check_pair(&pic);
        pending += vpic_is_pending(&pic);
    }
    assert_in_range(pending, 10000, 990000); /* the walk saw both answers often */
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_power_on_is_masked),
    cmocka_unit_test(test_every_irq_has_its_vector),
    cmocka_unit_test(test_inputs_that_do_not_exist),
    cmocka_unit_test(test_icw2_low_bits_are_dropped),
    cmocka_unit_test(test_icw1_single_skips_icw3),
    cmocka_unit_test(test_icw1_without_icw4),
    cmocka_unit_test(test_icw1_single_without_icw4),
    cmocka_unit_test(test_icw1_restarts_a_sequence),
    cmocka_unit_test(test_icw1_resets_the_chip),
    cmocka_unit_test(test_icw1_needs_a_new_edge),
    cmocka_unit_test(test_edge_requests_once),
    cmocka_unit_test(test_edge_during_service_is_kept),
    cmocka_unit_test(test_mask_holds_a_request_back),
    cmocka_unit_test(test_mask_of_the_cascade_holds_the_slave_back),
    cmocka_unit_test(test_nesting_follows_priority),
    cmocka_unit_test(test_highest_request_goes_first),
    cmocka_unit_test(test_specific_eoi_ends_its_level),
    cmocka_unit_test(test_rotate_on_nonspecific_eoi),
    cmocka_unit_test(test_rotate_on_specific_eoi),
    cmocka_unit_test(test_set_priority),
    cmocka_unit_test(test_ocw2_no_operation),
    cmocka_unit_test(test_auto_eoi),
    cmocka_unit_test(test_auto_eoi_rotates_when_told),
    cmocka_unit_test(test_ocw3_selects_what_is_read),
    cmocka_unit_test(test_poll_acknowledges),
    cmocka_unit_test(test_poll_on_the_data_port_and_cancelled),
    cmocka_unit_test(test_poll_of_the_slave_needs_two),
    cmocka_unit_test(test_special_mask_lets_lower_levels_through),
    cmocka_unit_test(test_slave_needs_two_eois),
    cmocka_unit_test(test_slave_eoi_alone_after_master_eoi),
    cmocka_unit_test(test_special_fully_nested),
    cmocka_unit_test(test_special_fully_nested_is_for_cascades),
    cmocka_unit_test(test_withdrawn_request_is_gone),
    cmocka_unit_test(test_spurious_irq7),
    cmocka_unit_test(test_spurious_irq15),
    cmocka_unit_test(test_random_operations),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
