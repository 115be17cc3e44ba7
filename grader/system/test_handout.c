/*
 * The archive for students: same tree, same bytes; nothing of the solution in it; alone in an empty folder it builds,
 * boots, grades itself and packs a hand-in; and a lab solved there has full points on the instructor's side.
 */
#define _GNU_SOURCE
#include <ftw.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scratch.h"
#include "typed.h"

/* Shell variables: the tests run for each lab. */
#define LAB   "$THE_LAB"
#define FLOOR "$THE_FLOOR"
#define HOME  "cd $folder/alone/ringlet-lab" LAB " && "
#define ALONE HOME "unset BUILD_FOLDER; make='make -s'; "
#define BASELINE_MAX 10 /* of 100 points, for the untouched skeleton */
#define TRIVIAL 20      /* a folded line of so many characters or fewer could stand anywhere */

/* What is looked for depends on the lab. */
static const struct given {
    const char *number, *floor;
    const char *first; /* exercise that the skeleton stops at */
} handouts[] = {
    { "1", "lab1-boot", "exercise 1.1 is not written yet" },
    { "2", "lab2-rings", "exercise 2.2 is not written yet" },
};
static const struct given *given;

/* Lines of the reference: those only in solutions, and those that everybody has. */
static struct arguments solved, open_lines;
static char *leak; /* the first one found, with its file */

/* Blanks at both ends and comments go, runs of blanks become one. In place. */
static char *line_fold(char *line)
{
    char *comment = strstr(line, "/*"), *to = line;

    if (comment)
        *comment = 0;
    for (const char *from = line; *from; from++)
        if (!strchr(" \t\r", *from))
            *to++ = *from;
        else if (to > line && to[-1] != ' ')
            *to++ = ' ';
    *to = 0;
    if (to > line && to[-1] == ' ')
        to[-1] = 0;
    return line;
}

/* Floors below the lab are given away with their solutions; the head of a loop is anybody's. */
static void lines_read(char *text, bool is_secret)
{
    bool in_solution = false;

    for (char *line; (line = strsep(&text, "\n"));) {
        if (strcmp(line, "#ifdef SOLUTION") == 0)
            in_solution = true;
        else if (*line == '#' && (strncmp(line, "#else", 5) == 0 || strncmp(line, "#endif", 6) == 0))
            in_solution = false;
        if (strlen(line_fold(line)) > TRIVIAL && strncmp(line, "for (", 5) != 0)
            arguments_add(in_solution && is_secret ? &solved : &open_lines, "%s", line);
    }
}

static bool is_listed(const struct arguments *lines, const char *line)
{
    for (size_t i = 0; i < lines->count; i++)
        if (strcmp(lines->list[i], line) == 0)
            return true;
    return false;
}

static int file_search(const char *path, const struct stat *status, int type, struct FTW *place)
{
    char *text = type == FTW_F ? file_read(path, NULL) : NULL, *rest = text;

    (void)status;
    (void)place;
    for (char *line; text && !leak && (line = strsep(&rest, "\n"));)
        if (is_listed(&solved, line_fold(line)) && !is_listed(&open_lines, line))
            leak = text_format("%s: %s", path, line);
    free(text);
    return 0;
}

static void same_tree_same_bytes(void **state)
{
    char *archive = text_format("/a/ringlet-lab%s.tar.gz\n", given->number);

    (void)state;
    typed_expect("$make handout LAB=" LAB " OUT=$folder/a | tail -n 1", 0, archive);
    typed_expect("umask 077; $make -C . handout LAB=" LAB " OUT=$folder/b && cmp $folder/a/*.gz $folder/b/*.gz", 0, "");
    typed_expect("mkdir $folder/alone && tar xzf $folder/a/ringlet-lab" LAB ".tar.gz -C $folder/alone && "
                 "ls $folder/alone", 0, "ringlet-lab");
    free(archive);
}

static void nothing_of_the_solution_is_in_it(void **state)
{
    glob_t files;

    (void)state;
    assert_int_equal(glob("solution/lab*/*.[chS]", 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        char *text = file_read(files.gl_pathv[i], NULL);
        lines_read(text, files.gl_pathv[i][strlen("solution/lab")] >= *given->number);
        free(text);
    }
    globfree(&files);
    assert_true(solved.count > 100);
    nftw(typed_folder(), file_search, 16, FTW_PHYS);
    if (leak)
        fail_msg("a line that only solutions have is in the archive: %s", leak);
}

/* The search above would find one. */
static void an_injected_leak_is_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < solved.count && !leak; i++) {
        if (is_listed(&open_lines, solved.list[i]))
            continue;
        char *path = text_format("%s/injected.txt", typed_folder());
        char *text = text_format("one\n  \t%s /* x */\nlast", solved.list[i]);
        assert_true(file_write(path, text));
        file_search(path, NULL, FTW_F, NULL);
        remove(path);
        free(text);
        free(path);
    }
    assert_non_null(leak);
    free(leak);
    leak = NULL;
}

static void only_what_students_may_see_is_in_it(void **state)
{
    (void)state;
    typed_expect("cd $folder/alone && find . | grep -E \"/solution/" FLOOR "|mutants|hostile|instructor|check_hidden|"
                 "labs-derive|splice|__pycache__|grader/(unit|system|fuzz)\"", 1, "");
    typed_expect("! grep -rl '^#ifdef SOLUTION' $folder/alone", 0, "");
    typed_expect(HOME "ls handouts/" FLOOR ".html handouts/" FLOOR ".pdf README.md .github/workflows/classroom.yml "
                 "solution/gdb/ringlet.py && ! grep '@[A-Z]*@' README.md && setup/doctor check", 0, "");
}

static void alone_it_builds_and_boots(void **state)
{
    (void)state;
    typed_expect(ALONE "$make && ls build/labs", 0, "ringlet-lab");
    typed_expect(ALONE "$make run </dev/null", 0, given->first);
    typed_expect(ALONE "cd labs/" FLOOR " && $make run </dev/null", 0, "status=unfinished");
}

static void alone_it_grades_and_packs(void **state)
{
    (void)state;
    typed_expect(ALONE "$make grade JSON=$folder/skeleton.json CLASSROOM=$folder/classroom.json", 0, "total");
    assert_true(typed_number("skeleton.json", "score") <= BASELINE_MAX);
    assert_true(typed_number("classroom.json", "max_score") >= 1);
    typed_expect(ALONE "$make handin", 0, "build/handin-lab");
}

static void a_lab_solved_there_has_full_points(void **state)
{
    (void)state;
    typed_do("for file in solution/" FLOOR "/*.[chS]; do "
             "unifdef -DSOLUTION -o $folder/alone/ringlet-lab" LAB "/labs/" FLOOR "/$(basename $file) $file; "
             "[ $? -le 1 ] || exit 1; done");
    typed_expect(ALONE "$make run GUESTS='build/guests/bare.elf demo' </dev/null", 0, "[bare] bare: end, 0 failed");
    typed_expect(ALONE "$make handin", 0, "build/handin-lab");
    typed_expect("$make grade LAB=" LAB " SUBMISSION=$folder/alone/ringlet-lab" LAB "/build/handin-lab" LAB ".tar.gz "
                 "JSON=$folder/solved.json", 0, "total");
    assert_true(typed_number("solved.json", "score") == typed_number("solved.json", "max_score"));
}

static void wrong_words_get_a_sentence(void **state)
{
    (void)state;
    typed_expect("$make handout", 2, "say which lab with LAB=1");
    typed_expect("$make handout LAB=7", 2, "LAB=7: there is no such lab");
    typed_expect("touch $folder/file; $make handout LAB=1 OUT=$folder/file", 2, "is no folder that can be written");
}

static int lab_begin(void **state)
{
    arguments_free(&solved);
    arguments_free(&open_lines);
    solved = open_lines = (struct arguments){ 0 };
    return setenv("THE_LAB", given->number, 1) || setenv("THE_FLOOR", given->floor, 1) || typed_begin(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_tree_same_bytes),
        cmocka_unit_test(nothing_of_the_solution_is_in_it),
        cmocka_unit_test(an_injected_leak_is_found),
        cmocka_unit_test(only_what_students_may_see_is_in_it),
        cmocka_unit_test(alone_it_builds_and_boots),
        cmocka_unit_test(alone_it_grades_and_packs),
        cmocka_unit_test(a_lab_solved_there_has_full_points),
        cmocka_unit_test(wrong_words_get_a_sentence),
    };
    int failed = 0;

    for (given = handouts; given < handouts + sizeof(handouts) / sizeof(*handouts); given++)
        failed += cmocka_run_group_tests(tests, lab_begin, typed_end);
    return failed;
}
