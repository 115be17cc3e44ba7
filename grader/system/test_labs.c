/*
 * Skeletons and what a student types: labs/ is what solution/ gives, every step of lab 1 boots and names the next one,
 * both compilers take the skeleton, `make handin` makes the same archive from the same files, and wrong words get one
 * sentence. Each exercise is put back on its own (mk/splice.awk), so this also says that exercises do not overlap.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "scratch.h"

/* As if typed at a terminal, not called by the make that runs the tests. */
#define MAKE "unset MAKEFLAGS MAKELEVEL MFLAGS LAB; make -s BUILD=$build "
#define FLOOR "lab1-boot"
#define EXERCISES 6

static char *folder;

/* Runs a shell command with $folder (scratch) and $build set; both streams of what it said, to be freed. */
static int shell(const char *command, char **said)
{
    char *log = text_format("%s/log", folder);
    char *whole = text_format("folder=%s; build=" BUILD_FOLDER "; %s", folder, command);
    char *arguments[] = { "sh", "-c", whole, NULL };
    int status = command_run(arguments, folder, log);

    *said = file_read(log, NULL);
    assert_non_null(*said);
    free(whole);
    free(log);
    return status;
}

static void expect(const char *command, int wanted, const char *words)
{
    char *said;
    int status = shell(command, &said);

    if (status != wanted || !strstr(said, words))
        fail_msg("'%s': expected status %d and '%s', got status %d and:\n%s", command, wanted, words, status, said);
    free(said);
}

/* The words "1.1 1.2 ...", as many as asked for. */
static char *exercises_first(unsigned count)
{
    char *list = text_format("%s", "");

    for (unsigned i = 1; i <= count; i++) {
        char *longer = text_format("%s 1.%u", list, i);
        free(list);
        list = longer;
    }
    return list;
}

/* The floor with the first `count` exercises solved, built in a folder of its own and booted with one guest. */
static void step(unsigned count, int wanted, const char *words)
{
    char *solved = exercises_first(count);
    char *command = text_format("mk/labs-derive solution/" FLOOR " $folder/%u/" FLOOR " '%s' && "
                                MAKE "BUILD=$folder/out%u SOURCE_1=$folder/%u FLOORS=" FLOOR " image && "
                                "$build/boot $folder/out%u/ringlet-lab1.elf '" BUILD_FOLDER "/guests/bare.elf demo'",
                                count, solved, count, count, count);

    expect(command, wanted, words);
    free(command);
    free(solved);
}

static void each_step_names_the_next_exercise(void **state)
{
    (void)state;
    for (unsigned count = 0; count < EXERCISES; count++) {
        char *words = text_format("exercise 1.%u is not written yet: see handouts/lab1-boot.html#exercise-1-%u",
                                  count + 1, count + 1);
        step(count, 2, words);
        free(words);
    }
}

static void with_all_exercises_it_is_the_hypervisor(void **state)
{
    (void)state;
    step(EXERCISES, 0, "[bare] bare: end, 0 failed");
}

static void no_exercise_is_the_skeleton(void **state)
{
    (void)state;
    expect("mk/labs-derive solution/" FLOOR " $folder/plain && mk/labs-derive solution/" FLOOR " $folder/spliced '' && "
           "diff -r $folder/plain $folder/spliced", 0, "");
}

static void what_no_longer_exists_is_removed(void **state)
{
    (void)state;
    expect("mkdir -p $folder/old && touch $folder/old/gone.c && mk/labs-derive solution/" FLOOR " $folder/old && "
           "! test -e $folder/old/gone.c && ! grep -r SOLUTION $folder/old", 0, "");
}

static void the_skeleton_stops_with_its_own_status(void **state)
{
    (void)state;
    expect(MAKE "LAB=1 lab-image && qemu-system-i386 -display none -nodefaults -no-reboot -serial stdio "
           "-device isa-debug-exit,iobase=0xf4,iosize=4 -kernel $build/labs/ringlet-lab1.elf </dev/null", 39,
           "exercise 1.1 is not written yet");
    expect(MAKE "LAB=1 run </dev/null", 0, "status=unfinished");
    expect(MAKE "-C labs/" FLOOR " run BUILD=$(realpath $build) GUESTS=$(realpath $build)/guests/bare.elf </dev/null",
           0, "status=unfinished");
}

/* The same for lab 2, in short: its grader and its test kernels boot the rest. */
static void lab_2_has_a_skeleton_too(void **state)
{
    (void)state;
    expect("mk/labs-derive solution/lab2-rings $folder/plain2 && mk/labs-derive solution/lab2-rings $folder/spliced2 '' && "
           "diff -r $folder/plain2 $folder/spliced2", 0, "");
    expect(MAKE "LAB=2 run </dev/null", 0, "exercise 2.2 is not written yet: see handouts/lab2-rings.html#exercise-2-2");
    expect("mk/handin labs/lab2-rings $folder/rings.tar.gz; rm $folder/rings.tar.gz", 0,
           "not written yet: exercise 2.1 2.2 2.3 2.4 2.5 2.6 2.7 2.8.");
}

static void clang_takes_the_skeleton(void **state)
{
    (void)state;
    expect(MAKE "CC=clang BUILD=$folder/clang LAB=1 lab-image && ls $folder/clang/labs", 0, "ringlet-lab1.elf");
}

static void the_archive_depends_on_the_files_only(void **state)
{
    (void)state;
    expect("mk/handin labs/" FLOOR " $folder/a.tar.gz 2>/dev/null && cp -r labs/" FLOOR " $folder/" FLOOR " && "
           "mk/handin $folder/" FLOOR " $folder/b.tar.gz 2>/dev/null && cmp $folder/a.tar.gz $folder/b.tar.gz && "
           "cd $folder && tar xzf a.tar.gz && cd " FLOOR " && sha256sum --quiet -c MANIFEST && "
           "test $(tar tzf ../a.tar.gz | wc -l) -eq $(($(wc -l <FILES) + 2))", 0, "");
    expect("mk/handin labs/" FLOOR " $folder/a.tar.gz", 0, "not written yet: exercise 1.1 1.2 1.3 1.4 1.5 1.6.");
    expect("mk/handin labs/" FLOOR " $folder/a.tar.gz", 0, "have no answer yet");
}

static void an_archive_with_a_wrong_file_is_refused(void **state)
{
    (void)state;
    expect("rm -rf $folder/x && cp -r labs/" FLOOR " $folder/x && rm $folder/x/decode.c $folder/*.tar.gz; "
           "mk/handin $folder/x $folder/x.tar.gz", 1, "decode.c is missing");
    expect("ln -s /etc/passwd $folder/x/decode.c; mk/handin $folder/x $folder/x.tar.gz", 1, "is a link");
    expect("rm $folder/x/decode.c; cp labs/" FLOOR "/decode.c $folder/x && touch $folder/x/mine.c && "
           "mk/handin $folder/x $folder/x.tar.gz", 1, "mine.c is no file of this lab");
    expect("ls $folder/*.tar.gz*", 2, "");
}

static void wrong_words_get_a_sentence(void **state)
{
    (void)state;
    expect(MAKE "LAB=9", 2, "LAB=9: there is no such lab; say LAB=1");
    expect(MAKE "LAB=x run", 2, "LAB=x: there is no such lab");
    expect(MAKE "LAB=1 MINE=1-2 mine", 2, "MINE=1-2: say MINE=A-B");
    expect(MAKE "LAB=1 MINE=one mine", 2, "MINE=one: say MINE=A-B");
    expect(MAKE "LAB= handin", 2, "say which lab with LAB=1");
    expect("mk/labs-derive nowhere $folder/out", 2, "say mk/labs-derive");
}

static int folder_make(void **state)
{
    (void)state;
    folder = scratch_create();
    return folder == NULL;
}

static int folder_remove(void **state)
{
    (void)state;
    scratch_remove(folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_step_names_the_next_exercise),
        cmocka_unit_test(with_all_exercises_it_is_the_hypervisor),
        cmocka_unit_test(no_exercise_is_the_skeleton),
        cmocka_unit_test(what_no_longer_exists_is_removed),
        cmocka_unit_test(the_skeleton_stops_with_its_own_status),
        cmocka_unit_test(lab_2_has_a_skeleton_too),
        cmocka_unit_test(clang_takes_the_skeleton),
        cmocka_unit_test(the_archive_depends_on_the_files_only),
        cmocka_unit_test(an_archive_with_a_wrong_file_is_refused),
        cmocka_unit_test(wrong_words_get_a_sentence),
    };

    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
