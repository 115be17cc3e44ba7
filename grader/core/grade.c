/*
 * The autograder of one lab (host side; `make grade` calls it with paths relative to the top folder): takes a
 * submission, builds it in a scratch folder, runs the lab's checks on it and writes the reports. Exit status 0 when
 * grading itself worked, whatever the score; 1 and one sentence when it did not, STATUS_REFUSED when that was because
 * the submission is nothing that can be graded.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "build.h"
#include "emit.h"
#include "run.h"
#include "sandbox.h"
#include "scratch.h"
#include "stops.h"
#include "system_private.h"
#include "unit_private.h"

#define STATUS_REFUSED 3
#define SEED_PUBLIC 1 /* the one students see; instructors take others for hidden variants */

/* As given; all point into argv. "" counts as not given: make passes every variable, set or not. */
struct options {
    const char *build;      /* folder with guests and build results of this tree */
    const char *submission;
    const char *only;       /* T= */
    const char *seed;
    const char *keep;       /* folder that gets image, executor and guests, for the debugger */
    const char *reports[EMIT_FORMATS];
};

static struct options options = { .build = "build" };
static bool is_refused; /* the submission */

/* Takes over the sentence, adds name and full stop. 1, for main to return. */
static int complain(char *error)
{
    fprintf(stderr, "grade: %s.\n", error);
    free(error);
    return 1;
}

/* No message here: a person never types these letters, mk/grade.mk does. */
static bool options_read(int count, char **words)
{
    static const char letters[] = "jgcxv"; /* in the order of enum emit_format */
    int letter;

    while ((letter = getopt(count, words, "b:s:t:S:k:j:g:c:x:v:")) != -1) {
        const char *report = strchr(letters, letter);
        const char **const places[] = { ['b'] = &options.build, ['s'] = &options.submission, ['t'] = &options.only,
                                        ['S'] = &options.seed, ['k'] = &options.keep };
        if (letter == '?')
            return false;
        if (report)
            options.reports[report - letters] = optarg;
        else
            *places[letter] = *optarg ? optarg : NULL;
    }
    return optind == count;
}

/* strtoull takes "-1" and blanks as well; the first character must be a digit for that reason. */
static bool seed_read(struct grading *grading, char **error)
{
    char *end;

    grading->seed = SEED_PUBLIC;
    if (!options.seed)
        return true;
    errno = 0;
    grading->seed = strtoull(options.seed, &end, 0);
    if (errno == 0 && *end == 0 && *options.seed >= '0' && *options.seed <= '9')
        return true;
    *error = text_format("SEED=%s is no number from 0 to 2^64-1; give one, or leave SEED away", options.seed);
    return false;
}

/* Before the work, not after it. */
static bool reports_check(char **error)
{
    for (int format = 0; format < EMIT_FORMATS; format++)
        if (options.reports[format] && *options.reports[format] && !emit_check(options.reports[format], error))
            return false;
    return true;
}

static char *report_error; /* the first report that could not be written */

/* After every check: a grading that is killed leaves what was earned so far. */
static void check_done(const struct grading *grading, const struct result *result)
{
    emit_terminal_check(grading, result);
    if (!report_error)
        emit_files(grading, options.reports, &report_error);
}

/* What is graded is said first: many a bad score was another folder. Names in it are the student's: cleaned. */
static void submission_describe(const struct submission *submission)
{
    const char *name = *submission->given ? submission->given : "labs";

    printf("lab %u (%s): %s", lab.number, lab.title, name);
    if (!*submission->given)
        printf("/%s", lab.folder);
    printf(", %u files\n", submission->taken);
    if (submission->ignored) {
        char *clean = text_clean(submission->ignored);
        printf("note: not part of the lab and not used: %s\n", clean);
        free(clean);
    }
    fflush(stdout);
}

/* Image and executor stay for the debugger. */
static void results_keep(const struct build *build)
{
    const char *const files[] = { build->image, build->executor };

    if (!options.keep)
        return;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        char *to = text_format("%s/", options.keep), *log = text_format("%s.log", build->image);
        char *command[] = { "cp", (char *)files[i], to, NULL };
        command_run(command, "/tmp", log);
        free(to);
        free(log);
    }
}

/* 0700: on a shared machine nobody looks over the grader's shoulder. */
static bool folder_make(const char *scratch, const char *name, char **error)
{
    char *path = text_format("%s/%s", scratch, name);
    bool done = mkdir(path, 0700) == 0;

    if (!done)
        *error = text_format("%s cannot be made: %s", path, strerror(errno));
    free(path);
    return done;
}

/* Order: reports are written once before the checks, with everything not run, so that a crash leaves valid ones. */
static bool grade(struct grading *grading, const char *scratch, char **error)
{
    struct submission submission;
    struct build build = { 0 };

    is_refused = !submission_take(&submission, options.submission, scratch, error);
    if (is_refused)
        return false;
    grading->submission = submission.given;
    submission_describe(&submission);
    double start = seconds_now();
    if (!folder_make(scratch, "empty", error) || !build_submission(&build, &submission, scratch, error) ||
        !emit_files(grading, options.reports, error))
        return false;
    results_keep(&build);
    stops_prepare(*submission.given ? NULL : options.build); /* make gdb runs the student's own folder */
    unit_prepare(build.executor, scratch, build.executor_error);
    system_prepare(&(struct system_place){ build.image, build.image_error, scratch, options.build,
                                              grading->is_partial }, grading->seed);
    grading->build_errors[CHECK_UNIT] = build.executor_error;
    grading->build_errors[CHECK_SYSTEM] = build.image_error;
    emit_terminal_begin(grading);
    grading->seconds = seconds_now() - start;
    run_checks(grading, scratch, check_done);
    system_finish();
    emit_terminal_end(grading);
    *error = report_error;
    if (!*error && grading_count(grading, RESULT_ERROR))
        *error = text_format("%zu checks could not be decided; their reasons stand above, grade again",
                             grading_count(grading, RESULT_ERROR));
    return !*error;
}

/* The scratch folder goes away at exit (scratch.h), so being asked to end must be an exit. */
static void on_signal(int number)
{
    exit(128 + number);
}

/* Hidden first: from here on no unprivileged process can read the grader's memory. */
int main(int count, char **words)
{
    struct grading grading = { 0 };
    char *error = NULL;

    if (!options_read(count, words))
        return complain(text_format("unknown word; use `make grade LAB=%u [T=check] [SUBMISSION=path]`", lab.number));
    sandbox_hide();
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    signal(SIGPIPE, SIG_IGN);
    if (!seed_read(&grading, &error) || !run_gather(&grading, options.only, &error) || !reports_check(&error) ||
        !sandbox_works(&error))
        return complain(error);
    char *scratch = scratch_create();
    if (!scratch)
        return complain(text_format("no temporary folder: %s; set TMPDIR to a writable one", strerror(errno)));
    bool done = grade(&grading, scratch, &error);
    scratch_remove(scratch);
    if (done)
        return 0;
    complain(error);
    return is_refused ? STATUS_REFUSED : 1;
}
