/*
 * A machine under test: QEMU or Bochs running a multiboot image (the hypervisor, or a guest natively), headless, its
 * serial line collected as it comes. Host side, any floor. Used by the programs boot and bench and by system tests.
 *
 * Runs are deterministic (QEMU's -icount): the same images and the same input at the same point give the same bytes.
 * So limits given here are wall-clock safety nets, never part of what is tested. Only the processes started here are
 * ever stopped, by pid; they and their scratch folder go away when this process ends, however it ends.
 * Ownership: the caller owns the pointer from machine_start to machine_stop and nothing else; every text returned here
 * belongs to the machine.
 */
#ifndef RINGLET_MACHINE_H
#define RINGLET_MACHINE_H

#include <stdbool.h>
#include <stddef.h>

enum machine_platform {
    MACHINE_QEMU,     /* the image is loaded by QEMU's own -kernel */
    MACHINE_QEMU_ISO, /* ... by GRUB from a CD, in QEMU */
    MACHINE_BOCHS,    /* ... by GRUB from a CD, in Bochs; serial input is not connected */
};

enum machine_clock {
    MACHINE_CLOCK_TEST,  /* one instruction is 128 ns of virtual time: the rule for tests */
    MACHINE_CLOCK_COUNT, /* one instruction is 1 ns: the TSC counts instructions (bench) */
};

/*
 * Exit codes of the hypervisor, as QEMU's exit port reports them; from Bochs, its last console line is translated.
 * The hypervisor writes v to port 0xF4 and QEMU ends with (v << 1) | 1: odd, and never 1, which is QEMU's own error.
 */
enum machine_verdict {
    MACHINE_SUCCESS = 33,       /* every guest ended with success */
    MACHINE_GUEST_FAILURE = 35, /* a guest crashed, failed or was refused */
    MACHINE_PANIC = 37,         /* the hypervisor panicked or refused its boot options */
    MACHINE_UNFINISHED = 39,    /* an exercise that is not written yet was reached (exercise.h) */
};

/* All strings are the caller's and needed only during machine_start (extra and modules likewise). */
struct machine_setup {
    enum machine_platform platform; /* 0 is QEMU: an empty setup but for `kernel` will do */
    enum machine_clock clock;   /* QEMU only */
    const char *kernel;         /* multiboot ELF file: the hypervisor, or a bare guest to boot natively */
    const char *options;        /* its command line, or NULL */
    const char *const *modules; /* "file words ...", ended by NULL; NULL: none. No blanks in file names */
    unsigned memory_mib;        /* 0: 128 */
    const char *const *extra;   /* more arguments for QEMU, ended by NULL; NULL: none */
};

struct machine;

/* Starts a machine. NULL: it could not be started, machine_error() says why in one sentence. */
struct machine *machine_start(const struct machine_setup *setup);

/* Why the last call failed: one sentence without newline. */
const char *machine_error(void);

/*
 * Waits until `text` appears on the serial line after the place where the last such call found its text (at first:
 * from the beginning). False: the machine ended, or `seconds` of wall clock passed, without it.
 * `text` must not be empty. A text that is printed while nobody waits is still found by the next call.
 */
bool machine_wait_text(struct machine *machine, const char *text, double seconds);

/* Waits until the machine has ended. False: it still runs after `seconds` of wall clock. */
bool machine_wait_exit(struct machine *machine, double seconds);

/* Waits for more output, the end of the machine or `seconds`. False when the machine has ended and all is collected. */
bool machine_wait_output(struct machine *machine, double seconds);

/* Everything the serial line said so far, with a NUL behind it; valid until the next call for this machine. */
const char *machine_output(struct machine *machine, size_t *size);

/*
 * After machine_wait_exit: QEMU's exit code (for the hypervisor an enum machine_verdict, for a native guest that wrote
 * v to the exit port v * 2 + 1), 0 after a plain power-off, -1 when a signal ended it or it gave no verdict.
 */
int machine_exit_code(struct machine *machine);

/* What QEMU or Bochs itself complained about, for diagnosis; "" when silent. Valid as long as the machine. */
const char *machine_complaint(struct machine *machine);

/*
 * Types at the serial line (QEMU only). False when the machine has ended.
 * All bytes or false. The guest need not have read them when this returns.
 */
bool machine_send(struct machine *machine, const char *bytes, size_t size);

/*
 * Process id of QEMU or Bochs, 0 when it has ended.
 * For tests that look at the process; to end it is machine_stop's business.
 */
int machine_pid(struct machine *machine);

/*
 * Ends the machine if it still runs, removes its scratch folder, frees all. NULL is allowed.
 * The pointer and every text of the machine are gone afterwards.
 */
void machine_stop(struct machine *machine);

/*
 * Argument list for QEMU at this terminal, in real time, for callers that start it themselves (boot -i).
 * Ends with NULL; never freed, since the caller execs it.
 */
char **machine_interactive(const struct machine_setup *setup);

#endif
