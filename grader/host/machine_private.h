/*
 * What machine.c, machine_qemu.c and machine_bochs.c share. Not for anybody else.
 */
#ifndef RINGLET_MACHINE_PRIVATE_H
#define RINGLET_MACHINE_PRIVATE_H

#include <sys/types.h>

#include "machine.h"

/* Fields -1 or NULL are not there yet, or not on this platform; machine_stop undoes what it finds. */
struct machine {
    pid_t pid;         /* child; 0 once reaped */
    int input;         /* write end of its serial line, -1 none */
    int output;        /* read end: pipe from QEMU; regular file that grows, from Bochs */
    int terminal;      /* Bochs: our side of its terminal, drained and ignored; -1 none */
    char *scratch;     /* private folder */
    char *console;     /* collected bytes, always with a NUL behind them */
    size_t size;                /* of them, without the NUL */
    size_t capacity;            /* of the memory, at least size + 1 */
    size_t found;      /* machine_wait_text: end of the last text found */
    int status;        /* from waitpid */   /* meaningful once pid is 0 again */
    char *complaint;   /* text of the stderr file, loaded on demand */
    enum machine_platform platform;
    struct machine *next; /* all live machines, for the clean-up at exit */
};

/*
 * As for printf, without a full stop or newline: callers add their own name and the stop.
 * Records the sentence that machine_error() returns.
 */
void machine_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Of `setup` only kernel, options and modules matter.
 * Writes the CD image of a run. False after machine_fail.
 */
bool machine_iso(const char *path, const struct machine_setup *setup);

/*
 * Each starts the child and fills pid, input, output, terminal. False after machine_fail.
 * On false fields may be filled in part: machine_stop undoes them.
 */
bool machine_start_qemu(struct machine *machine, const struct machine_setup *setup);
bool machine_start_bochs(struct machine *machine, const struct machine_setup *setup);

/*
 * The verdict in the console: the hypervisor's line "power off, status=", as the exit code that QEMU would have given;
 * 0 while it is not there.
 */
int machine_verdict_find(struct machine *machine);

/*
 * Takes the child's status if it has ended (`flags` as for waitpid); ends it first.
 * Neither does anything once the pid is 0.
 */
void machine_reap(struct machine *machine, int flags);
void machine_kill(struct machine *machine);

/*
 * Child side: becomes `arguments`, dying with its parent; complaints go to the file "errors" of the scratch folder. A
 * failure to do so is written to the pipe `report`.
 */
void machine_exec(struct machine *machine, char **arguments, int report, pid_t parent) __attribute__((noreturn));

/*
 * Parent side, after the fork: waits for the exec and tells whether it worked (false: machine_fail was called).
 * Closes `report`.
 */
bool machine_exec_check(struct machine *machine, const char *program, int report);

#endif
