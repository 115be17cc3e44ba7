/*
 * Machines under test (host side; see machine.h): starting and stopping. machine_qemu.c and machine_bochs.c know the
 * two kinds, machine_wait.c collects what they say. Invariant: every started machine is in the list `machines` until
 * machine_stop, and what is in the list when this process exits is stopped then.
 * Nobody but this file adds to or takes from the list. Errors are kept as one sentence, the latest wins.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "iso.h"
#include "machine_private.h"
#include "scratch.h"

static char error_text[1024];   /* what machine_error() gives; static, so that it outlives the failed machine */
static struct machine *machines;    /* newest first */
static pid_t machines_owner;    /* 0 until the first machine */

/* A sentence that is too long is cut, never lost. */
void machine_fail(const char *format, ...)
{
    va_list values;

    va_start(values, format);
    vsnprintf(error_text, sizeof(error_text), format, values);
    va_end(values);
}

/* Not cleared by a success: it means something only after a call that failed. */
const char *machine_error(void)
{
    return error_text;
}

/* A CD is made for each run: what is booted is always what the caller named, never an image left over. */
bool machine_iso(const char *path, const struct machine_setup *setup)
{
    char *error = NULL;

    if (iso_build(path, setup->kernel, setup->options, setup->modules, &error))
        return true;
    machine_fail("%s", error);
    free(error);
    return false;
}

/*
 * At exit, which includes a failed cmocka assertion: it jumps over the test's own machine_stop.
 * Each turn takes one out of the list, so the loop ends.
 */
static void machines_stop(void)
{
    while (machines && getpid() == machines_owner)
        machine_stop(machines);
}

/* A child of fork inherits the list but not the machines; only the process that made them stops them. */
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

/*
 * A file that QEMU or GRUB could not read would be reported by them late, each in its own way.
 * A module is "file words": only the part up to the first blank is a name.
 */
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

/* Registered before anything is started: from then on an exit at any line stops it. */
struct machine *machine_start(const struct machine_setup *setup)
{
    if (!files_check(setup))
        return NULL;

    struct machine *machine = memory_resize(NULL, sizeof(*machine));

    *machine = (struct machine){ .input = -1, .output = -1, .terminal = -1, .platform = setup->platform };
    machine->console = memory_resize(NULL, 1);
    machine->console[0] = 0;    /* machine_output may be called before the first byte */
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

/* Reads nothing: what a caller sees changes only in the calls that wait. */
const char *machine_output(struct machine *machine, size_t *size)
{
    if (size)
        *size = machine->size;
    return machine->console;
}

/*
 * A verdict is what the machine reports from outside, except on Bochs, which has nothing but the console.
 * Only once the machine has been reaped; before, there is no code and -1 says so.
 */
int machine_exit_code(struct machine *machine)
{
    int verdict = machine->platform == MACHINE_BOCHS ? machine_verdict_find(machine) : 0;

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

/* Read anew each time: while the machine runs, the file grows. */
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

int machine_pid(struct machine *machine)
{
    return machine->pid;
}

static void descriptor_close(int descriptor)
{
    if (descriptor >= 0)
        close(descriptor);
}

/*
 * Also for machines that never started fully: every field says by itself whether there is something to undo.
 * Order: out of the list first, or a failure below would stop it twice; the process before its folder, or it would
 * write into a folder that is being removed.
 */
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
