/*
 * Machines under test (host side; see machine.h): collecting output, waiting, stopping. machine_qemu.c and
 * machine_bochs.c start the two kinds. Invariant: every started machine is in the list `machines` until machine_stop,
 * and what is in the list when this process exits is stopped then.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "iso.h"
#include "machine_private.h"
#include "scratch.h"

static char error_text[1024];
static struct machine *machines;
static pid_t machines_owner;

void machine_fail(const char *format, ...)
{
    va_list values;

    va_start(values, format);
    vsnprintf(error_text, sizeof(error_text), format, values);
    va_end(values);
}

const char *machine_error(void)
{
    return error_text;
}

static double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

bool machine_iso(const char *path, const struct machine_setup *setup)
{
    char *error = NULL;

    if (iso_build(path, setup->kernel, setup->options, setup->modules, &error))
        return true;
    machine_fail("%s", error);
    free(error);
    return false;
}

static void machines_stop(void)
{
    while (machines && getpid() == machines_owner)
        machine_stop(machines);
}

static void machine_register(struct machine *machine)
{
    if (!machines_owner) {
        machines_owner = getpid();
        signal(SIGPIPE, SIG_IGN); /* typing at a machine that has just ended is no reason to die */
        atexit(machines_stop);
    }
    machine->next = machines;
    machines = machine;
}

/* A file that QEMU or GRUB could not read would be reported by them late, each in its own way. */
static bool files_check(const struct machine_setup *setup)
{
    const char *missing = access(setup->kernel, R_OK) ? setup->kernel : NULL;

    for (int i = 0; !missing && setup->modules && setup->modules[i]; i++) {
        char *file = strndup(setup->modules[i], strcspn(setup->modules[i], " "));
        if (access(file, R_OK))
            missing = setup->modules[i];
        free(file);
    }
    if (missing)
        machine_fail("%.*s cannot be read; name an existing file", (int)strcspn(missing, " "), missing);
    return !missing;
}

struct machine *machine_start(const struct machine_setup *setup)
{
    if (!files_check(setup))
        return NULL;

    struct machine *machine = memory_resize(NULL, sizeof(*machine));

    *machine = (struct machine){ .input = -1, .output = -1, .terminal = -1, .platform = setup->platform };
    machine->console = memory_resize(NULL, 1);
    machine->console[0] = 0;
    machine->scratch = scratch_create();
    machine_register(machine);
    bool done = machine->scratch != NULL;
    if (!done)
        machine_fail("no temporary folder: %s; set TMPDIR to a writable one", strerror(errno));
    else if (setup->platform == MACHINE_BOCHS)
        done = machine_start_bochs(machine, setup);
    else
        done = machine_start_qemu(machine, setup);
    if (done)
        return machine;
    machine_stop(machine);
    return NULL;
}

/* Takes what the serial line has for us now. 0 at its end or when nothing new is there, as read() says it. */
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

/* The line that ends a run on Bochs, and its exit code as QEMU would have reported it; 0 when it is not there yet. */
static int verdict_find(struct machine *machine)
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

/* Bochs shows its screen on the terminal; it must be drained or Bochs would stop. */
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
    if (verdict_find(machine))
        machine_kill(machine);
    return machine->pid != 0;
}

bool machine_wait_output(struct machine *machine, double seconds)
{
    double end = seconds_now() + seconds;
    size_t before = machine->size;
    bool runs = machine->pid != 0;

    while (runs && machine->size == before) {
        double left = end - seconds_now();
        int milliseconds = left <= 0 ? 0 : left < 1 ? (int)(left * 1000) + 1 : 1000;
        if (machine->platform == MACHINE_BOCHS)
            runs = bochs_wait(machine, milliseconds);
        else
            runs = qemu_wait(machine, milliseconds);
        if (left <= 0)
            break;
    }
    return runs || machine->size != before;
}

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

bool machine_wait_exit(struct machine *machine, double seconds)
{
    double end = seconds_now() + seconds;

    while (machine->pid && seconds_now() < end)
        machine_wait_output(machine, end - seconds_now());
    return machine->pid == 0;
}

const char *machine_output(struct machine *machine, size_t *size)
{
    if (size)
        *size = machine->size;
    return machine->console;
}

int machine_exit_code(struct machine *machine)
{
    int verdict = machine->platform == MACHINE_BOCHS ? verdict_find(machine) : 0;

    if (machine->pid)
        return -1;
    if (machine->platform == MACHINE_BOCHS)
        return verdict ? verdict : -1;
    if (!WIFEXITED(machine->status))
        return -1;
    /* QEMU's own failures end with 1, as a guest's success does; but then QEMU speaks and the guest does not. */
    int code = WEXITSTATUS(machine->status);
    return code == 1 && machine->size == 0 && *machine_complaint(machine) ? -1 : code;
}

const char *machine_complaint(struct machine *machine)
{
    char *path = text_format("%s/errors", machine->scratch);

    free(machine->complaint);
    machine->complaint = file_read(path, NULL);
    free(path);
    if (!machine->complaint)
        return "";
    if (machine->platform != MACHINE_BOCHS)
        return machine->complaint;
    char *reason = strstr(machine->complaint, "Bochs is exiting"); /* behind a page about its plugins */
    return reason ? reason : "";
}

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

int machine_pid(struct machine *machine)
{
    return machine->pid;
}

static void descriptor_close(int descriptor)
{
    if (descriptor >= 0)
        close(descriptor);
}

void machine_stop(struct machine *machine)
{
    struct machine **link = &machines;

    if (!machine)
        return;
    while (*link && *link != machine)
        link = &(*link)->next;
    if (*link)
        *link = machine->next;
    machine_kill(machine);
    descriptor_close(machine->input);
    descriptor_close(machine->output);
    descriptor_close(machine->terminal);
    scratch_remove(machine->scratch);
    free(machine->console);
    free(machine->complaint);
    free(machine);
}
