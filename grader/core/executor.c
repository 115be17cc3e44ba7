/*
 * The executor's loop (compiled with the student's files, all labs; see executor.h): requests in, raw results out. It
 * knows no right answers, and nothing in it is trusted: the grader takes whatever comes as the student's doing.
 */
#include "executor.h"

#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "message.h"

void __attribute__((noreturn)) exercise_missing(const char *number);

/* The linker's bounds of section "operations", in which each executor_*.c puts its own. */
extern const struct operation *const __start_operations[], *const __stop_operations[];

/* Static: a student's code that overruns its stack must not change what was asked. */
static _Alignas(16) uint8_t request[EXECUTOR_MESSAGE_MAX];
static _Alignas(16) uint8_t reply[EXECUTOR_MESSAGE_MAX];
static jmp_buf left;            /* set while an operation runs */

/* False at the end of the pipe: the grader has heard enough. */
static bool bytes_read(void *bytes, size_t size)
{
    for (uint8_t *at = bytes; size;) {
        ssize_t got = read(MESSAGE_REQUESTS, at, size);
        if (got <= 0)
            return false;
        at += got;
        size -= (size_t)got;
    }
    return true;
}

/* Pipes take what fits, so a reply may go in pieces. */
static void bytes_write(const void *bytes, size_t size)
{
    for (const uint8_t *at = bytes; size;) {
        ssize_t done = write(MESSAGE_REPLIES, at, size);
        if (done <= 0)
            _exit(0); /* nobody listens any more */
        at += done;
        size -= (size_t)done;
    }
}

static void reply_send(uint32_t status, const void *bytes, uint32_t size)
{
    struct message header = { status, size };

    bytes_write(&header, sizeof(header));
    bytes_write(bytes, size);
}

/* The skeleton's exercises end here on the host. */
void exercise_missing(const char *number)
{
    reply_send(MESSAGE_UNFINISHED, number, (uint32_t)strlen(number));
    _exit(0);
}

/* For functions of the hypervisor that never return there, such as a panic. Only within an operation. */
void executor_leave(void)
{
    longjmp(left, 1);
}

/* The filter turned a system call down (sandbox.c): say which, and end. */
static void call_refused(int signal, siginfo_t *information, void *context)
{
    char text[64];
    int size = snprintf(text, sizeof(text), "forbidden system call %d\n", information->si_syscall);

    (void)signal;
    (void)context;
    if (write(STDERR_FILENO, text, (size_t)size) < 0)
        _exit(3);
    _exit(3);
}

/* A number that no operation has is the grader's mistake, and answered as one. */
static const struct operation *operation_find(uint32_t number)
{
    for (const struct operation *const *slot = __start_operations; slot < __stop_operations; slot++)
        if ((*slot)->number == number)
            return *slot;
    return NULL;
}

/* The reply is cleared first: bytes that an operation leaves alone must not be those of the request before. */
static void request_serve(const struct message *header)
{
    const struct operation *operation = operation_find(header->code);

    if (!operation || operation->request_size != header->size || operation->reply_size > sizeof(reply)) {
        reply_send(MESSAGE_REFUSED, "", 0);
        return;
    }
    memset(reply, 0, operation->reply_size);
    if (setjmp(left) == 0)
        operation->run(request, reply);
    reply_send(MESSAGE_OK, reply, operation->reply_size);
}

int main(void)
{
    struct sigaction action = { .sa_sigaction = call_refused, .sa_flags = SA_SIGINFO };
    struct message header;

    sigaction(SIGSYS, &action, NULL);
    while (bytes_read(&header, sizeof(header)) && header.size <= sizeof(request) && bytes_read(request, header.size))
        request_serve(&header);
    return 0;
}
