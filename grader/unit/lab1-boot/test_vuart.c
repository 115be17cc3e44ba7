/* sources: vuart.c */
/*
 * Unit tests of the virtual 16550A (floor 1): registers, FIFOs, line and modem status, interrupt identification and
 * what ends each interrupt, loopback; then a million random accesses with the invariants of struct vuart checked.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "vuart.h"
#include "xorshift.h"

enum { DATA, IER, IIR, LCR, MCR, LSR, MSR, SCRATCH, FCR = IIR };

#define OUT2     0x08
#define LOOPBACK 0x10
#define DLAB     0x80

/* A fresh UART with its interrupt gate open, as drivers leave it. */
static int setup(void **state)
{
    static struct vuart uart;

    vuart_init(&uart);
    vuart_write(&uart, MCR, OUT2);
    *state = &uart;
    return 0;
}

static void receive_bytes(struct vuart *uart, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        assert_true(vuart_receive(uart, (uint8_t)i));
}

static void test_reset_state(void **state)
{
    struct vuart *uart = *state;

    vuart_init(uart);
    assert_int_equal(vuart_read(uart, IER), 0);
    assert_int_equal(vuart_read(uart, IIR), 0x01);
    assert_int_equal(vuart_read(uart, LCR), 0);
    assert_int_equal(vuart_read(uart, MCR), 0);
    assert_int_equal(vuart_read(uart, LSR), 0x60);
    assert_int_equal(vuart_read(uart, MSR), 0xb0);
    assert_int_equal(vuart_read(uart, DATA), 0);
    assert_false(vuart_irq(uart));
}

static void test_divisor_latch(void **state)
{
    struct vuart *uart = *state;

    vuart_write(uart, LCR, DLAB | 0x03);
    assert_false(vuart_write(uart, DATA, 0x0c)); /* not transmitted */
    vuart_write(uart, IER, 0x01);
    assert_int_equal(vuart_read(uart, DATA), 0x0c);
    assert_int_equal(vuart_read(uart, IER), 0x01);
    vuart_write(uart, LCR, 0x03);
    assert_int_equal(vuart_read(uart, IER), 0);
    assert_int_equal(vuart_read(uart, DATA), 0);
    assert_int_equal(vuart_read(uart, LCR), 0x03);
    vuart_write(uart, LCR, DLAB);
    assert_int_equal(vuart_read(uart, DATA), 0x0c);
}

static void test_divisor_access_takes_no_byte(void **state)
{
    struct vuart *uart = *state;

    vuart_receive(uart, 'x');
    vuart_write(uart, LCR, DLAB);
    vuart_read(uart, DATA);
    vuart_write(uart, LCR, 0);
    assert_int_equal(vuart_read(uart, DATA), 'x');
}

static void test_registers_keep_their_bits(void **state)
{
    struct vuart *uart = *state;

    vuart_write(uart, IER, 0xff);
    vuart_write(uart, MCR, 0xff);
    vuart_write(uart, SCRATCH, 0xa5);
    vuart_write(uart, LSR, 0xff); /* LSR and MSR are read-only */
    vuart_write(uart, MSR, 0xff);
    assert_int_equal(vuart_read(uart, IER), 0x0f);
    assert_int_equal(vuart_read(uart, MCR), 0x1f);
    assert_int_equal(vuart_read(uart, SCRATCH), 0xa5);
    assert_int_equal(vuart_read(uart, LSR), 0x60);
}

static void test_transmit_goes_out(void **state)
{
    struct vuart *uart = *state;

    for (unsigned byte = 0; byte < 256; byte++) {
        assert_true(vuart_write(uart, DATA, (uint8_t)byte));
        assert_int_equal(vuart_read(uart, LSR), 0x60);
    }
    for (unsigned reg = 1; reg < 8; reg++)
        assert_false(vuart_write(uart, reg, 0));
}

static void test_receive_keeps_order(void **state)
{
    struct vuart *uart = *state;

    for (unsigned round = 0; round < 5; round++) { /* so that the ring wraps */
        receive_bytes(uart, 40);
        for (unsigned i = 0; i < 40; i++) {
            assert_int_equal(vuart_read(uart, LSR), 0x61);
            assert_int_equal(vuart_read(uart, DATA), i);
        }
        assert_int_equal(vuart_read(uart, LSR), 0x60);
    }
}

static void test_overrun_loses_the_newest(void **state)
{
    struct vuart *uart = *state;

    receive_bytes(uart, VUART_FIFO);
    assert_false(vuart_receive(uart, 0xee));
    assert_int_equal(vuart_read(uart, LSR), 0x63);
    assert_int_equal(vuart_read(uart, LSR), 0x61); /* reading clears it */
    for (unsigned i = 0; i < VUART_FIFO; i++)
        assert_int_equal(vuart_read(uart, DATA), i);
    assert_int_equal(vuart_read(uart, LSR), 0x60);
}

static void test_fifo_enable_shows_in_iir(void **state)
{
    struct vuart *uart = *state;

    vuart_write(uart, FCR, 0x01);
    assert_int_equal(vuart_read(uart, IIR), 0xc1);
    vuart_write(uart, FCR, 0x00);
    assert_int_equal(vuart_read(uart, IIR), 0x01);
}

static void test_fifo_switch_empties_it(void **state)
{
    struct vuart *uart = *state;

    receive_bytes(uart, 3);
    vuart_write(uart, FCR, 0x01);
    assert_int_equal(vuart_read(uart, LSR), 0x60);
    receive_bytes(uart, 3);
    vuart_write(uart, FCR, 0x01); /* no change of mode */
    assert_int_equal(vuart_read(uart, LSR), 0x61);
    vuart_write(uart, FCR, 0x00);
    assert_int_equal(vuart_read(uart, LSR), 0x60);
}

static void test_fifo_clear_bits(void **state)
{
    struct vuart *uart = *state;

    vuart_write(uart, FCR, 0x01);
    receive_bytes(uart, 3);
    vuart_write(uart, FCR, 0x05); /* the transmitter's only */
    assert_int_equal(vuart_read(uart, LSR), 0x61);
    vuart_write(uart, FCR, 0x03);
    assert_int_equal(vuart_read(uart, LSR), 0x60);
    receive_bytes(uart, 1); /* the clear bit does not stick */
    assert_int_equal(vuart_read(uart, LSR), 0x61);
}

/* "Bit 0 must be a 1 when other FCR bits are written to or they will not be programmed." */
static void test_fcr_bits_need_the_enable_bit(void **state)
{
    struct vuart *uart = *state;

    receive_bytes(uart, 1);
    vuart_write(uart, FCR, 0xc2);
    assert_int_equal(vuart_read(uart, LSR), 0x61);
    assert_int_equal(uart->fcr, 0);
}

static void test_received_interrupt(void **state)
{
    struct vuart *uart = *state;

    receive_bytes(uart, 2);
    assert_false(vuart_irq(uart));
    vuart_write(uart, IER, 0x01);
    assert_true(vuart_irq(uart));
    assert_int_equal(vuart_read(uart, IIR), 0x04);
    assert_int_equal(vuart_read(uart, IIR), 0x04); /* only reading the data ends it */
    vuart_read(uart, DATA);
    assert_true(vuart_irq(uart));
    vuart_read(uart, DATA);
    assert_false(vuart_irq(uart));
    assert_int_equal(vuart_read(uart, IIR), 0x01);
}

static void test_trigger_level_and_timeout(void **state)
{
    static const struct { uint8_t fcr, level; } cases[] = {{0x01, 1}, {0x41, 4}, {0x81, 8}, {0xc1, 14}};
    struct vuart *uart = *state;

    vuart_write(uart, IER, 0x01);
    for (unsigned i = 0; i < 4; i++) {
        vuart_write(uart, FCR, cases[i].fcr | 0x02);
        receive_bytes(uart, cases[i].level);
        assert_int_equal(vuart_read(uart, IIR), 0xc4);
        vuart_read(uart, DATA);
        assert_int_equal(vuart_read(uart, IIR), cases[i].level > 1 ? 0xcc : 0xc1);
        assert_int_equal(vuart_irq(uart), cases[i].level > 1);
    }
}

static void test_transmitter_interrupt_on_enable(void **state)
{
    struct vuart *uart = *state;

    vuart_write(uart, IER, 0x02);
    assert_true(vuart_irq(uart));
    assert_int_equal(vuart_read(uart, IIR), 0x02);
    assert_false(vuart_irq(uart)); /* reading IIR ended it */
    assert_int_equal(vuart_read(uart, IIR), 0x01);
    vuart_write(uart, IER, 0x03); /* it was enabled before */
    assert_false(vuart_irq(uart));
    vuart_write(uart, IER, 0x00);
    vuart_write(uart, IER, 0x02);
    assert_true(vuart_irq(uart));
}

static void test_transmitter_interrupt_after_write(void **state)
{
    struct vuart *uart = *state;

    vuart_write(uart, IER, 0x02);
    vuart_read(uart, IIR);
    vuart_write(uart, DATA, 'a');
    assert_true(vuart_irq(uart));
    assert_int_equal(vuart_read(uart, IIR), 0x02);
    vuart_write(uart, DATA, 'b');
    vuart_write(uart, IER, 0x00);
    assert_false(vuart_irq(uart));
    assert_int_equal(uart->thre_pending, 0);
}

static void test_line_status_interrupt(void **state)
{
    struct vuart *uart = *state;

    vuart_write(uart, IER, 0x04);
    receive_bytes(uart, VUART_FIFO);
    assert_false(vuart_irq(uart));
    vuart_receive(uart, 0);
    assert_true(vuart_irq(uart));
    assert_int_equal(vuart_read(uart, IIR), 0x06);
    assert_true(vuart_irq(uart));
    vuart_read(uart, LSR);
    assert_false(vuart_irq(uart));
}

/* All four at once: each is reported when the ones above it have been dealt with. */
static void test_interrupt_priorities(void **state)
{
    struct vuart *uart = *state;

    receive_bytes(uart, VUART_FIFO);
    vuart_receive(uart, 0);
    vuart_write(uart, MCR, OUT2 | LOOPBACK);
    vuart_write(uart, IER, 0x0f);
    assert_int_equal(vuart_read(uart, IIR), 0x06);
    vuart_read(uart, LSR);
    assert_int_equal(vuart_read(uart, IIR), 0x04);
    for (unsigned i = 0; i < VUART_FIFO; i++)
        vuart_read(uart, DATA);
    assert_int_equal(vuart_read(uart, IIR), 0x02); /* the reads of IIR before this one left it pending */
    assert_int_equal(vuart_read(uart, IIR), 0x00);
    assert_true(vuart_irq(uart));
    vuart_read(uart, MSR);
    assert_int_equal(vuart_read(uart, IIR), 0x01);
}

static void test_out2_gates_the_line(void **state)
{
    struct vuart *uart = *state;

    vuart_write(uart, IER, 0x01);
    vuart_receive(uart, 'x');
    vuart_write(uart, MCR, 0x07);
    assert_false(vuart_irq(uart));
    assert_int_equal(vuart_read(uart, IIR), 0x04); /* IIR does not know of the gate */
    vuart_write(uart, MCR, OUT2);
    assert_true(vuart_irq(uart));
}

static void test_loopback_returns_what_is_sent(void **state)
{
    struct vuart *uart = *state;

    vuart_write(uart, MCR, LOOPBACK);
    assert_false(vuart_write(uart, DATA, 0x5a));
    assert_false(vuart_receive(uart, 0xee)); /* the real input is cut off, and no overrun tells of it */
    assert_int_equal(vuart_read(uart, LSR), 0x61);
    assert_int_equal(vuart_read(uart, DATA), 0x5a);
    assert_int_equal(vuart_read(uart, LSR), 0x60);
    vuart_write(uart, MCR, 0);
    assert_true(vuart_write(uart, DATA, 0x5a));
    assert_true(vuart_receive(uart, 0x11));
}

static void test_loopback_interrupts(void **state)
{
    struct vuart *uart = *state;

    vuart_write(uart, MCR, LOOPBACK | OUT2);
    vuart_write(uart, IER, 0x01);
    vuart_write(uart, DATA, 'x');
    assert_true(vuart_irq(uart));
}

static void test_loopback_overruns(void **state)
{
    struct vuart *uart = *state;

    vuart_write(uart, MCR, LOOPBACK);
    for (unsigned i = 0; i <= VUART_FIFO; i++)
        vuart_write(uart, DATA, 'x');
    assert_int_equal(vuart_read(uart, LSR), 0x63);
}

static void test_modem_lines_in_loopback(void **state)
{
    static const struct { uint8_t mcr, lines; } cases[] = {
        {0x00, 0x00}, {0x01, 0x20}, {0x02, 0x10}, {0x04, 0x40}, {0x08, 0x80}, {0x0f, 0xf0},
    };
    struct vuart *uart = *state;

    for (unsigned i = 0; i < 6; i++) {
        vuart_write(uart, MCR, LOOPBACK | cases[i].mcr);
        assert_int_equal(vuart_read(uart, MSR) & 0xf0, cases[i].lines);
    }
    vuart_write(uart, MCR, 0x0f); /* out of loopback MCR drives nothing we see */
    assert_int_equal(vuart_read(uart, MSR) & 0xf0, 0xb0);
}

static void test_modem_deltas(void **state)
{
    struct vuart *uart = *state;

    vuart_write(uart, MCR, LOOPBACK);
    vuart_read(uart, MSR);
    vuart_write(uart, MCR, LOOPBACK | 0x06); /* RTS and OUT1 rise: the start of a ring is no delta */
    assert_int_equal(vuart_read(uart, MSR), 0x51);
    assert_int_equal(vuart_read(uart, MSR), 0x50); /* reading clears them */
    vuart_write(uart, MCR, LOOPBACK | 0x09);
    assert_int_equal(vuart_read(uart, MSR), 0xaf);
}

static void check_uart(const struct vuart *uart)
{
    assert_in_range(uart->count, 0, VUART_FIFO);
    assert_in_range(uart->head, 0, VUART_FIFO - 1);
    assert_int_equal(uart->ier & ~0x0f, 0);
    assert_int_equal(uart->mcr & ~0x1f, 0);
    assert_int_equal(uart->fcr & ~0xc1, 0);
    assert_true(uart->fcr == 0 || uart->fcr & 1);
    assert_int_equal(uart->overrun & ~0x02, 0);
    assert_int_equal(uart->msr_delta & ~0x0f, 0);
    assert_true(!vuart_irq(uart) || (uart->mcr & OUT2 && uart->ier));
}

/* IIR and the interrupt line tell the same story, and IIR is one of the six values there are (a bit set of them). */
static void check_identification(struct vuart *uart)
{
    bool was_high = vuart_irq(uart);
    uint8_t source = vuart_read(uart, IIR) & 0x3f;

    assert_true(source <= 0x0c && 1u << source & 0x1057);
    assert_int_equal(was_high, source != 0x01 && uart->mcr & OUT2);
}

static void do_random_operation(struct vuart *uart, uint64_t *seed)
{
    uint32_t random = xorshift_next(seed);
    unsigned reg = random >> 3 & 7;

    switch (random & 7) {
    case 0:
    case 1:
        vuart_write(uart, reg, (uint8_t)(random >> 8));
        break;
    case 2:
    case 3:
        vuart_read(uart, reg);
        break;
    case 4:
        check_identification(uart);
        break;
    default:
        vuart_receive(uart, (uint8_t)(random >> 8));
    }
}

static void test_random_operations(void **state)
{
    struct vuart *uart = *state;
    uint64_t seed = 0x16550;
    unsigned high = 0;

    for (unsigned i = 0; i < 1000000; i++) {
        do_random_operation(uart, &seed);
        check_uart(uart);
        high += vuart_irq(uart);
    }
    assert_in_range(high, 10000, 990000); /* the walk saw both levels often */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_reset_state, setup),
        cmocka_unit_test_setup(test_divisor_latch, setup),
        cmocka_unit_test_setup(test_divisor_access_takes_no_byte, setup),
        cmocka_unit_test_setup(test_registers_keep_their_bits, setup),
        cmocka_unit_test_setup(test_transmit_goes_out, setup),
        cmocka_unit_test_setup(test_receive_keeps_order, setup),
        cmocka_unit_test_setup(test_overrun_loses_the_newest, setup),
        cmocka_unit_test_setup(test_fifo_enable_shows_in_iir, setup),
        cmocka_unit_test_setup(test_fifo_switch_empties_it, setup),
        cmocka_unit_test_setup(test_fifo_clear_bits, setup),
        cmocka_unit_test_setup(test_fcr_bits_need_the_enable_bit, setup),
        cmocka_unit_test_setup(test_received_interrupt, setup),
        cmocka_unit_test_setup(test_trigger_level_and_timeout, setup),
        cmocka_unit_test_setup(test_transmitter_interrupt_on_enable, setup),
        cmocka_unit_test_setup(test_transmitter_interrupt_after_write, setup),
        cmocka_unit_test_setup(test_line_status_interrupt, setup),
        cmocka_unit_test_setup(test_interrupt_priorities, setup),
        cmocka_unit_test_setup(test_out2_gates_the_line, setup),
        cmocka_unit_test_setup(test_loopback_returns_what_is_sent, setup),
        cmocka_unit_test_setup(test_loopback_interrupts, setup),
        cmocka_unit_test_setup(test_loopback_overruns, setup),
        cmocka_unit_test_setup(test_modem_lines_in_loopback, setup),
        cmocka_unit_test_setup(test_modem_deltas, setup),
        cmocka_unit_test_setup(test_random_operations, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
