/*
 * Runs test programs side by side and counts (host side; `make test` calls it). Each argument is a cmocka program or
 * "name=command", one test whose verdict is its exit status. Invariant: nothing is lost. A program that dies, hangs,
 * cannot be started, says nothing or ends with a status that its own counts do not explain adds failures; so the last
 * line, "N passed, N failed", says 0 failed only when everything ran and passed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "scratch.h"

/* One argument of ours. Strings live as long as the process; a log stays behind for reading. */
struct program {
    const char *argument;       /* path of a program, or "name=command" */
    char *name;                 /* file name of the log, without .log */
    char *log;                  /* its output and errors, in order */
    pid_t pid; /* 0 not running */
    double start;               /* seconds_now() when it was started */
    int passed;                 /* tests, not programs */
    int skipped;
    int failed;
};

static const char *folder = "build/test";
static double limit = 300; /* seconds of wall clock for one program: a safety net */

static double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

/*
 * "unit-lab1-boot-test_decode" for build/unit/lab1-boot/test_decode; the word before "=" for a command.
 * To be freed. It names the log, and the word of -t is looked for in it.
 */
static char *name_make(const char *argument)
{
    const char *equals = strchr(argument, '=');
    if (equals)
        return strndup(argument, equals - argument);
    const char *slash = strchr(argument, '/');
    char *name = text_format("%s", slash ? slash + 1 : argument);
    for (char *c = name; *c; c++)
        if (*c == '/')
            *c = '-';
    return name;
}

/*
 * A process group of its own, so that a program that hangs can be ended with all it started.
 * PDEATHSIG: if testrun itself is killed, its programs do not run on and disturb the next run.
 */
static void child_run(const struct program *program)
{
    const char *command = strchr(program->argument, '=');
    int log = open(program->log, O_WRONLY | O_CREAT | O_TRUNC, 0666);

    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (log >= 0) {
        dup2(log, STDOUT_FILENO);
        dup2(log, STDERR_FILENO);
    }
    if (command)
        execl("/bin/sh", "sh", "-c", command + 1, NULL);
    else
        execl(program->argument, program->argument, NULL);
    /* lands in the log, and from there in the report */
    fprintf(stderr, "%s: %s\n", program->argument, strerror(errno));
    _exit(127);
}

/*
 * setpgid on both sides: whoever is first, the group exists before anybody signals it.
 * fflush before fork: what is buffered would be printed twice.
 */
static void program_start(struct program *program)
{
    program->start = seconds_now();
    fflush(NULL);
    program->pid = fork();
    if (program->pid == 0)
        child_run(program);
    setpgid(program->pid, program->pid);
}

/* The number behind the last "mark" at a line's start, or -1. */
static int count_find(const char *text, const char *mark)
{
    int count = -1;

    for (const char *place = text; (place = strstr(place, mark)); place += strlen(mark))
        if (place == text || place[-1] == '\n')
            count = atoi(place + strlen(mark));
    return count;
}

/* Only at a line's start: a guest's console shown by a failed test may contain anything. */
static int lines_count(const char *text, const char *mark)
{
    int count = 0;

    for (const char *place = text; (place = strstr(place, mark)); place += strlen(mark))
        count += place == text || place[-1] == '\n';
    return count;
}

/* cmocka names each skipped test twice; the line between says how many: "[  SKIPPED ] N test(s), listed below:". */
static int skipped_count(const char *text)
{
    static const char mark[] = "[  SKIPPED ] ";
    int total = 0, number, end;

    for (const char *place = text; (place = strstr(place, mark)); place += sizeof(mark) - 1) {
        end = 0;
        if ((place == text || place[-1] == '\n') &&
            sscanf(place + sizeof(mark) - 1, "%d test(s), listed below%n", &number, &end) == 1 && end)
            total += number;
    }
    return total;
}

/*
 * cmocka announces how many tests there are, reports each, and repeats how many it ran. A program that died in the
 * middle keeps what passed; all that it announced and did not pass has failed.
 * A skipped test counts as neither, unless the program died: then it counts as failed. A status that
 * contradicts the counts is a failure by itself.
 */
static void cmocka_count(struct program *program, const char *text, int status)
{
    int announced = 0;
    static const char mark[] = "[==========] Running ";

    /* a program may have several groups */
    for (const char *place = text; (place = strstr(place, mark)); place += sizeof(mark) - 1)
        announced += atoi(place + sizeof(mark) - 1);
    program->passed = lines_count(text, "[       OK ] ");
    program->skipped = status == 0 ? skipped_count(text) : 0;
    program->failed = announced - program->passed - program->skipped;
    if (program->failed < 0 || (program->failed == 0 && (status != 0 || announced == 0)))
        program->failed = 1;
}

/* What cmocka could not say itself, because the program was gone by then. */
static void status_explain(const struct program *program, int status, const char *text)
{
    if (WIFSIGNALED(status))
        printf("    %s was ended by signal %d (%s)%s\n", program->name, WTERMSIG(status), strsignal(WTERMSIG(status)),
               seconds_now() - program->start >= limit ? ", because it took too long" : "");
    else if (count_find(text, "[==========] ") < 0 || WEXITSTATUS(status) == 127)
        printf("    %s ended with status %d\n", program->name, WEXITSTATUS(status));
}

/*
 * Of a failed program the lines that matter; the rest is in its log.
 * Sixty lines: enough for an assertion and a console's end, and the next program is still on the screen.
 */
static void failure_show(const struct program *program, int status, const char *text)
{
    char *copy = text_format("%s", text), *rest = copy, *line;
    int shown = 0;

    status_explain(program, status, text);
    while ((line = strsep(&rest, "\n")) && shown < 60) {
        if (!strncmp(line, "[       OK ]", 12) || !strncmp(line, "[ RUN ", 6) || !*line)
            continue;
        printf("    %s\n", line);
        shown++;
    }
    printf("    (all of it: %s)\n", program->log);
    free(copy);
}

/*
 * Judges, prints the program's line, and its failures below: a reader should not have to open a log.
 * The log is ours from here on: the child has ended, and what it started is killed first.
 */
static void program_finish(struct program *program, int status)
{
    size_t size;
    char *text = file_read(program->log, &size);

    if (!text)
        text = text_format("%s", "");
    for (size_t i = 0; text[i] || i < size; i++)
        if (!text[i])
            text[i] = '?'; /* a guest's zero byte must not hide what follows */
    kill(-program->pid, SIGKILL); /* what it may have left running; the group is ours */
    program->pid = 0;
    if (strchr(program->argument, '=')) {
        program->passed = status == 0;
        program->failed = status != 0;
    } else {
        cmocka_count(program, text, status);
    }
    printf("%-44s %4d passed %3d failed %6.1f s\n", program->name, program->passed, program->failed,
           seconds_now() - program->start);
    if (program->failed)
        failure_show(program, status, text);
    fflush(stdout);
    free(text);
}

/*
 * The program's death is noticed by the next waitpid, which then counts it like any other crash.
 * To the whole group: a shell command's children would keep the machine busy otherwise.
 */
static void overdue_kill(struct program *programs, int count)
{
    for (int i = 0; i < count; i++)
        if (programs[i].pid && seconds_now() - programs[i].start > limit)
            kill(-programs[i].pid, SIGKILL);
}

/* Waits a moment for any child. The number of programs that finished: 0 or 1. */
static int one_finish(struct program *programs, int count)
{
    int status;
    pid_t child = waitpid(-1, &status, WNOHANG);

    if (child <= 0) {
        overdue_kill(programs, count);
        usleep(20000);
        return 0;
    }
    for (int i = 0; i < count; i++) {
        if (programs[i].pid != child)
            continue;
        program_finish(&programs[i], status);
        return 1;
    }
    return 0;
}

/* Two jobs by default: runs count instructions, so company makes them slower but never different. */
static void programs_run(struct program *programs, int count, int jobs)
{
    int started = 0, running = 0;

    while (started < count || running) {
        while (started < count && running < jobs) {
            program_start(&programs[started++]);
            running++;
        }
        running -= one_finish(programs, count);
    }
}

/* Keeps the arguments whose names contain `word`. */
static int programs_choose(struct program *programs, char **arguments, int count, const char *word)
{
    int chosen = 0;

    for (int i = 0; i < count; i++) {
        char *name = name_make(arguments[i]);
        if (!strstr(name, word)) {
            free(name);
            continue;
        }
        programs[chosen++] = (struct program){ .argument = arguments[i], .name = name,
                                               .log = text_format("%s/%s.log", folder, name) };
    }
    return chosen;
}

/* The last line is read by scripts: its form is fixed. */
static int summary_print(const struct program *programs, int count)
{
    int passed = 0, failed = 0, skipped = 0;

    for (int i = 0; i < count; i++) {
        passed += programs[i].passed;
        skipped += programs[i].skipped;
        failed += programs[i].failed;
    }
    if (skipped)
        printf("%d skipped: this machine cannot run them; the logs say why\n", skipped);
    printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}

/* A word that fits nothing is a mistake, not a success with no tests. */
int main(int argc, char **argv)
{
    const char *word = "";
    int jobs = 2, option;

    while ((option = getopt(argc, argv, "j:o:s:t:")) != -1) {
        switch (option) {
        case 'j': jobs = atoi(optarg); break;
        case 'o': folder = optarg; break;
        case 's': limit = atof(optarg); break;
        case 't': word = optarg; break;
        default:
            fputs("testrun: say testrun [-j JOBS] [-o FOLDER] [-s SECONDS] [-t WORD] PROGRAM...\n", stderr);
            return 2;
        }
    }
    struct program *programs = memory_resize(NULL, (argc + 1) * sizeof(*programs));
    int count = programs_choose(programs, argv + optind, argc - optind, word);
    if (!count) {
        fprintf(stderr, "testrun: no test has '%s' in its name; `make test` alone runs all.\n", word);
        return 1;
    }
    mkdir(folder, 0777);
    programs_run(programs, count, jobs > 0 ? jobs : 1);
    return summary_print(programs, count);
}
