/*
 * What the engine knows of the system checks beyond system.h. Not for checks.
 */
#ifndef RINGLET_SYSTEM_PRIVATE_H
#define RINGLET_SYSTEM_PRIVATE_H

#include <stddef.h>
#include <stdint.h>

#include "elf_file.h"
#include "evidence_record.h"
#include "system.h"

/* Where everything is; all strings are the caller's and stay for the whole grading. */
struct system_place {
    const char *image;       /* the student's */
    const char *build_error; /* why there is none, or NULL */
    const char *scratch;
    const char *build;       /* folder with the course's guests */
    bool is_verbose;         /* also what may differ from run to run: where a machine was when its time was over */
};

/* One guest of a run: its own copy of the file with tag, secret and seed in it. */
struct system_guest {
    char *name;                 /* base name of the file, as the hypervisor calls the guest */
    char *module; /* "file words" */
    struct evidence_header header;
    bool has_header;            /* false: a guest of the course, which leaves no evidence */
};

/* A run that has ended. */
struct system_run {
    const struct boot *boot;
    struct system_guest guests[BOOT_GUESTS_MAX];
    unsigned guest_count;       /* of `guests`, as far as they were made */
    char *folder;               /* of this run, below the scratch folder */
    const uint8_t *memory; /* the machine's RAM, mapped */
    size_t memory_size;
    enum system_end end;
    int exit_code;              /* QEMU's; only with SYSTEM_EXIT */
    char *console;         /* cleaned */
    char *registers;       /* as they were at the end, when it did not leave by itself; cleaned */
};

/* Before the first check; between two of them; after the last. */
void system_prepare(const struct system_place *place, uint64_t seed);
void system_end_check(void);
void system_finish(void);

/* The run of the check that is going on, or NULL. */
const struct system_run *system_run_now(void);

/* system_guest.c: makes the guest's file in `folder`. False with a sentence in *error. */
bool system_guest_make(struct system_guest *guest, const char *words, const char *folder,
                       const struct system_place *place, uint64_t seed, char **error);
void system_guest_free(struct system_guest *guest);

/* "file words" of a guest of `struct boot`, for a machine outside the grader: no tag or secret in it; to be freed. */
char *system_guest_module(const char *words, const char *build);

/* system_machine.c: runs the machine to its end. False with a sentence in *error: the grader's trouble. */
bool system_machine_run(struct system_run *run, const struct system_place *place, const char *debug_log, char **error);

/* system_fault.c: the reset of a machine in words, from QEMU's log of interrupts and resets; to be freed. */
char *system_fault_decode(const char *log, const struct elf_file *image);

/* ... and the registers of "info registers", shortened, with EIP's function. */
char *system_registers_decode(const char *registers, const struct elf_file *image);

#endif
