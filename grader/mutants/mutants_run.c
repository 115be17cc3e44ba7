/*
 * Grading mutants (host side; see mutants.h). Some workers, one process each, take the next submission from a common
 * counter. A worker keeps one copy of the solution and one build folder: for each mutant only the files of its patch
 * change, so make compiles only them. The grading itself runs in a child of the worker, because the engine's state is
 * made for one grading; verdicts go through shared memory.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "build.h"
#include "mutants.h"
#include "run.h"
#include "scratch.h"
#include "submission.h"
#include "system_private.h"
#include "unit_private.h"

struct worker {
    char *scratch;                /* holds the copy and the build folder */
    struct submission submission; /* of the solution, patched or not */
};

static const struct mutant_table *table;
static const char *build_folder;
static struct verdict *verdicts;
static atomic_uint *next; /* submission to be graded */

/* Runs a command in the worker's floor; its output is the complaint. */
static bool command(const struct worker *worker, char **words, char **error)
{
    char *log = text_format("%s/command.log", worker->scratch);
    bool done = command_run(words, worker->scratch, log) == 0;

    if (!done) {
        char *text = file_read(log, NULL);
        *error = text_format("%s", text && *text ? text : "no reason is known");
        free(text);
    }
    free(log);
    return done;
}

/* Calls `each` with the path of every file that a patch changes, below the floor. */
static bool patch_files(const struct worker *worker, const char *patch,
                        bool (*each)(const struct worker *worker, const char *file, char **error), char **error)
{
    char *text = file_read(patch, NULL), *rest = text, *line;
    bool done = text != NULL;

    while (done && (line = strsep(&rest, "\n")))
        if (strncmp(line, "+++ b/", 6) == 0)
            done = each(worker, line + 6, error);
    free(text);
    return done;
}

/* The solution's own file again. */
static bool file_restore(const struct worker *worker, const char *file, char **error)
{
    char *from = text_format("solution/%s/%s", lab.folder, file);
    char *to = text_format("%s/%s", worker->submission.floor, file);
    char *words[] = { "cp", from, to, NULL };
    bool done = command(worker, words, error);

    free(from);
    free(to);
    return done;
}

/* `mode` is a word for git apply: "--check" or "--apply". */
static bool patch_apply(const struct worker *worker, const struct mutant *mutant, char *mode, char **error)
{
    char *folder = text_format("--directory=%s", worker->submission.floor + 1); /* git wants it without the slash */
    char *patch = realpath(mutant->patch, NULL), *reason = NULL;
    char *words[] = { "git", "-C", "/", "apply", "--unsafe-paths", "--whitespace=nowarn", "-C1", mode, folder,
                      patch, NULL };
    bool done = command(worker, words, &reason);

    if (!done)
        *error = text_format("%s does not apply to the solution any more; make it again (%.*s)", mutant->patch,
                             (int)strcspn(reason, "\n"), reason);
    free(reason);
    free(patch);
    free(folder);
    return done;
}

static void result_note(const struct grading *grading, const struct result *result)
{
    (void)grading;
    (void)result;
}

/* In a process of its own. */
static void __attribute__((noreturn)) checks_run(struct verdict *verdict, const struct build *build, char *folder)
{
    struct grading grading = { .seed = 1 };
    char *error = NULL, *empty = text_format("%s/empty", folder);

    if (mkdir(folder, 0700) || mkdir(empty, 0700) || !run_gather(&grading, NULL, &error))
        _exit(1);
    unit_prepare(build->executor, folder, build->executor_error);
    system_prepare(&(struct system_place){ .image = build->image, .build_error = build->image_error, .scratch = folder,
                                           .build = build_folder }, grading.seed);
    run_checks(&grading, folder, result_note);
    system_finish();
    verdict->score = grading_score(&grading, NULL);
    for (size_t i = 0; i < grading.count; i++)
        verdict->status[i] = (uint8_t)grading.results[i].status;
    for (size_t i = 0; i < grading.count; i++)
        if (grading.results[i].status == RESULT_ERROR)
            snprintf(verdict->error, sizeof(verdict->error), "check %s could not decide: %s",
                     grading.results[i].check->name, grading.results[i].reason);
    _exit(0);
}

/* What the last mutant left must not be graded in place of one that does not compile. */
static void results_remove(const struct worker *worker)
{
    char *image = text_format("%s/build/ringlet-lab%u.elf", worker->scratch, lab.number);
    char *executor = text_format("%s/build/executor-lab%u", worker->scratch, lab.number);

    unlink(image);
    unlink(executor);
    free(image);
    free(executor);
}

static void submission_grade(const struct worker *worker, unsigned number, char **error)
{
    char *folder = text_format("%s/grading-%u", worker->scratch, number);
    struct build build = { 0 };
    int status = 0;

    results_remove(worker);
    if (build_submission(&build, &worker->submission, worker->scratch, error)) {
        pid_t child = fork();
        if (child == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            checks_run(&verdicts[number], &build, folder);
        }
        if (child < 0 || waitpid(child, &status, 0) < 0 || status != 0)
            *error = text_format("the checks did not come to their end (status %d)", status);
    }
    if (!*error && (build.image_error || build.executor_error))
        *error = text_format("it does not compile: %s", build.image_error ? build.image_error : build.executor_error);
    free(folder);
}

/* Number `number`: a mutant, the solution or, in a copy of its own, the skeleton. */
static void work_do(struct worker *worker, unsigned number)
{
    struct verdict *verdict = &verdicts[number];
    const struct mutant *mutant = number < table->count ? &table->mutants[number] : NULL;
    char *error = NULL;

    if (number == table->count + 1) {
        char *kept = worker->scratch;
        worker->scratch = scratch_create();
        if (worker->scratch && submission_take(&worker->submission, NULL, worker->scratch, &error))
            submission_grade(worker, number, &error);
        scratch_remove(worker->scratch);
        worker->scratch = kept;
    } else {
        bool is_ready = !mutant || patch_apply(worker, mutant, "--apply", &error);
        if (is_ready)
            submission_grade(worker, number, &error);
        if (mutant)
            patch_files(worker, mutant->patch, file_restore, error ? &(char *){ NULL } : &error);
    }
    if (error)
        snprintf(verdict->error, sizeof(verdict->error), "%s", error);
    verdict->is_done = true;
}

static void __attribute__((noreturn)) worker_main(void)
{
    struct worker worker = { .scratch = scratch_create() };
    char *error = NULL;
    unsigned number;

    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (!worker.scratch || !submission_take(&worker.submission, "solution", worker.scratch, &error)) {
        fprintf(stderr, "mutants: %s.\n", error ? error : "no temporary folder; set TMPDIR to a writable one");
        exit(1);
    }
    struct submission solution = worker.submission;
    while ((number = atomic_fetch_add(next, 1)) < table->count + 2) {
        work_do(&worker, number);
        worker.submission = solution;
    }
    scratch_remove(worker.scratch);
    exit(0);
}

/* Where somebody looks, how far it is. */
static void progress_show(unsigned total)
{
    unsigned done = 0;

    for (unsigned i = 0; i < total; i++)
        done += verdicts[i].is_done;
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r%u of %u graded%s", done, total, done == total ? "\r\033[K" : "");
}

static void on_signal(int number)
{
    exit(128 + number);
}

/* Before minutes are spent: a patch that the solution has moved away from is an error at once. */
static bool patches_check(const struct mutant_table *mutants, char **error)
{
    struct worker worker = { .scratch = scratch_create() };
    bool done = worker.scratch && submission_take(&worker.submission, "solution", worker.scratch, error);

    for (size_t i = 0; done && i < mutants->count; i++)
        done = patch_apply(&worker, &mutants->mutants[i], "--check", error);
    if (!worker.scratch)
        *error = text_format("no temporary folder: %s; set TMPDIR to a writable one", strerror(errno));
    scratch_remove(worker.scratch);
    return done;
}

bool verdicts_make(struct verdicts *made, const struct mutant_table *mutants, const char *build, unsigned workers,
                   char **error)
{
    unsigned total = (unsigned)mutants->count + 2;
    size_t size = sizeof(atomic_uint) * 16 + total * sizeof(struct verdict);
    char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (!patches_check(mutants, error))
        return false;
    if (memory == MAP_FAILED) {
        *error = text_format("no memory: %s", strerror(errno));
        return false;
    }
    table = mutants, build_folder = build;
    next = (atomic_uint *)(void *)memory;
    verdicts = (struct verdict *)(void *)(memory + sizeof(atomic_uint) * 16);
    *made = (struct verdicts){ verdicts, &verdicts[mutants->count], &verdicts[mutants->count + 1] };
    fflush(stdout);
    signal(SIGTERM, on_signal);
    for (unsigned i = 0; i < workers; i++)
        if (fork() == 0)
            worker_main();
    for (pid_t ended; (ended = waitpid(-1, NULL, WNOHANG)) >= 0; ended ? 0 : usleep(200000))
        progress_show(total);
    progress_show(total);
    return true;
}
