/* sources: floor.c panic_on_host.c */
/*
 * Unit tests of the floor mechanism (floor 1): three floors and two hypercalls, gathered by this program's linker as
 * the image's linker would, and the order in which each hook is called.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "errors.h"
#include "floor.h"
#include "panic_on_host.h"

static char calls[64];
static int init_error;       /* what floor 3's domain_init answers */
static char handles, knows;  /* which floor handles the trap, recognises the image */

static void call(char floor)
{
    calls[strlen(calls)] = floor;
}

/* Hooks of floor `letter`. */
#define HOOKS(letter, error)                                                                            \
    static void init_##letter(void) { call(#letter[0]); }                                               \
    static int create_##letter(struct domain *domain) { (void)domain; call(#letter[0]); return error; } \
    static void destroy_##letter(struct domain *domain) { (void)domain; call(#letter[0]); }             \
    static bool trap_##letter(struct vcpu *vcpu, struct trap_frame *frame)                              \
    { (void)vcpu; (void)frame; call(#letter[0]); return handles == #letter[0]; }                        \
    static void resume_##letter(struct vcpu *vcpu) { (void)vcpu; call(#letter[0]); }                    \
    static void tick_##letter(void) { call(#letter[0]); }                                               \
    static bool recognise_##letter(const struct guest_image *image)                                     \
    { (void)image; call(#letter[0]); return knows == #letter[0]; }                                      \
    static const char *build_##letter(struct domain *domain, const struct guest_image *image)           \
    { (void)domain; (void)image; return #letter; }

HOOKS(a, 0)
HOOKS(c, init_error)

#define FLOOR_OF(letter, number)                                                                          \
    static const struct floor floor_##letter = {                                                          \
        number, #letter, init_##letter, create_##letter, destroy_##letter, trap_##letter, resume_##letter, \
        NULL, tick_##letter, recognise_##letter, build_##letter,                                          \
    };                                                                                                    \
    FLOOR(floor_##letter)

FLOOR_OF(c, 3); /* not in order, and floor 2 has no hook at all */
static const struct floor floor_b = { .level = 2, .name = "b" };
FLOOR(floor_b);
FLOOR_OF(a, 1);

static int32_t add(struct vcpu *vcpu, const uint32_t args[6])
{
    (void)vcpu;
    return (int32_t)(args[0] + args[5]);
}
HYPERCALL(7, add);

static int32_t refuse(struct vcpu *vcpu, const uint32_t args[6])
{
    (void)vcpu;
    (void)args;
    return -EPERM;
}
HYPERCALL(63, refuse);

PER_DOMAIN uint32_t a_word = 5;
PER_DOMAIN char a_text[8] = "text";

static int start(void **state)
{
    (void)state;
    memset(calls, 0, sizeof(calls));
    handles = knows = 0;
    init_error = 0;
    return 0;
}

static void called(const char *expected)
{
    assert_string_equal(calls, expected);
    memset(calls, 0, sizeof(calls));
}

static void upward_and_downward(void **state)
{
    (void)state;
    floors_call_init();
    called("ac");
    assert_int_equal(floors_domain_init(NULL), 0);
    called("ac");
    floors_domain_destroy(NULL);
    called("ca");
    floors_before_resume(NULL);
    called("ca");
    floors_tick();
    called("ac");
}

static void a_failed_floor_undoes_those_below(void **state)
{
    (void)state;
    init_error = -ENOMEM;
    assert_int_equal(floors_domain_init(NULL), -ENOMEM);
    called("aca");
}

static void the_highest_that_handles_a_trap(void **state)
{
    (void)state;
    assert_false(floors_trap(NULL, NULL));
    called("ca");
    handles = 'c';
    assert_true(floors_trap(NULL, NULL));
    called("c");
    handles = 'a';
    assert_true(floors_trap(NULL, NULL));
    called("ca");
}

static void the_highest_that_knows_an_image(void **state)
{
    (void)state;
    knows = 'a';
    assert_string_equal(floors_build(NULL, NULL), "a");
    called("ca");
    knows = 'c';
    assert_string_equal(floors_build(NULL, NULL), "c");
    called("c");
    knows = 0;
    assert_non_null(strstr(floors_build(NULL, NULL), "no multiboot header"));
}

static void hypercalls_by_number(void **state)
{
    const uint32_t args[6] = { 40, 0, 0, 0, 0, 2 };

    (void)state;
    assert_int_equal(hypercall_call(7, NULL, args), 42);
    assert_int_equal(hypercall_call(63, NULL, args), -EPERM);
    assert_int_equal(hypercall_call(8, NULL, args), -ENOSYS);
    assert_int_equal(hypercall_call(64, NULL, args), -ENOSYS);
    assert_int_equal(hypercall_call(UINT32_MAX, NULL, args), -ENOSYS);
}

static void a_second_gathering_finds_every_level_taken(void **state)
{
    (void)state;
    assert_true(ENDS_MACHINE(floors_init()));
}

/* Each domain has its own copy of the template. */
struct domain {
    char *data;
};

static void data_per_domain(void **state)
{
    char copies[2][256];
    struct domain domains[2] = { { copies[0] }, { copies[1] } };
    size_t size = (size_t)(__stop_domain_data - __start_domain_data);

    (void)state;
    assert_true(size <= sizeof(copies[0]));
    for (unsigned i = 0; i < 2; i++)
        memcpy(copies[i], __start_domain_data, size);
    *domain_data(&domains[0], a_word) = 6;
    (*domain_data(&domains[1], a_text))[0] = 'n';
    assert_int_equal(*domain_data(&domains[1], a_word), 5);
    assert_string_equal(*domain_data(&domains[0], a_text), "text");
    assert_string_equal(*domain_data(&domains[1], a_text), "next");
    assert_int_equal(a_word, 5);
}

static int gather(void **state)
{
    (void)state;
    return ENDS_MACHINE(floors_init());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(upward_and_downward, start),
        cmocka_unit_test_setup(a_failed_floor_undoes_those_below, start),
        cmocka_unit_test_setup(the_highest_that_handles_a_trap, start),
        cmocka_unit_test_setup(the_highest_that_knows_an_image, start),
        cmocka_unit_test_setup(hypercalls_by_number, start),
        cmocka_unit_test_setup(data_per_domain, start),
        cmocka_unit_test_setup(a_second_gathering_finds_every_level_taken, start),
    };

    return cmocka_run_group_tests(tests, gather, NULL);
}
