/*
 * What traps cost (host side; `make bench`). Boots each measuring guest with one virtual nanosecond per instruction, so
 * that its TSC counts instructions exactly, and prints what it reports: console lines "bench NAME VALUE".
 *   bench [-j FILE] HYPERVISOR "[OPTION=VALUE ...] GUEST ARGS" ...     -j also writes the rows as JSON
 * The leading words with a "=" are boot options of the hypervisor for that run. A name that two runs report is the
 * first one's. Units are instructions of the machine as a whole: those of the guest, of the hypervisor, and of both
 * crossings.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "machine.h"
#include "scratch.h"
#include "transcript.h"

/*
 * Figures of others to compare with: Xen 4.17, same QEMU, same way of measuring.
 * A baseline is another program's whole path for the same act: shown, never judged.
 */
static const struct {
    const char *name;
    double baseline; /* 0: none is known */
    const char *note;
} known[] = {
    /* names as the measuring guest prints them */
    { "emulate.cr0.bare", 1505, "read of CR0 by a bare guest; baseline: Xen 4.17" },
    { "emulate.cli.bare", 0, "CLI in a bare guest: the cheapest trap there is" },
    { "emulate.int.iret.bare", 0, "INT n and the handler's IRET in a bare guest: two traps and its own entry code" },
    { "emulate.out.uart", 0, "write to the UART's data port by a bare guest" },
    { "hypercall.null.paging", 261, "xen_version(version), with two changes of address space; baseline: Xen 4.17" },
    { "hypercall.null.segments", 261, "xen_version(version), in one address space; baseline: Xen 4.17" },
    { "emulate.cr0.pv", 1505, "read of CR0 by a ring-1 kernel; baseline: Xen 4.17" },
    { "trap.bounce.ring3", 0, "INT3 in ring 3 to its handler in ring 1, and back by IRET" },
    { "trap.bounce.ring3.hypercall", 0, "INT3 in ring 3 to its handler in ring 1, and back by the iret hypercall" },
    { "trap.int80.direct", 0, "INT 0x80 in ring 3 to its handler in ring 1, and back by IRET" },
    { "trap.int80.hypervisor", 0, "of the instructions of trap.int80.direct, those of the hypervisor" },
    { "mmu.update_va.same", 591, "update_va_mapping of the value that is there; baseline: Xen 4.17" },
    { "mmu.update_va.toggle", 952, "update_va_mapping, read-only and back, with a flush of the page; baseline: Xen 4.17" },
    { "mmu.batch.per_entry", 0, "one of 256 pages mapped or unmapped by one mmu_update" },
};

/* Of a fast trap INT 0x80 and the handler's IRET are the guest's (guests/bench-pv); all other instructions are ours. */
#define FAST_TRAP        "trap.int80.direct"
#define FAST_TRAP_REST   "trap.int80.hypervisor"
#define FAST_TRAP_NATIVE 2

/*
 * Names not in the list are printed all the same: a new measurement needs no change here.
 * The caller owns the row. `unit` is the same for all, and written all the same: readers need no table of ours.
 */
static cJSON *row_make(const char *name, double value)
{
    cJSON *row = cJSON_CreateObject();
    double baseline = 0;
    const char *note = "";

    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
        if (strcmp(name, known[i].name) != 0)
            continue;
        baseline = known[i].baseline;
        note = known[i].note;
    }
    cJSON_AddStringToObject(row, "name", name);
    cJSON_AddNumberToObject(row, "value", value);
    cJSON_AddStringToObject(row, "unit", "instructions");
    /* null, not 0: nobody should divide by it */
    cJSON_AddItemToObject(row, "baseline", baseline ? cJSON_CreateNumber(baseline) : cJSON_CreateNull());
    cJSON_AddStringToObject(row, "note", note);
    return row;
}

static void row_add(cJSON *rows, const char *name, double value)
{
    const cJSON *row;

    cJSON_ArrayForEach(row, rows)
        if (strcmp(cJSON_GetObjectItem(row, "name")->valuestring, name) == 0)
            return;
    cJSON_AddItemToArray(rows, row_make(name, value));
    if (strcmp(name, FAST_TRAP) == 0)
        row_add(rows, FAST_TRAP_REST, value - FAST_TRAP_NATIVE);
}

/*
 * Adds every "bench NAME VALUE" at the start of a guest's line.
 * Text only at the start of a line, or a guest that echoes its options would be believed.
 */
static void rows_read(cJSON *rows, const char *console)
{
    char *copy = text_format("%s", console), *rest = copy, *line, name[64]; /* strsep writes into it */
    double value;

    while ((line = strsep(&rest, "\n"))) {
        char *text = *line == '[' ? strstr(line, "] ") : NULL;
        if (text && sscanf(text + 2, "bench %63s %lf", name, &value) == 2)  /* 63: one less than `name` has */
            row_add(rows, name, value);
    }
    free(copy);
}

/* One row a line, in the order in which the guest measured. */
static void rows_print(const cJSON *rows)
{
    const cJSON *row;

    printf("%-28s %10s  %-14s %10s  %s\n", "name", "value", "unit", "baseline", "note");
    cJSON_ArrayForEach(row, rows) {
        const cJSON *baseline = cJSON_GetObjectItem(row, "baseline");
        char text[32] = "-";
        if (cJSON_IsNumber(baseline))
            snprintf(text, sizeof(text), "%g", baseline->valuedouble);
        printf("%-28s %10g  %-14s %10s  %s\n", cJSON_GetObjectItem(row, "name")->valuestring,
               cJSON_GetObjectItem(row, "value")->valuedouble, cJSON_GetObjectItem(row, "unit")->valuestring, text,
               cJSON_GetObjectItem(row, "note")->valuestring);
    }
}

/* Written beside and renamed: a reader never meets half a file. Takes over `rows`. */
static bool json_write(const char *path, cJSON *rows)
{
    cJSON *root = cJSON_CreateObject();
    char *fresh = text_format("%s.new", path);

    cJSON_AddItemToObject(root, "rows", rows);
    char *text = cJSON_Print(root);
    bool done = file_write(fresh, text) && rename(fresh, path) == 0;
    if (!done) {
        fprintf(stderr, "bench: %s: %s; name a file in a folder that can be written.\n", path, strerror(errno));
        unlink(fresh);
    }
    cJSON_free(text);
    free(fresh);
    cJSON_Delete(root);
    return done;
}

/* How many characters at the start of a run's words are options of the hypervisor, blanks included. */
static size_t options_length(const char *words)
{
    size_t length = 0;

    for (;;) {
        size_t word = strcspn(words + length, " ");
        if (!memchr(words + length, '=', word))
            return length;
        length += word + strspn(words + length + word, " ");
    }
}

/*
 * One run; its rows are added. False after a sentence on standard error.
 * 120 seconds of wall clock are a safety net; the figures do not depend on how long it really takes.
 */
static bool bench_run(const char *hypervisor, const char *words, cJSON *rows)
{
    size_t length = options_length(words);
    char *options = text_format("%.*s", (int)length, words);
    const char *modules[] = { words + length, NULL };
    struct machine_setup setup = { .clock = MACHINE_CLOCK_COUNT, .kernel = hypervisor, .options = options,
                                   .modules = modules };
    struct machine *machine = machine_start(&setup);

    free(options);
    if (!machine) {
        fprintf(stderr, "bench: %s.\n", machine_error());
        return false;
    }
    bool done = machine_wait_exit(machine, 120) && machine_exit_code(machine) == MACHINE_SUCCESS;
    if (done)
        rows_read(rows, machine_output(machine, NULL));
    else
        fprintf(stderr, "%s\nbench: the measuring guest did not end well; its console is above. %s\n",
                machine_output(machine, NULL), machine_complaint(machine));
    machine_stop(machine);
    return done;
}

/*
 * A guest that did not end well measured nothing that could be trusted, so no rows at all are given then.
 * Exit status: 0 rows printed, 1 no rows or no file, 2 wrong command line.
 */
int main(int argc, char **argv)
{
    const char *json = NULL;
    int option;

    while ((option = getopt(argc, argv, "j:")) != -1) {
        if (option != 'j')
            return 2;
        json = optarg;
    }
    if (optind > argc - 2) {
        fputs("bench: say bench [-j FILE] HYPERVISOR \"[OPTION=VALUE ...] GUEST ARGS\" ...\n", stderr);
        return 2;
    }
    cJSON *rows = cJSON_CreateArray();
    for (int run = optind + 1; run < argc; run++)
        if (!bench_run(argv[optind], argv[run], rows))
            return 1;
    rows_print(rows);
    if (json)
        return json_write(json, rows) ? 0 : 1;
    cJSON_Delete(rows);
    return 0;
}
