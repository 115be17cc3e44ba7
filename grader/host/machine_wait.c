/*
 * Collecting what machines say, and waiting for it (host side; part of machine.h's library). Invariant: `console` holds
 * all that was read so far, and nobody else reads the serial line. Limits are wall clock, safety nets only.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "machine_private.h"
#include "scratch.h"

/*
 * Wall clock that no one can set back: limits must not depend on the date being corrected meanwhile.
 * In seconds since some fixed moment: only differences mean something.
 */
static double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

/*
 * Takes what the serial line has for us now. 0 at its end or when nothing new is there, as read() says it.
 * Memory doubles, so collecting n bytes costs O(n); 65536 is what a pipe holds on Linux.
 */
static ssize_t output_take(struct machine *machine)
{
    if (machine->capacity < machine->size + 65537) {
        machine->capacity = machine->capacity * 2 + 65537;
        machine->console = memory_resize(machine->console, machine->capacity);
    }
    ssize_t got = read(machine->output, machine->console + machine->size, 65536);
    if (got > 0)
        machine->size += got;
    machine->console[machine->size] = 0;
    return got;
}

/*
 * QEMU holds its end of the pipe until it ends, so the end of the pipe is the end of QEMU. False then.
 * A signal cuts poll short and counts as "nothing yet": the caller's loop looks again.
 */
static bool qemu_wait(struct machine *machine, int milliseconds)
{
    struct pollfd line = { .fd = machine->output, .events = POLLIN };

    if (poll(&line, 1, milliseconds) <= 0)
        return true;
    ssize_t got = output_take(machine);
    if (got > 0 || (got < 0 && errno == EAGAIN))
        return true;
    machine_reap(machine, 0); /* its end of the pipe is closed: it is on its way out */
    return false;
}

/*
 * See machine_private.h. Only whole lines count: the last one may still be on its way.
 * 4096 bytes are plenty: after the verdict the machine says no more.
 */
int machine_verdict_find(struct machine *machine)
{
    static const char mark[] = "hypervisor: power off, status=";
    const char *line = machine->size > 4096 ? machine->console + machine->size - 4096 : machine->console;

    while ((line = memmem(line, machine->console + machine->size - line, mark, sizeof(mark) - 1))) {
        bool starts = line == machine->console || line[-1] == '\n';
        line += sizeof(mark) - 1;
        if (!starts || !strchr(line, '\n'))
            continue;
        if (strncmp(line, "success", 7) == 0)
            return MACHINE_SUCCESS;
        return strncmp(line, "guest", 5) == 0 ? MACHINE_GUEST_FAILURE : MACHINE_PANIC;
    }
    return 0;
}

/*
 * Bochs shows its screen on the terminal; it must be drained or Bochs would stop.
 * Status first, output after it: whatever was written before the end is then collected for certain. The halted machine
 * never ends by itself, so a verdict is what ends it.
 */
static bool bochs_wait(struct machine *machine, int milliseconds)
{
    struct pollfd terminal = { .fd = machine->terminal, .events = POLLIN };
    char screen[4096];

    if (poll(&terminal, 1, milliseconds > 20 ? 20 : milliseconds) > 0 &&
        read(machine->terminal, screen, sizeof(screen)) <= 0)
        usleep(5000);
    machine_reap(machine, WNOHANG);
    while (output_take(machine) > 0)
        ;
    if (machine_verdict_find(machine))
        machine_kill(machine);
    return machine->pid != 0;
}

/*
 * Everybody who waits waits here, in turns of a second at most: a signal that the caller handles (boot's time-out) then
 * shows soon. Bochs's file gives no sign when it grows, so bochs_wait looks every 20 ms.
 * True also when the machine has just ended and something came: the caller asks once more to learn of the end.
 */
bool machine_wait_output(struct machine *machine, double seconds)
{
    double end = seconds_now() + seconds;
    size_t before = machine->size;
    bool runs = machine->pid != 0;

    while (runs && machine->size == before) {
        double left = end - seconds_now();
        int milliseconds = left <= 0 ? 0 : left < 1 ? (int)(left * 1000) + 1 : 1000;    /* rounded up: 0 would spin */
        if (machine->platform == MACHINE_BOCHS)
            runs = bochs_wait(machine, milliseconds);
        else
            runs = qemu_wait(machine, milliseconds);
        if (left <= 0)
            break;
    }
    return runs || machine->size != before;
}

/* Searched from `found` each time: output is small, and a text may arrive in two halves. */
bool machine_wait_text(struct machine *machine, const char *text, double seconds)
{
    double end = seconds_now() + seconds;

    for (;;) {
        char *place = memmem(machine->console + machine->found, machine->size - machine->found, text, strlen(text));
        if (place) {
            machine->found = place - machine->console + strlen(text);
            return true;
        }
        double left = end - seconds_now();
        if (left <= 0 || !machine_wait_output(machine, left))
            return false;
    }
}

/*
 * Collects while it waits: a machine whose pipe is full would wait for us for ever.
 * The status is waitpid's by now: machine_exit_code has its answer.
 */
bool machine_wait_exit(struct machine *machine, double seconds)
{
    double end = seconds_now() + seconds;

    while (machine->pid && seconds_now() < end)
        machine_wait_output(machine, end - seconds_now());
    return machine->pid == 0;
}

/*
 * A guest takes a few bytes at a time, and QEMU does not read more than it can pass on. Its output is collected
 * meanwhile: a guest that echoes would otherwise fill its pipe, stop reading, and both sides would wait.
 * QEMU's input only: Bochs's descriptor is -1 and the write fails.
 */
bool machine_send(struct machine *machine, const char *bytes, size_t size)
{
    while (size) {
        struct pollfd line = { .fd = machine->input, .events = POLLOUT };
        ssize_t done = write(machine->input, bytes, size);
        if (done < 0 && errno != EAGAIN && errno != EINTR)
            return false;
        if (done < 0) {
            poll(&line, 1, 100);
            if (!machine_wait_output(machine, 0)) /* keeps a machine going that is stuck on its own output */
                return false;
            continue;
        }
        bytes += done;
        size -= done;
    }
    return true;
}
