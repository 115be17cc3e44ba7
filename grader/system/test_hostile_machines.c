/*
 * Attacks from inside the machine under test (grader/hostile/machine): a hypervisor that prints what a right one
 * prints, floods its serial line, hangs, or resets, where exercise 1.6 or 2.3 should be. The check that looks there is
 * not fooled, says what happened, and ends in time with little memory and disk.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "scratch.h"
#include "typed.h"

#define MEMORY_KIB_MAX (400 << 10) /* of the grader or QEMU with its 64 MiB machine */

static const char *const checks[] = { NULL, "timer-frame", "hypercall-machine" }; /* by lab */

static void expect_attack(unsigned lab, const char *attack, const char *words)
{
    char *make = text_format("grader/hostile/machine/make-student %u %s $folder/student && mkdir -p $folder/tmp && "
                             "TMPDIR=$folder/tmp $make grade LAB=%u SUBMISSION=$folder/student T=%s"
                             " JSON=$folder/report.json", lab, attack, lab, checks[lab]);

    typed_expect(make, 0, words);
    assert_true(typed_number("report.json", "score") == 0);
    typed_expect("ls -A $folder/tmp | grep .", 1, "");
    typed_do("rm -r $folder/student $folder/report.json");
    free(make);
}

static void without_an_attack_there_are_no_points_either(void **state)
{
    (void)state;
    expect_attack(1, "-", "exercise 1.6 is not written yet");
    expect_attack(2, "-", "exercise 2.3 is not written yet");
}

static void the_right_words_are_no_evidence(void **state)
{
    (void)state;
    expect_attack(1, "grader/hostile/machine/prints.c", "leaves its sealed record in memory");
    expect_attack(2, "grader/hostile/machine/prints.c", "leaves its sealed record in memory");
}

static void a_flood_is_cut_in_virtual_time(void **state)
{
    (void)state;
    expect_attack(1, "grader/hostile/machine/floods.c", "its time in the machine's own clock was over");
}

static void a_machine_that_hangs_is_ended(void **state)
{
    (void)state;
    expect_attack(1, "grader/hostile/machine/loops.c", "its time in the machine's own clock was over");
}

static void a_reset_is_explained(void **state)
{
    (void)state;
    expect_attack(1, "grader/hostile/machine/resets.c", "the machine reset itself");
    expect_attack(2, "grader/hostile/machine/resets.c", "the machine reset itself");
}

static void memory_stays_small(void **state)
{
    struct rusage usage;

    (void)state;
    getrusage(RUSAGE_CHILDREN, &usage);
    print_message("the largest process had %ld MiB\n", usage.ru_maxrss >> 10);
    assert_true(usage.ru_maxrss < MEMORY_KIB_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_an_attack_there_are_no_points_either),
        cmocka_unit_test(the_right_words_are_no_evidence),
        cmocka_unit_test(a_flood_is_cut_in_virtual_time),
        cmocka_unit_test(a_machine_that_hangs_is_ended),
        cmocka_unit_test(a_reset_is_explained),
        cmocka_unit_test(memory_stays_small),
    };

    return cmocka_run_group_tests(tests, typed_begin, typed_end);
}
