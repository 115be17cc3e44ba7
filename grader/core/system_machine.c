/*
 * One run of the machine under test (host side, all labs): RAM in a file, the limit in virtual time. How a run ends is
 * decided by what the machine did, never by how long it took: its clock reached the limit, it left by the exit port,
 * it reset, or its CPU had halted with interrupts off for good. Only a machine that does none of these within
 * WALL_SECONDS is the grader's trouble.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "machine.h"
#include "qmp.h"
#include "result.h"
#include "run.h"
#include "scratch.h"
#include "system_private.h"

#define SECONDS_DEFAULT 4       /* of the machine's own clock */
#define LATE_SECONDS    30      /* beyond the limit, for a watchdog that was silenced */
#define WALL_SECONDS    120
#define LOOK_SECONDS    0.1 /* between looks at it */

/* The boot's word, else the lab's, else 32. */
static unsigned memory_mib(const struct boot *boot)
{
    return boot->memory_mib ? boot->memory_mib : lab.memory_mib ? lab.memory_mib : 32;
}

/* Halted with interrupts off: nothing but a reset follows. "EFL=00000002 ... HLT=1". */
static bool is_dead(const char *registers)
{
    const char *flags = strstr(registers, "EFL="), *halted = strstr(registers, "HLT=1");

    return flags && halted && !(strtoul(flags + 4, NULL, 16) & 0x200);
}

/* The limit, as the watchdog takes it: two seconds to thirty in steps of two. */
static unsigned limit_seconds(const struct boot *boot)
{
    unsigned steps = (unsigned)((boot->seconds > 0 ? boot->seconds : SECONDS_DEFAULT) / 2 + 0.999);

    return steps > 15 ? 30 : 2 * steps;
}

/*
 * Lets the machine go, with a watchdog card that stops it after the limit, a few instructions more or less. Its
 * register at 0x443 takes the time, counted down from 30 s in steps of two (QEMU's hw/watchdog/wdt_ib700.c).
 */
static bool machine_go(struct system_run *run, struct qmp *qmp, char **error)
{
    char *command = text_format("o /1 0x443 %u", 15 - limit_seconds(run->boot) / 2);
    char *answer = qmp_connect(qmp) ? qmp_monitor(qmp, command) : NULL;
    bool done = answer && *answer == 0 && qmp_continue(qmp);

    if (!done)
        *error = text_format("QEMU does not do what its monitor is told: %s", answer ? answer : "no answer");
    free(answer);
    free(command);
    return done;
}

/* True when the run is over: stopped by the watchdog or, should the guest have found and silenced that, late by far. */
static bool look(struct system_run *run, struct qmp *qmp)
{
    bool ended, stopped = qmp_is_stopped(qmp, &ended);

    if (ended || (!stopped && qmp_seconds(qmp) < (int)limit_seconds(run->boot) + LATE_SECONDS))
        return false; /* ended: it is about to be seen as such */
    if (!stopped)
        qmp_stop(qmp);
    run->registers = qmp_monitor(qmp, "info registers");
    run->end = run->registers && is_dead(run->registers) ? SYSTEM_DEAD : SYSTEM_TIME;
    return true;
}

/* Also collects output meanwhile: a full pipe would stop the machine, and the clock with it. */
static bool machine_watch(struct system_run *run, struct machine *machine, struct qmp *qmp, char **error)
{
    double end = seconds_now() + WALL_SECONDS;

    while (!machine_wait_exit(machine, LOOK_SECONDS)) {
        if (look(run, qmp))
            return true;
        if (seconds_now() > end) {
            *error = text_format("the machine is too slow: a run did not come to its end in %d seconds", WALL_SECONDS);
            return false;
        }
    }
    run->exit_code = machine_exit_code(machine);
    run->end = run->exit_code == 0 ? SYSTEM_TRIPLE_FAULT : SYSTEM_EXIT; /* -no-reboot: a reset ends QEMU with 0 */
    if (run->exit_code >= 0)
        return true;
    *error = text_format("QEMU failed: %.300s", machine_complaint(machine));
    return false;
}

/* The machine has ended or is stopped: nothing changes it any more. Read-only: no check can repair what it looks at. */
static bool memory_map(struct system_run *run, const char *path, char **error)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    void *memory = file < 0 ? MAP_FAILED : mmap(NULL, run->memory_size, PROT_READ, MAP_SHARED, file, 0);

    if (file >= 0)
        close(file);
    unlink(path); /* lives as long as the mapping */
    if (memory == MAP_FAILED) {
        *error = text_format("the machine's memory %s cannot be read: %s", path, strerror(errno));
        return false;
    }
    run->memory = memory;
    return true;
}

/*
 * Starts it with RAM, monitor and log where we want them.
 * -S: it does not run before the watchdog is set. share=on: what the guest writes lands in the file.
 */
static struct machine *machine_make(struct system_run *run, const struct system_place *place, struct qmp *qmp,
                                    const char *ram, const char *debug_log)
{
    const char *modules[BOOT_GUESTS_MAX + 1] = { NULL };
    char *object = text_format("memory-backend-file,id=ram,size=%uM,mem-path=%s,share=on", memory_mib(run->boot), ram);
    char *const *monitor = qmp->arguments;
    const char *extra[] = { "-object", object, "-machine", "memory-backend=ram", "-S", "-device", "ib700", "-action",
                            "watchdog=pause", monitor[0], monitor[1], monitor[2], monitor[3],
                            debug_log ? "-d" : NULL, "int,cpu_reset", "-D", debug_log, NULL };

    for (unsigned i = 0; i < run->guest_count; i++)
        modules[i] = run->guests[i].module;
    struct machine_setup setup = { .platform = MACHINE_QEMU, .clock = MACHINE_CLOCK_TEST, .kernel = place->image,
                                   .options = run->boot->options, .modules = modules,
                                   .memory_mib = memory_mib(run->boot), .extra = extra };
    struct machine *machine = machine_start(&setup);
    free(object);
    return machine;
}

/* Input is queued before the start, so that it arrives at the same instruction each time. */
bool system_machine_run(struct system_run *run, const struct system_place *place, const char *debug_log, char **error)
{
    struct qmp qmp;
    char *ram = text_format("%s/ram", run->folder);

    run->memory_size = (size_t)memory_mib(run->boot) << 20;
    if (!qmp_prepare(&qmp)) {
        *error = text_format("no socket for QEMU: %s", strerror(errno));
        free(ram);
        return false;
    }
    struct machine *machine = machine_make(run, place, &qmp, ram, debug_log);
    if (!machine)
        *error = text_format("%s", machine_error());
    bool done = machine != NULL;
    if (done && run->boot->input)
        machine_send(machine, run->boot->input, strlen(run->boot->input));
    done = done && machine_go(run, &qmp, error) && machine_watch(run, machine, &qmp, error) &&
           memory_map(run, ram, error);
    if (done)
        run->console = text_clean(machine_output(machine, NULL));
    machine_stop(machine);
    qmp_close(&qmp);
    free(ram);
    return done;
}
