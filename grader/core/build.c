/*
 * Building a submission (host side, all labs; see build.h): make is called on our own Makefile with the floor and all
 * outputs in the scratch folder. The compiler reads files of strangers, so it runs with limits on time, memory and file
 * size, behind a fence that hides solutions and checks, and in a process group of its own, which is ended as a whole.
 */
#define _GNU_SOURCE
#include "build.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "fence.h"
#include "report.h"
#include "run.h"
#include "scratch.h"

/* Limits are for the compiler's processes, each; the time limit is for all of make. */
#define CPU_SECONDS  15  /* of one compiler process: the longest honest one takes one */
#define WALL_SECONDS 300
#define FILE_BYTES   (16u << 20)    /* a log or an object beyond it is an attack on the disk */
#define MEMORY_BYTES (1024l << 20)  /* macros can make a compiler ask for any amount */

/* Soft and hard at once: what runs here could raise a soft one. */
static void limit_set(int resource, rlim_t limit)
{
    struct rlimit both = { limit, limit };

    setrlimit(resource, &both);
}

/*
 * What a build needs of this tree: the rules, the grader's part of the executor, and the floors below. Neither the
 * reference of this lab, nor what was built from it, nor the checks.
 */
static void fence_build(const char *scratch)
{
    glob_t found = { 0 };
    char *own = text_format("grader/%s/{*.h,executor_*.c}", lab.folder);
    const char *const writable[] = { scratch, NULL };

    glob("{Makefile,mk,guests,grader/core,solution/abi}", GLOB_BRACE, NULL, &found);
    glob(own, GLOB_BRACE | GLOB_APPEND, NULL, &found);
    for (unsigned number = 1; number < lab.number; number++) {
        char *floor = text_format("solution/lab%u-*", number);
        glob(floor, GLOB_APPEND, NULL, &found);
        free(floor);
    }
    fence_raise((const char *const *)found.gl_pathv, writable, ".");
    globfree(&found);
    free(own);
}

/* 126: could not be prepared; 127: there is no make. Both are the grader's trouble, never the student's. */
static void __attribute__((noreturn)) child_run(char **arguments, const char *log, const char *scratch, pid_t parent)
{
    int output = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), nothing = open("/dev/null", O_RDONLY);

    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (output < 0 || nothing < 0 || getppid() != parent)
        _exit(126);
    dup2(nothing, STDIN_FILENO);    /* a tool that asks gets the end of the file */
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    setenv("TMPDIR", scratch, 1); /* the compiler's own files */
    setenv("LC_ALL", "C", 1);
    setenv("MAKELEVEL", "1", 1);  /* our -j, whatever number of processors the container believes in */
    unsetenv("MAKEFLAGS");
    limit_set(RLIMIT_CPU, CPU_SECONDS);
    limit_set(RLIMIT_FSIZE, FILE_BYTES);
    limit_set(RLIMIT_CORE, 0);
    limit_set(RLIMIT_AS, MEMORY_BYTES);
    fence_build(scratch);
    execvp(arguments[0], arguments);
    _exit(127);
}

/*
 * True when it ended by itself within the time, or wrote too much.
 * Looks every 5 ms. When the time is over the whole group is killed, and only then reaped.
 */
static bool child_wait(pid_t child)
{
    double end = seconds_now() + WALL_SECONDS;
    int status;
    pid_t ended;

    while ((ended = waitpid(child, &status, WNOHANG)) == 0 && seconds_now() < end)
        usleep(5000);
    kill(-child, SIGKILL); /* whatever it left behind; the group is ours as long as it is not reaped or has members */
    if (ended == 0)
        waitpid(child, &status, 0);
    if (ended == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ)
        return true; /* the log is full: a compiler that complains for ever */
    return ended == child && WIFEXITED(status) && WEXITSTATUS(status) != 127 && WEXITSTATUS(status) != 126;
}

/*
 * The words of the make command; RINGLET_MAKE (mk/grade.mk) carries how this make was called.
 * "$@" keeps paths with blanks whole: RINGLET_MAKE is words for the shell, what follows is not.
 */
static void command_make(struct arguments *command, const struct build *build, const struct submission *submission,
                         const char *scratch)
{
    const char *make = getenv("RINGLET_MAKE");

    arguments_add(command, "/bin/sh");
    arguments_add(command, "-c");
    arguments_add(command, "exec %s \"$@\"", make && *make ? make : "make -s -k");
    arguments_add(command, "make");
    arguments_add(command, "-j2");
    arguments_add(command, "LAB=");
    arguments_add(command, "DOCTOR=off");
    arguments_add(command, "BUILD=%s/build", scratch);
    arguments_add(command, "SOURCE_%u=%s", lab.number, submission->source);
    arguments_add(command, "%s", build->image);
    arguments_add(command, "%s", build->executor);
}

/*
 * NULL when the file is there.
 * A file that is missing is a failure even when make ended with 0. To be freed.
 */
static char *failure(const char *file, const char *log)
{
    return access(file, R_OK) == 0 ? NULL : report_compile(log);
}

/* -k in RINGLET_MAKE: an image that cannot be linked does not keep the executor from being built. */
bool build_submission(struct build *build, const struct submission *submission, const char *scratch, char **error)
{
    struct arguments command = { 0 };
    char *log_path = text_format("%s/build.log", scratch);
    pid_t parent = getpid();

    build->image = text_format("%s/build/ringlet-lab%u.elf", scratch, lab.number);
    build->executor = text_format("%s/build/executor-lab%u", scratch, lab.number);
    command_make(&command, build, submission, scratch);
    pid_t child = fork();
    if (child == 0)
        child_run(command.list, log_path, scratch, parent);
    bool done = child > 0 && child_wait(child);
    arguments_free(&command);
    char *log = file_read(log_path, NULL);
    if (log)
        report_scrub(log, scratch); /* paths of a private folder differ in every run */
    if (done) {
        build->image_error = failure(build->image, log ? log : "");
        build->executor_error = failure(build->executor, log ? log : "");
    } else {
        *error = text_format("the build of the submission did not come to its end within %d seconds; is `make` "
                             "installed, and the machine not overloaded?", WALL_SECONDS);
    }
    free(log);
    free(log_path);
    return done;
}
