/*
 * The grader's side of the executor (host side, all labs; see unit.h). Invariant: at most one executor lives, it is in
 * the sandbox, and it belongs to the check that runs. Everything it can do wrong ends in check_fail() with words for a
 * person; only a machine too slow to give it its turn is the grader's trouble.
 */
#define _GNU_SOURCE
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "message.h"
#include "outcome.h"
#include "report.h"
#include "run.h"
#include "sandbox.h"
#include "scratch.h"
#include "unit_private.h"

#define CPU_SECONDS  3         /* a check's whole work is milliseconds */
#define WALL_SECONDS 60        /* for one reply; only an overloaded machine, or a program that waits, gets there */
#define MEMORY_BYTES (256l << 20)
#define LOG_BYTES    (1u << 20)
#define SLICE_MS     100       /* between looks at it */
#define ASLEEP_MAX   20        /* looks in a row that find it sleeping */

/* From unit_prepare(), for the whole grading; the caller keeps them. */
static const char *executor_path, *scratch_path, *build_failure;

static struct {
    pid_t pid; /* 0: none */
    int requests, replies;
    char *log; /* file */
} executor;

/* `build_error` not NULL: every check that calls student code fails with it. */
void unit_prepare(const char *path, const char *scratch, const char *build_error)
{
    executor_path = path;
    scratch_path = scratch;
    build_failure = build_error;
}

/* The check's first call. Our ends of the pipes never block: wait_ready() does the waiting, with an eye on limits. */
static void executor_start(void)
{
    int requests[2], replies[2];

    if (build_failure)
        outcome_fail_build(build_failure);
    if (pipe2(requests, O_CLOEXEC) || pipe2(replies, O_CLOEXEC))
        check_trouble("no pipe for the executor: %s", strerror(errno));
    executor.log = text_format("%s/executor.log", scratch_path);
    char *folder = text_format("%s/empty", scratch_path);
    executor.pid = sandbox_start(&(struct sandbox){ executor_path, folder, executor.log, requests[0], replies[1],
                                                    CPU_SECONDS, LOG_BYTES });
    free(folder);
    close(requests[0]);
    close(replies[1]);
    executor.requests = requests[1];
    executor.replies = replies[0];
    fcntl(executor.requests, F_SETFL, O_NONBLOCK);
    if (executor.pid < 0) {
        executor.pid = 0;
        check_trouble("the executor could not be started: %s", strerror(errno));
    }
}

/*
 * Ends it if it still runs; its wait status.
 * By number and by group; the number is ours until waitpid has returned it.
 */
static int executor_reap(bool kill_first)
{
    int status = 0;

    if (kill_first)
        kill(-executor.pid, SIGKILL);
    if (kill_first)
        kill(executor.pid, SIGKILL); /* it may not have made its group yet */
    while (waitpid(executor.pid, &status, 0) < 0 && errno == EINTR)
        ;
    executor.pid = 0;
    close(executor.requests);
    close(executor.replies);
    return status;
}

/* After each check, whichever way it ended: no state survives from one to the next. */
void unit_end(void)
{
    if (executor.pid)
        executor_reap(true);
    free(executor.log);
    executor.log = NULL;
}

/*
 * Resident bytes and state letter, from /proc; 0 and '?' when it is gone.
 * The program's name is in brackets and may hold anything, blanks and brackets too: the last ')' ends it.
 */
static long executor_memory(char *state)
{
    char *path = text_format("/proc/%d/stat", (int)executor.pid);
    char *text = file_read(path, NULL);
    char *end = text ? strrchr(text, ')') : NULL;
    long pages = 0;

    *state = '?';
    if (end)
        sscanf(end, ") %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %*u %*u %ld", state,
               &pages);
    free(path);
    free(text);
    return pages * sysconf(_SC_PAGESIZE);
}

/*
 * It ended instead of answering. The card shows the stack where there is one, else what it printed.
 * The program has been reaped. Its log is read once here: unit_end forgets it.
 */
static void __attribute__((noreturn)) died(int status)
{
    struct result *result = outcome_result();
    char *log = file_read(executor.log, NULL);
    if (log)
        report_scrub(log, scratch_path);
    char *reason = report_death(log ? log : "", status);
    char *stack = report_stack(log ? log : "");

    if (*stack)
        outcome_set(&result->stack, "%s", stack);
    else if (log && *log && !strstr(log, "Sanitizer"))
        outcome_set(&result->log, "%s", log);
    free(stack);
    free(log);
    outcome_set(&result->observed, "%s", reason);
    free(reason);
    check_fail("the function returns", "%s", result->observed);
}

/*
 * Waits until `descriptor` is ready. The child's end of a pipe closes when it dies, so this sees that as well. A
 * program that computes is running or wants to; one that sleeps, whenever it is looked at, has taken to waiting.
 * Two seconds of sleep are waiting; a process that only lost its turn is in state R.
 */
static void wait_ready(int descriptor, short events)
{
    double end = seconds_now() + WALL_SECONDS;
    struct pollfd ready = { .fd = descriptor, .events = events };
    unsigned asleep = 0;
    char state;

    while (poll(&ready, 1, SLICE_MS) <= 0) {
        if (executor_memory(&state) > MEMORY_BYTES) {
            executor_reap(true);
            check_fail("the function returns", "it used more than %ld MiB of memory and was stopped",
                       MEMORY_BYTES >> 20);
        }
        asleep = state == 'S' ? asleep + 1 : 0;
        if (asleep < ASLEEP_MAX && seconds_now() < end)
            continue;
        executor_reap(true);
        if (asleep)
            check_fail("the function returns", "it waits for something that never comes");
        check_trouble("the machine is too busy: the executor got no turn in %d seconds", WALL_SECONDS);
    }
}

/*
 * A large request does not fit into the pipe at once, and who does not read it must not keep us here.
 * EAGAIN: somebody else's poll was right and ours too late; it is asked again.
 */
static void send_bytes(const void *bytes, size_t size)
{
    for (const char *at = bytes; size;) {
        wait_ready(executor.requests, POLLOUT);
        ssize_t done = write(executor.requests, at, size);
        if (done < 0 && errno != EAGAIN && errno != EINTR)
            died(executor_reap(false));
        if (done > 0) {
            at += done;
            size -= (size_t)done;
        }
    }
}

/* Exactly `size` bytes; fewer before the end of the pipe means that it died. */
static void receive_bytes(void *bytes, size_t size)
{
    for (char *at = bytes; size;) {
        wait_ready(executor.replies, POLLIN);
        ssize_t got = read(executor.replies, at, size);
        if (got == 0)
            died(executor_reap(false));
        if (got > 0) {
            at += got;
            size -= (size_t)got;
        }
    }
}

static void __attribute__((noreturn)) unfinished(size_t size)
{
    char number[16] = "";

    if (size < sizeof(number))
        receive_bytes(number, size);
    outcome_unfinished(number);
}

/* Lock step: one request, one reply, so that a late reply cannot be taken for the next one's. */
void unit_call(uint32_t number, const void *request, size_t request_size, void *reply, size_t reply_size)
{
    struct message header = { number, (uint32_t)request_size };

    if (!executor.pid)
        executor_start();
    send_bytes(&header, sizeof(header));
    send_bytes(request, request_size);
    receive_bytes(&header, sizeof(header));
    if (header.code == MESSAGE_UNFINISHED)
        unfinished(header.size);
    if (header.code == MESSAGE_REFUSED)
        check_trouble("the executor of lab %u does not know operation %u with %zu bytes", lab.number, number,
                      request_size);
    if (header.code != MESSAGE_OK || header.size != reply_size) /* before a byte is taken for an answer */
        check_fail("the function returns", "its program sent something that is no reply");
    receive_bytes(reply, reply_size);
}
