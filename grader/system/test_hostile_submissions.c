/*
 * Submissions that attack the grader (grader/hostile): a class of them is graded at once, for each lab. None has more
 * points than the skeleton that it was made from, each has a report that says what happened, nothing outside the scratch folders has
 * changed, no process and no file is left, and the disk did not fill. The table is also written for `make mutants`.
 */
#define _GNU_SOURCE
#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "scratch.h"
#include "typed.h"

#define LABS 2
#define DISK_KIB_MAX (300 << 10) /* two machines' memory, and what two builds need */

/* "@" in the words is the file that is hostile. */
struct attack {
    const char *name;  /* of the student */
    const char *words; /* that must stand in the report */
};

static const struct attack attacks[] = {
    { "prints-transcript", "expected:" },
    { "forges-channel", "its program sent something that is no reply" },
    { "exits", "its program ended by itself (exit status 0) before it answered" },
    { "exits-first", "its program ended by itself (exit status 0) before it answered" },
    { "loops", "it does not come back: an endless loop?" },
    { "forks", "it called the operating system (clone)" },
    { "writes", "it called the operating system (openat)" },
    { "insists", "expected:" },
    { "reads-grader", "its program ended by itself" },
    { "floods", "it printed without end" },
    { "takes-memory", "it used more than 256 MiB of memory and was stopped" },
    { "does-not-compile", "@:4:5: error: unknown type name" },
    { "compiles-forever", "#include nested depth 200 exceeds maximum" },
    { "giant-object", "your files do not compile: " },
    { "giant-assembly", "out of memory" },
    { "includes-solution", "/@: Permission denied" },
    { "embeds-solution", "Error: file not found" },
    { "own-grader", "not part of the lab and not used: GNUmakefile, grader" },
    { "own-sources", "grade.c is no file of lab" },
    { "link", "@ is no plain file that can be read" },
    { "pipe", "@ is no plain file that can be read" },
    { "empty-folder", "holds no file of lab" },
    { "absolute", "is an absolute path" },
    { "climbing", "leaves its folder" },
    { "symlink", "new.c is a link" },
    { "hardlink", "decode.c is a link" },
    { "special", "pipe.c is no plain file" },
    { "ten-thousand", "holds more than 200 files" },
    { "bomb", "holds more than 8 MiB" },
    { "bomb-2", "holds more than 8 MiB" }, /* the .zip beside the .tar.gz */
    { "twice", "decode.c is in it twice" },
    { "foreign", "holds no file of lab" },
    { "cut-short", "is no readable .tar.gz or .zip archive" },
    { "empty", "is no readable .tar.gz or .zip archive" },
    { "no-entries", "it is empty" },
    { "letter.txt", "is no readable .tar.gz or .zip archive" },
};

#define ATTACKS_ALL (sizeof(attacks) / sizeof(attacks[0]))
#define ATTACKS_EACH_LAB 22 /* the first ones; archives are unpacked in the same way for every lab */
#define ATTACKS (lab == 1 ? ATTACKS_ALL : ATTACKS_EACH_LAB)

static unsigned lab;
static char *said; /* by grade-all */

/* Grades them all, looking at the disk from time to time. */
static int class_grade(void **state)
{
    if (typed_begin(state) != 0)
        return 1;
    typed_do("mkdir $folder/around $folder/tmp && echo untouched >$folder/around/canary && ls -lA $folder/around "
             ">$folder/before && grader/hostile/make-class %u $folder/class $folder/around/canary", lab);
    char *command = text_format("(while sleep 0.2; do du -sk $folder/tmp; done) >$folder/disk 2>/dev/null & "
                                "sampler=$!; TMPDIR=$folder/tmp $make grade-all LAB=%u JOBS=2 SUBMISSIONS=$folder/class "
                                "OUT=$folder/out; status=$?; kill $sampler; exit $status", lab);
    int status = typed_run(command, &said);
    free(command);
    if (status != 0)
        fail_msg("grade-all ended with status %d:\n%s", status, said);
    return status;
}

static int class_remove(void **state)
{
    free(said);
    return typed_end(state);
}

static double score_of(const char *name)
{
    char *file = text_format("out/%s/report.json", name);
    double score = typed_number(file, "score");

    free(file);
    return score;
}

static char *report_of(const char *name)
{
    char *path = text_format("%s/out/%s/report.txt", typed_folder(), name), *text = file_read(path, NULL);

    if (!text)
        fail_msg("%s is missing", path);
    free(path);
    return text;
}

/* What hides the reference is the kernel's; without it the compiler can be told to read this tree (core/fence.c). */
static bool is_out_of_reach(const struct attack *attack)
{
    const int version = 1; /* LANDLOCK_CREATE_RULESET_VERSION: asks which there is */

    return strstr(attack->name, "solution") && syscall(SYS_landlock_create_ruleset, NULL, 0, version) <= 0;
}

static void none_gains_a_point(void **state)
{
    double baseline = score_of("skeleton");

    (void)state;
    assert_true(baseline <= 10);
    for (size_t i = 0; i < ATTACKS; i++)
        if (!is_out_of_reach(&attacks[i]) && score_of(attacks[i].name) > baseline)
            fail_msg("%s has %g points, the skeleton %g", attacks[i].name, score_of(attacks[i].name), baseline);
}

/* The words with the name of this lab's hostile file in them; to be freed. */
static char *words_of(const struct attack *attack)
{
    const char *place = strchr(attack->words, '@');

    if (!place)
        return text_format("%s", attack->words);
    return text_format("%.*s%s%s", (int)(place - attack->words), attack->words,
                       lab == 1 ? "segments.c" : "fast_trap.c", place + 1);
}

static void each_has_a_clear_report(void **state)
{
    (void)state;
    for (size_t i = 0; i < ATTACKS; i++) {
        char *report = report_of(attacks[i].name), *words = words_of(&attacks[i]);
        if (!is_out_of_reach(&attacks[i]) && !strstr(report, words))
            fail_msg("the report of %s does not say '%s':\n%.2000s", attacks[i].name, words, report);
        assert_null(strstr(report, "STOLEN"));
        free(words);
        free(report);
    }
}

static void every_student_has_a_verdict(void **state)
{
    (void)state;
    assert_non_null(strstr(said, " 0 in trouble"));
    /* Devices are there only when root made them. */
    char *count = text_format("/%zu] ", ATTACKS + 1 + (strstr(said, "] device: ") ? 1 : 0));
    assert_non_null(strstr(said, count));
    free(count);
}

static void nothing_around_has_changed(void **state)
{
    (void)state;
    typed_expect("ls -lA $folder/around | diff $folder/before - && cat $folder/around/canary", 0, "untouched");
}

static void nothing_is_left(void **state)
{
    (void)state;
    typed_expect("ls -A $folder/tmp | grep .", 1, "");
    typed_expect("ps -eo args | grep -F $folder/tmp/ | grep -v 'grep -F' | grep .", 1, "");
    typed_expect("du -sk $folder/out | awk '$1 > 20480' | grep .", 1, "");
}

static void the_disk_did_not_fill(void **state)
{
    char *path = text_format("%s/disk", typed_folder()), *text = file_read(path, NULL);
    long most = 0;

    (void)state;
    assert_non_null(text);
    for (char *line = text, *rest = text; (line = strsep(&rest, "\n"));)
        most = atol(line) > most ? atol(line) : most;
    print_message("scratch folders held at most %ld MiB\n", most >> 10);
    assert_in_range(most, 1, DISK_KIB_MAX);
    free(text);
    free(path);
}

static void the_summary_is_written(void **state)
{
    cJSON *list = cJSON_CreateArray();
    char *path = text_format(BUILD_FOLDER "/hostile-lab%u.json", lab);

    (void)state;
    for (size_t i = 0; i < ATTACKS; i++) {
        cJSON *one = cJSON_CreateObject();
        cJSON_AddStringToObject(one, "name", attacks[i].name);
        cJSON_AddNumberToObject(one, "score", score_of(attacks[i].name));
        cJSON_AddNumberToObject(one, "baseline", score_of("skeleton"));
        cJSON_AddStringToObject(one, "verdict", attacks[i].words);
        cJSON_AddItemToArray(list, one);
    }
    char *text = cJSON_Print(list);
    assert_true(file_write(path, text));
    cJSON_Delete(list);
    free(path);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(none_gains_a_point),
        cmocka_unit_test(each_has_a_clear_report),
        cmocka_unit_test(every_student_has_a_verdict),
        cmocka_unit_test(nothing_around_has_changed),
        cmocka_unit_test(nothing_is_left),
        cmocka_unit_test(the_disk_did_not_fill),
        cmocka_unit_test(the_summary_is_written),
    };

    int failed = 0;

    while (lab++ < LABS)
        failed += cmocka_run_group_tests(tests, class_grade, class_remove);
    return failed;
}
