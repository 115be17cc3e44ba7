/*
 * The child process behind a machine (host side; part of machine.h's library). Invariant: a child never outlives its
 * parent, however that ends (PR_SET_PDEATHSIG), and is signalled only while it is not reaped, so its pid is ours.
 * The report pipe between fork and exec:
 *     child: exec works -> close-on-exec closes it, parent reads 0 bytes    exec fails -> errno, 4 bytes, then _exit
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "machine_private.h"
#include "scratch.h"

/*
 * Signals that the parent blocks or ignores would stay so across exec: QEMU gets the defaults. The parent may have died
 * between fork and prctl; then nobody will ever stop this child, so it does not start.
 * Only what is safe after fork: nothing here runs exit handlers, which would stop the parent's other machines.
 */
void machine_exec(struct machine *machine, char **arguments, int report, pid_t parent)
{
    char *path = text_format("%s/errors", machine->scratch);
    int errors = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    sigset_t none;

    sigemptyset(&none);         /* no signal blocked */
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    if (errors >= 0)            /* without the file complaints go where the parent's went: lost at worst */
        dup2(errors, STDERR_FILENO);
    prctl(PR_SET_PDEATHSIG, SIGKILL);   /* kept across exec */
    if (getppid() == parent) /* else the parent died before the line above took effect */
        execvp(arguments[0], arguments);
    int reason = errno;         /* of execvp, or of whatever came last */
    if (write(report, &reason, sizeof(reason)) < 0)
        _exit(126);
    _exit(127);
}

/*
 * The report pipe closes by itself on exec; bytes in it are the errno of an exec that failed.
 * Blocks until the child has decided, so a missing emulator is one sentence at the start and no time-out later.
 */
bool machine_exec_check(struct machine *machine, const char *program, int report)
{
    int reason = 0;
    ssize_t got;

    if (machine->pid < 0) {
        machine->pid = 0;
        close(report);
        machine_fail("%s could not be started: %s", program, strerror(errno));
        return false;
    }
    while ((got = read(report, &reason, sizeof(reason))) < 0 && errno == EINTR)
        ;
    close(report);
    if (got == 0) /* the pipe was closed by a successful exec */
        return true;
    machine_fail(reason == ENOENT ? "%s is missing; `make doctor` says how to get it" : "%s could not be run", program);
    return false;
}

/*
 * After the reap the number may belong to any process of the system, so pid is forgotten at once.
 * `flags` 0 waits, WNOHANG looks. The status is kept for machine_exit_code.
 */
void machine_reap(struct machine *machine, int flags)
{
    if (machine->pid && waitpid(machine->pid, &machine->status, flags) == machine->pid)
        machine->pid = 0;
}

/*
 * SIGKILL: QEMU has nothing to save, and a guest that made it hang must not keep it.
 * Nothing to do for a machine that has ended or was never started.
 */
void machine_kill(struct machine *machine)
{
    if (machine->pid)
        kill(machine->pid, SIGKILL);
    machine_reap(machine, 0);
}
