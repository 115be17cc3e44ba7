/* sources: segments.c fake_machine.c ports.c bare_segments.c bare_memory.c vpic.c */
/* sources: vpit.c vpit_count.c vuart.c vcmos.c */
/*
 * Unit tests of the I/O space (floor 1): who answers at each of the 65536 ports, wide accesses byte by byte, and the
 * interrupt lines behind the devices.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_machine.h"
#include "xorshift.h"

static struct fake_machine *machine;
static struct bare *guest;

static int start(void **state)
{
    (void)state;
    machine = fake_start();
    guest = &machine->guest;
    return 0;
}

static int stop(void **state)
{
    (void)state;
    fake_stop(machine);
    return 0;
}

static bool is_owned(uint32_t port)
{
    return (port >= 0x3f8 && port <= 0x3ff) || port == 0x20 || port == 0x21 || port == 0xa0 || port == 0xa1 ||
           (port >= 0x40 && port <= 0x43) || port == 0x70 || port == 0x71 || port == 0xf4;
}

static void ports_without_a_device(void **state)
{
    struct bare before = *guest;

    (void)state;
    for (uint32_t port = 0; port < 0x10000; port++) {
        if (is_owned(port))
            continue;
        assert_int_equal(port_read(guest, (uint16_t)port, 1), 0xff);
        port_write(guest, (uint16_t)port, 0x55, 1);
    }
    assert_memory_equal(guest, &before, sizeof(before));
    assert_int_equal(machine->ends + machine->output_count + machine->clock_reads, 0);
}

static void every_device_answers(void **state)
{
    (void)state;
    port_write(guest, 0x3ff, 0xa5, 1);
    assert_int_equal(port_read(guest, 0x3ff, 1), 0xa5);
    assert_int_equal(port_read(guest, 0x3fd, 1), 0x60); /* transmitter empty */
    port_write(guest, 0x21, 0x12, 1);
    port_write(guest, 0xa1, 0x34, 1);
    assert_int_equal(port_read(guest, 0x21, 1), 0x12);
    assert_int_equal(port_read(guest, 0xa1, 1), 0x34);
    port_write(guest, 0x43, 0x34, 1);
    port_write(guest, 0x40, 0x00, 1);
    port_write(guest, 0x40, 0x10, 1);
    port_write(guest, 0x43, 0xe2, 1); /* read back the status: mode 2, low and high byte */
    assert_int_equal(port_read(guest, 0x40, 1) & 0x3f, 0x34);
    port_write(guest, 0x70, 0x04, 1);
    assert_int_equal(port_read(guest, 0x71, 1), 0x54);
    assert_int_equal(machine->clock_reads, 1);
}

static void time_reaches_the_timer(void **state)
{
    (void)state;
    port_write(guest, 0x43, 0x34, 1);
    port_write(guest, 0x40, 0xff, 1);
    port_write(guest, 0x40, 0xff, 1);
    machine->now = 10000000; /* 11932 input clocks on */
    port_write(guest, 0x43, 0x00, 1);
    uint32_t count = port_read(guest, 0x40, 1) | port_read(guest, 0x40, 1) << 8;
    assert_in_range(0xffff - count, 11925, 11935);
}

static void exit_port(void **state)
{
    (void)state;
    assert_int_equal(port_read(guest, 0xf4, 1), 0xff);
    assert_int_equal(machine->ends, 0);
    port_write(guest, 0xf4, 3, 1);
    assert_int_equal(machine->ends, 1);
    assert_int_equal(machine->domain.exit_status, 3);
}

/* The bus takes a wide access apart, lowest byte first, and wraps behind the last port. */
static void wide_accesses(void **state)
{
    (void)state;
    port_write(guest, 0x3ff, 0xa5, 1);
    assert_int_equal(port_read(guest, 0x3ff, 4), 0xffffffa5);
    assert_int_equal(port_read(guest, 0x3ff, 2), 0xffa5);
    assert_int_equal(port_read(guest, 0x3fe, 2) >> 8, 0xa5);
    assert_int_equal(port_read(guest, 0xffff, 4), 0xffffffff);
    port_write(guest, 0x20, 0x3400, 2); /* the mask at 0x21 */
    assert_int_equal(port_read(guest, 0x21, 1), 0x34);
    port_write(guest, 0xf1, 0x09000000, 4);
    assert_int_equal(machine->domain.exit_status, 9);
    assert_int_equal(machine->ends, 1);
}

static void output_goes_to_the_console(void **state)
{
    (void)state;
    port_write(guest, 0x3f8, 'h', 1);
    port_write(guest, 0x3fb, 0x80, 1); /* divisor latch */
    port_write(guest, 0x3f8, 'x', 1);
    port_write(guest, 0x3fb, 0x03, 1);
    port_write(guest, 0x3f8, 'i', 1);
    assert_int_equal(machine->output_count, 2);
    assert_memory_equal(machine->output, "hi", 2);
}

static void master_start(uint8_t mask)
{
    port_write(guest, 0x20, 0x11, 1);
    port_write(guest, 0x21, 0x20, 1);
    port_write(guest, 0x21, 0x04, 1);
    port_write(guest, 0x21, 0x01, 1);
    port_write(guest, 0x21, mask, 1);
}

static void received_byte_interrupts_until_it_is_read(void **state)
{
    (void)state;
    master_start(0xef);
    port_write(guest, 0x3fc, 0x08, 1); /* OUT2 */
    vuart_receive(&guest->uart, 'k');
    assert_false(vpic_is_pending(&guest->pic));
    port_write(guest, 0x3f9, 0x01, 1);
    assert_true(vpic_is_pending(&guest->pic));
    assert_int_equal(vpic_acknowledge(&guest->pic), 0x24);
    assert_int_equal(port_read(guest, 0x3f8, 1), 'k');
    port_write(guest, 0x20, 0x20, 1);
    assert_false(vpic_is_pending(&guest->pic));
    vuart_receive(&guest->uart, 'l');
    (void)port_read(guest, 0x3fd, 1); /* any access samples the line again */
    assert_true(vpic_is_pending(&guest->pic));
}

/* Each byte sent makes the transmitter empty anew: an edge of its own, though the line never seems to fall. */
static void each_byte_sent_interrupts(void **state)
{
    (void)state;
    master_start(0xef);
    port_write(guest, 0x3fc, 0x08, 1);
    port_write(guest, 0x3f9, 0x02, 1);
    for (unsigned i = 0; i < 3; i++) {
        assert_true(vpic_is_pending(&guest->pic));
        assert_int_equal(vpic_acknowledge(&guest->pic), 0x24);
        port_write(guest, 0x3f8, 'x', 1);
        port_write(guest, 0x20, 0x20, 1);
    }
    assert_true(vpic_is_pending(&guest->pic));
    assert_int_equal(port_read(guest, 0x3fa, 1) & 0x0f, 0x02); /* reading IIR takes the line back */
    assert_int_equal(vpic_acknowledge(&guest->pic), 0x27); /* so the 8259 knows no better than IRQ 7 */
    assert_false(vpic_is_pending(&guest->pic));
}

static void random_accesses(void **state)
{
    static const uint16_t bases[] = { 0x3f8, 0x20, 0xa0, 0x40, 0x70, 0xffff, 0xf2 };
    uint64_t seed = 13;

    (void)state;
    for (unsigned i = 0; i < 500000; i++) {
        uint16_t port = (uint16_t)(bases[xorshift_next(&seed) % 7] + xorshift_next(&seed) % 8);
        unsigned size = 1u << xorshift_next(&seed) % 3;

        machine->now += xorshift_next(&seed) % 100000;
        if (xorshift_next(&seed) & 1)
            port_write(guest, port, xorshift_next(&seed), size);
        else
            assert_true(size == 4 || port_read(guest, port, size) < 1u << 8 * size);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(ports_without_a_device, start, stop),
        cmocka_unit_test_setup_teardown(every_device_answers, start, stop),
        cmocka_unit_test_setup_teardown(time_reaches_the_timer, start, stop),
        cmocka_unit_test_setup_teardown(exit_port, start, stop),
        cmocka_unit_test_setup_teardown(wide_accesses, start, stop),
        cmocka_unit_test_setup_teardown(output_goes_to_the_console, start, stop),
        cmocka_unit_test_setup_teardown(received_byte_interrupts_until_it_is_read, start, stop),
        cmocka_unit_test_setup_teardown(each_byte_sent_interrupts, start, stop),
        cmocka_unit_test_setup_teardown(random_accesses, start, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
