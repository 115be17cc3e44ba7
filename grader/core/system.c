/*
 * System checks' view of a run (host side, all labs; see system.h). Runs are kept, because several checks may look at
 * one: at most RUNS_MAX, the oldest goes first. Invariant: `run` is the run of the check that is going on, or NULL.
 * A run is named by its boot: checks that pass the same struct boot look at the same run.
 */
#define _GNU_SOURCE
#include "system.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "outcome.h"
#include "report.h"
#include "scratch.h"
#include "system_private.h"

#define RUNS_MAX     8
#define LOG_LINES    12         /* of the console, on a card */
#define DIRECT_BASE  0xf8000000u    /* where floor 1 maps physical memory */
#define CODE_UNFINISHED 39 /* the skeleton's, MACHINE_UNFINISHED of panic.h as QEMU reports it */

static struct system_place place; /* from system_prepare() */
static uint64_t run_seed;
static struct elf_file image;     /* the student's; empty when it was not built */
static struct system_run runs[RUNS_MAX]; /* oldest first; unused ones have no boot */
static struct system_run *run;

/* The strings in `given` stay the caller's for the whole grading. */
void system_prepare(const struct system_place *given, uint64_t seed)
{
    place = *given;
    run_seed = seed;
    if (!place.build_error)
        elf_load(&image, place.image);
}

void system_end_check(void)
{
    run = NULL;
}

/* Leaves a free place: all zeros. */
static void run_free(struct system_run *old)
{
    for (unsigned i = 0; i < old->guest_count; i++)
        system_guest_free(&old->guests[i]);
    if (old->memory)
        munmap((void *)old->memory, old->memory_size);
    free(old->folder);
    free(old->console);
    free(old->registers);
    *old = (struct system_run){ 0 };
}

/* After the last check: a mapping of a machine's RAM is tens of MiB. */
void system_finish(void)
{
    for (int i = 0; i < RUNS_MAX; i++)
        run_free(&runs[i]);
    elf_free(&image);
}

/*
 * A free place at the end.
 * May free the oldest run, so pointers to runs are not kept across system_boot.
 */
static struct system_run *run_new(const struct boot *boot)
{
    int free_place = 0;

    while (free_place < RUNS_MAX && runs[free_place].boot)
        free_place++;
    if (free_place == RUNS_MAX) {
        run_free(&runs[0]);
        memmove(&runs[0], &runs[1], (RUNS_MAX - 1) * sizeof(runs[0]));
        runs[--free_place] = (struct system_run){ 0 };
    }
    runs[free_place].boot = boot;
    return &runs[free_place];
}

/*
 * Folder, guests and machine of a new run. False with a sentence.
 * What is half made stays in `made` for run_free.
 */
static bool run_make(struct system_run *made, const char *debug_log, char **error)
{
    static unsigned number;

    made->folder = text_format("%s/run-%u", place.scratch, ++number);
    if (mkdir(made->folder, 0700) != 0) {
        *error = text_format("%s cannot be made: %s", made->folder, strerror(errno));
        return false;
    }
    for (unsigned i = 0; i < BOOT_GUESTS_MAX && made->boot->guests[i]; i++) {
        made->guest_count = i + 1;
        if (!system_guest_make(&made->guests[i], made->boot->guests[i], made->folder, &place, run_seed, error))
            return false;
    }
    return system_machine_run(made, &place, debug_log, error);
}

/* After a reset, the same run again with QEMU's log on: it is the same run, so its log tells about this one. */
static char *fault_explain(const struct boot *boot)
{
    struct system_run again = { .boot = boot };
    char *log_path = text_format("%s/interrupts.log", place.scratch), *error = NULL, *text = NULL;
    bool done = run_make(&again, log_path, &error);
    char *log = done ? file_read(log_path, NULL) : NULL;

    if (log)
        text = system_fault_decode(log, &image);
    run_free(&again);
    free(log);
    free(log_path);
    free(error);
    return text ? text : text_format("the machine reset itself");
}

/*
 * What a card of a failed system check shows. Set at once: notes of checks that pass are dropped. A machine that had to
 * be stopped was stopped somewhere, with more or less written: then the beginning counts, so that reports repeat.
 */
static void notes_set(void)
{
    struct result *result = outcome_result();
    bool is_vague = run->end == SYSTEM_TIME && !place.is_verbose;
    size_t head = report_head(run->console, LOG_LINES);

    if (is_vague)
        outcome_set(&result->log, "%.*s", (int)head, run->console);
    else
        outcome_set(&result->log, "%s", report_tail(run->console, LOG_LINES));
    if (run->registers && !is_vague)
        outcome_set(&result->stack, "%s", run->registers);
}

/* Once for each run: raw registers become words, a reset is explained. */
static void registers_settle(struct system_run *made)
{
    char *text = NULL;

    if (made->end == SYSTEM_TRIPLE_FAULT)
        text = fault_explain(made->boot);
    else if (made->registers)
        text = system_registers_decode(made->registers, &image);
    free(made->registers);
    made->registers = text;
}

/*
 * "exercise 1.2 is not written yet" on the console of a machine that ended with the code for that. An exercise after
 * the check's own is no reason as long as the evidence is there: what the guest did before it got to it counts.
 */
static void unfinished_check(bool is_needed)
{
    const char *line = run->end == SYSTEM_EXIT && run->exit_code == CODE_UNFINISHED ?
                           strstr(run->console, " is not written yet") : NULL;
    const char *word = line ? memrchr(run->console, ' ', (size_t)(line - run->console)) : NULL;

    if (!word)
        return;
    char number[9] = "";
    for (unsigned i = 0; i + 1 < sizeof(number) && word + 1 + i < line; i++)
        number[i] = word[1 + i];
    if (is_needed || strverscmp(number, outcome_result()->check->exercise) <= 0)
        outcome_unfinished(number);
}

/* Cheap when the boot has been run before: then only the notes are set again. */
void system_boot(const struct boot *boot)
{
    char *error = NULL;

    if (place.build_error)
        outcome_fail_build(place.build_error);
    run = NULL; /* a check may look at several runs, one after the other */
    for (int i = 0; i < RUNS_MAX; i++)
        if (runs[i].boot == boot)
            run = &runs[i];
    if (!run) {
        run = run_new(boot);
        if (!run_make(run, NULL, &error)) {
            run_free(run);
            run = NULL;
            check_trouble("%s", error);
        }
        registers_settle(run);
    }
    notes_set();
    unfinished_check(false);
}

enum system_end system_ended(void)
{
    return run->end;
}

int system_exit_code(void)
{
    return run->exit_code;
}

/* 0 when the run did not stop by the limit or in a halt: a machine that left by the exit port has no registers. */
uint32_t system_register(const char *name)
{
    char *key = text_format("%s=", name);
    const char *place = run->registers && run->end != SYSTEM_TRIPLE_FAULT ? strstr(run->registers, key) : NULL;
    uint32_t value = place ? (uint32_t)strtoul(place + strlen(key), NULL, 16) : 0;

    free(key);
    return value;
}

/* Numbers as QEMU gives them: (v << 1) | 1 for the v written to port 0xF4. */
static const char *exit_meaning(int code)
{
    switch (code) {
    case 33: return "every guest ended with success";
    case 35: return "some guest crashed, reported failure or was refused";
    case 37: return "the hypervisor panicked";
    case CODE_UNFINISHED: return "an exercise that is not written yet was reached";
    default: return "which the hypervisor never says";
    }
}

/* An unfinished exercise comes first: its message helps more than a number. */
void system_expect_exit(int code)
{
    static const char *const ends[] = { "", "its time in the machine's own clock was over and it was still running",
                                        "the CPU halted with interrupts off, for good", "the machine reset itself" };
    char expected[100];

    if (code != run->exit_code)
        unfinished_check(true);
    snprintf(expected, sizeof(expected), "the machine ends with code %d: %s", code, exit_meaning(code));
    if (run->end != SYSTEM_EXIT)
        check_fail(expected, "%s", ends[run->end]);
    check_fact(run->exit_code == code, expected, "it ended with code %d: %s", run->exit_code,
               exit_meaning(run->exit_code));
}

const struct system_run *system_run_now(void)
{
    return run;
}

const char *system_console(void)
{
    return run->console;
}

uint32_t system_symbol(const char *name)
{
    return elf_address(&image, name);
}

/* The sum is not computed: it could wrap. */
void system_read_physical(uint32_t physical, void *bytes, size_t size)
{
    if (physical > run->memory_size || size > run->memory_size - physical)
        check_fail("the hypervisor's structures lie in RAM", "one is at physical address %#x", physical);
    memcpy(bytes, run->memory + physical, size);
}

/* Pointers in the student's structures are the student's: each is checked before it is followed. */
void system_read(uint32_t address, void *bytes, size_t size)
{
    if (address < DIRECT_BASE)
        check_fail("the hypervisor's structures lie in its direct map", "one is at address %#x", address);
    system_read_physical(address - DIRECT_BASE, bytes, size);
}
