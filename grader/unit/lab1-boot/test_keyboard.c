/* sources: keyboard.c print.c panic_on_host.c */
/*
 * Unit tests of the keyboard's way to the guests (floor 1): focus, the Ctrl-G commands, nothing pasted is lost.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "console.h"
#include "domain.h"
#include "keyboard.h"
#include "panic.h"
#include "panic_on_host.h"

#define CTRL_G "\7"

static struct domain domains[2];
static const char *typed;            /* what the line still holds */
static char received[2][256];
static unsigned room[2];             /* bytes each guest still takes */

bool console_read(uint8_t *byte)
{
    if (*typed == '\0')
        return false;
    *byte = (uint8_t)*typed++;
    return true;
}

struct domain *domain_first(void)
{
    return &domains[0];
}

struct domain *domain_find(uint16_t id)
{
    return id < 2 ? &domains[id] : NULL;
}

struct domain *domain_first_alive(void)
{
    for (unsigned i = 0; i < 2; i++)
        if (domain_is_alive(&domains[i]))
            return &domains[i];
    return NULL;
}

bool domain_pause(struct domain *domain)
{
    domain->pause_count++;
    return true;
}

bool domain_unpause(struct domain *domain)
{
    domain->pause_count--;
    return true;
}

const char *domain_state_name(enum domain_state state)
{
    return state == DOMAIN_ALIVE ? "alive" : "ended";
}

static bool receive(struct domain *domain, uint8_t byte)
{
    if (room[domain->id] == 0)
        return false;
    room[domain->id]--;
    received[domain->id][strlen(received[domain->id])] = (char)byte;
    return true;
}

static void type_for(const char *text, unsigned ticks)
{
    typed = text;
    for (unsigned i = 0; i < ticks; i++)
        keyboard_tick();
}

static void type(const char *text)
{
    type_for(text, 40);
}

/* The keyboard's state is its own: give it back to the first domain, with nothing half typed. */
static int start(void **state)
{
    (void)state;
    keyboard_set_receiver(receive);
    for (uint16_t i = 0; i < 2; i++) {
        domains[i] = (struct domain){ .id = i, .state = DOMAIN_ALIVE, .next = i == 0 ? &domains[1] : NULL };
        strcpy(domains[i].name, i == 0 ? "one" : "two");
        room[i] = 255;
    }
    type(CTRL_G "0");
    memset(received, 0, sizeof(received));
    console_clear();
    return 0;
}

static void keys_go_to_the_focus(void **state)
{
    (void)state;
    type("abc" CTRL_G "1" "def" CTRL_G "0" "g");
    assert_string_equal(received[0], "abcg");
    assert_string_equal(received[1], "def");
    assert_non_null(strstr(console_text, "keys go to domain 1 (two)"));
}

static void ctrl_g_itself(void **state)
{
    (void)state;
    type("a" CTRL_G CTRL_G "1b");
    assert_string_equal(received[0], "a" CTRL_G "1b");
}

static void commands_answer(void **state)
{
    (void)state;
    type(CTRL_G "?");
    assert_non_null(strstr(console_text, "domain 0 (one): alive, has the keyboard\n"));
    assert_non_null(strstr(console_text, "domain 1 (two): alive\n"));
    type(CTRL_G "7");
    assert_non_null(strstr(console_text, "there is no domain 7"));
    type(CTRL_G "x");
    assert_non_null(strstr(console_text, "Ctrl-G takes"));
    type("y");
    assert_string_equal(received[0], "y"); /* the commands themselves reached nobody */
    assert_string_equal(received[1], "");
}

static void p_pauses_and_goes_on(void **state)
{
    (void)state;
    type(CTRL_G "1" CTRL_G "p" CTRL_G "?");
    assert_int_equal(domains[1].pause_count, 1);
    assert_non_null(strstr(console_text, "domain 1 (two): alive, paused, has the keyboard\n"));
    type(CTRL_G "p");
    assert_int_equal(domains[1].pause_count, 0);
    assert_non_null(strstr(console_text, "domain 1 (two): goes on\n"));
}

static void q_switches_off(void **state)
{
    (void)state;
    assert_true(ENDS_MACHINE(type(CTRL_G "q")));
    assert_int_equal(machine_status, MACHINE_SUCCESS);
}

static void dead_focus_passes_to_the_living(void **state)
{
    (void)state;
    domains[0].state = DOMAIN_ENDED;
    type("a");
    assert_string_equal(received[1], "a");
    domains[1].state = DOMAIN_ENDED;
    type("b"); /* nobody is left: dropped, and nothing is held */
    domains[0].state = DOMAIN_ALIVE;
    type("c");
    assert_string_equal(received[0], "c");
}

static void nothing_is_lost_while_a_guest_is_busy(void **state)
{
    (void)state;
    room[0] = 2;
    type("abcdef");
    assert_string_equal(received[0], "ab"); /* the rest is held back */
    room[0] = 255;
    keyboard_tick();
    assert_string_equal(received[0], "abcdef");
    room[0] = 0;
    type(CTRL_G CTRL_G);
    room[0] = 1;
    keyboard_tick();
    assert_string_equal(received[0], "abcdef" CTRL_G);
}

/* A guest that never reads must not take the keyboard away from whoever wants to switch it off. */
static void commands_pass_a_guest_that_never_reads(void **state)
{
    (void)state;
    room[0] = 0;
    type("abc" CTRL_G "1" "def");
    assert_string_equal(received[0], "");
    assert_string_equal(received[1], "def"); /* it does not hold back its neighbour's keys either */
    room[0] = 255;
    keyboard_tick();
    assert_string_equal(received[0], "abc"); /* and to whom it was typed for */
    assert_string_equal(received[1], "def");
    room[0] = 0;
    assert_true(ENDS_MACHINE(type(CTRL_G "0" "abc" CTRL_G "q")));
    room[0] = 255;
    keyboard_tick();
}

/* A queue that nobody empties is given up after a second, or no command would ever get through again. */
static void a_stuck_queue_is_dropped(void **state)
{
    static char text[200];

    (void)state;
    memset(text, 'x', sizeof(text) - 3);
    strcpy(text + sizeof(text) - 3, CTRL_G "q");
    room[0] = 0;
    assert_true(ENDS_MACHINE(type_for(text, 5000)));
    assert_non_null(strstr(console_text, "64 keys that no guest reads are dropped"));
    room[0] = 255;
    keyboard_tick();
}

/* When the queue is full the line itself holds the rest. */
static void a_full_queue_leaves_the_line_alone(void **state)
{
    static char text[200];

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    room[0] = 0;
    type(text);
    size_t left = strlen(typed);
    assert_in_range(left, 1, sizeof(text) - 2);
    room[0] = 255;
    type(typed);
    assert_string_equal(received[0], text);
}

/* One tick must not last long: the rest waits. */
static void a_tick_takes_a_bounded_number(void **state)
{
    (void)state;
    typed = "0123456789012345678901234567890123456789";
    keyboard_tick();
    assert_int_equal(strlen(received[0]), 16);
    type(typed);
    assert_int_equal(strlen(received[0]), 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(keys_go_to_the_focus, start),
        cmocka_unit_test_setup(ctrl_g_itself, start),
        cmocka_unit_test_setup(commands_answer, start),
        cmocka_unit_test_setup(p_pauses_and_goes_on, start),
        cmocka_unit_test_setup(q_switches_off, start),
        cmocka_unit_test_setup(dead_focus_passes_to_the_living, start),
        cmocka_unit_test_setup(nothing_is_lost_while_a_guest_is_busy, start),
        cmocka_unit_test_setup(commands_pass_a_guest_that_never_reads, start),
        cmocka_unit_test_setup(a_full_queue_leaves_the_line_alone, start),
        cmocka_unit_test_setup(a_stuck_queue_is_dropped, start),
        cmocka_unit_test_setup(a_tick_takes_a_bounded_number, start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
