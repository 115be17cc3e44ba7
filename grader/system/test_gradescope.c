/*
 * The autograder's zip, run as the service runs it: in a root of its own, setup.sh once, run_autograder for each
 * submission with half a CPU and 768 MB (grader/instructor/gradescope/service). Where this process may not mount, the
 * runs are left out and said to be.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scratch.h"
#include "typed.h"

#define FLOOR "lab1-boot"
#define SECONDS_MAX 60 /* of one submission: what the issue promises for half a CPU */

static char *said; /* by the service; NULL: it could not be run here */

static void one_seed_one_archive(void **state)
{
    (void)state;
    typed_expect("$make gradescope LAB=1 OUT=$folder/a SEED=77 | tail -n 1", 0, "/a/autograder.zip\n");
    typed_expect("$make gradescope LAB=1 OUT=$folder/b SEED=77 && cmp $folder/[ab]/autograder.zip", 0, "seed 77");
    typed_expect("unzip -Z1 $folder/a/autograder.zip", 0, "run_autograder\nsetup.sh\n");
    typed_expect("unzip -Z1 $folder/a/autograder.zip | grep -E 'solution/lab1|mutants|hostile'", 1, "");
}

/* Lab 2's, for the same service: solved floors below, and nothing of its own. */
static void a_later_lab_has_an_archive_too(void **state)
{
    (void)state;
    typed_expect("$make gradescope LAB=2 OUT=$folder/rings SEED=77 | tail -n 1", 0, "/rings/autograder.zip\n");
    typed_expect("unzip -Z1 $folder/rings/autograder.zip", 0, "course/solution/lab1-boot/decode.c\n");
    typed_expect("unzip -Z1 $folder/rings/autograder.zip | grep -E 'solution/lab2|mutants|hostile'", 1, "");
}

/* A good archive, files as the service unpacks an uploaded zip, and three uploads that are none. */
static void submissions_make(void)
{
    typed_do("mkdir -p $folder/s/" FLOOR " && for file in solution/" FLOOR "/*.[chS]; do "
             "unifdef -DSOLUTION -o $folder/s/" FLOOR "/$(basename $file) $file; [ $? -le 1 ] || exit 1; done && "
             "cp labs/" FLOOR "/FILES labs/" FLOOR "/answers.md labs/" FLOOR "/ringlet.ld labs/" FLOOR "/Makefile "
             "$folder/s/" FLOOR " && mk/handin $folder/s/" FLOOR " $folder/handin-lab1.tar.gz && "
             "mkdir $folder/foreign $folder/empty && echo hello >$folder/foreign/essay.txt && "
             "head -c 3000 /dev/urandom >$folder/broken.tar.gz");
}

static void the_service_runs_it(void **state)
{
    (void)state;
    if (geteuid() != 0 || system("unshare --mount --pid --fork true") != 0) {
        print_message("not run: the service's root needs the right to mount\n");
        skip();
    }
    submissions_make();
    int status = typed_run("mkdir $folder/root && unshare --mount --pid --fork grader/instructor/gradescope/service "
                           "$folder/root $folder/a/autograder.zip $folder/handin-lab1.tar.gz labs/" FLOOR
                           " $folder/foreign $folder/empty $folder/broken.tar.gz", &said);
    print_message("%s", said);
    assert_int_equal(status, 0);
}

static void need_service(void)
{
    if (!said)
        skip();
}

static void full_points_within_the_limits(void **state)
{
    double seconds;

    (void)state;
    need_service();
    assert_true(typed_number("root/results-1/results.json", "score") == 100);
    if (sscanf(said, "limited yes, seconds %lf", &seconds) == 1)
        assert_true(seconds < SECONDS_MAX);
    else
        print_message("time and memory were not limited: no control groups here\n");
}

static void the_skeleton_has_next_to_none(void **state)
{
    (void)state;
    need_service();
    assert_true(typed_number("root/results-2/results.json", "score") <= 10);
}

/* The student reads why, and the service has a result. */
static void what_cannot_be_graded_has_a_reason(void **state)
{
    (void)state;
    need_service();
    for (int number = 3; number <= 5; number++) {
        char *file = text_format("root/results-%d/results.json", number), *command;
        assert_true(typed_number(file, "score") == 0);
        command = text_format("cat $folder/%s", file);
        typed_expect(command, 0, number == 5 ? "is no readable .tar.gz or .zip archive" : "holds no file of lab 1");
        free(command);
        free(file);
    }
}

static void the_reference_is_not_there_any_more(void **state)
{
    (void)state;
    need_service();
    typed_expect("ls $folder/root/autograder/source; find $folder/root/autograder/source -name '*reference*' -o "
                 "-path '*solution/lab1*' | grep .", 1, "course");
}

static void wrong_words_get_a_sentence(void **state)
{
    (void)state;
    typed_expect("$make gradescope", 2, "say which lab with LAB=1");
    typed_expect("$make gradescope LAB=1 OUT=$folder/c SEED=many", 2, "SEED=many is no number");
    typed_expect("touch $folder/file; $make gradescope LAB=1 OUT=$folder/file; ls $folder/c", 2,
                 "is no folder that can be written");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_seed_one_archive),
        cmocka_unit_test(a_later_lab_has_an_archive_too),
        cmocka_unit_test(the_service_runs_it),
        cmocka_unit_test(full_points_within_the_limits),
        cmocka_unit_test(the_skeleton_has_next_to_none),
        cmocka_unit_test(what_cannot_be_graded_has_a_reason),
        cmocka_unit_test(the_reference_is_not_there_any_more),
        cmocka_unit_test(wrong_words_get_a_sentence),
    };
    int failed = cmocka_run_group_tests(tests, typed_begin, typed_end);

    free(said);
    return failed;
}
