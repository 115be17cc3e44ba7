/*
 * One run of the machine under test (host side, all labs): RAM in a file, the limit in virtual time. How a run ends is
 * decided by what the machine did, never by how long it took: its clock reached the limit, it left by the exit port, it
 * reset, or its CPU halted with interrupts off for good. Only a machine that does none of these within WALL_SECONDS is
 * the grader's trouble.
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

#define SECONDS_DEFAULT 10
#define WALL_SECONDS    120
#define LOOK_SECONDS    0.1 /* between looks at the clock */

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

/* True when the run is over, one way or the other. */
static bool look(struct system_run *run, struct qmp *qmp)
{
    double limit = run->boot->seconds > 0 ? run->boot->seconds : SECONDS_DEFAULT;
    int now = qmp_seconds(qmp);

    if (now < 0)
        return false; /* it is about to end by itself */
    char *registers = qmp_monitor(qmp, "info registers");
    bool dead = registers && is_dead(registers);
    if (now < limit && !dead) {
        free(registers);
        return false;
    }
    run->end = dead ? SYSTEM_DEAD : SYSTEM_TIME;
    qmp_stop(qmp);
    free(registers);
    registers = qmp_monitor(qmp, "info registers");
    run->registers = text_format("%s", registers ? registers : "");
    free(registers);
    return true;
}

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

/* Starts it with RAM, monitor and log where we want them. */
static struct machine *machine_make(struct system_run *run, const struct system_place *place, struct qmp *qmp,
                                    const char *ram, const char *debug_log)
{
    const char *modules[BOOT_GUESTS_MAX + 1] = { NULL };
    char *object = text_format("memory-backend-file,id=ram,size=%uM,mem-path=%s,share=on", memory_mib(run->boot), ram);
    char *const *monitor = qmp->arguments;
    const char *extra[] = { "-object", object, "-machine", "memory-backend=ram", monitor[0], monitor[1], monitor[2],
                            monitor[3], debug_log ? "-d" : NULL, "int,cpu_reset", "-D", debug_log, NULL };

    for (unsigned i = 0; i < run->guest_count; i++)
        modules[i] = run->guests[i].module;
    struct machine_setup setup = { .platform = MACHINE_QEMU, .clock = MACHINE_CLOCK_TEST, .kernel = place->image,
                                   .options = run->boot->options, .modules = modules,
                                   .memory_mib = memory_mib(run->boot), .extra = extra };
    struct machine *machine = machine_start(&setup);
    free(object);
    return machine;
}

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
    if (done)
        qmp_connect(&qmp); /* a machine that has already ended does not answer, which is no failure */
    done = done && machine_watch(run, machine, &qmp, error) && memory_map(run, ram, error);
    if (done)
        run->console = text_clean(machine_output(machine, NULL));
    machine_stop(machine);
    qmp_close(&qmp);
    free(ram);
    return done;
}
