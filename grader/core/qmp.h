/*
 * Talking to a running QEMU over its machine protocol, QMP (host side, all labs): virtual time, registers, stopping.
 * The connection is a socket pair made before QEMU starts, so there is no path and no port that could be taken.
 */
#ifndef RINGLET_QMP_H
#define RINGLET_QMP_H

#include <stdbool.h>

struct qmp {
    int ours, theirs;        /* descriptors; -1 none. QEMU inherits `theirs` */
    char *arguments[5];      /* more words for QEMU's command line */   /* four and a NULL */
};

/* False with errno set. */
bool qmp_prepare(struct qmp *qmp);

/* After QEMU has started: closes its side and shakes hands. False: it does not answer. */
bool qmp_connect(struct qmp *qmp);

void qmp_close(struct qmp *qmp);

/*
 * Whether the machine is stopped; *ended: it does not answer any more.
 * By the watchdog or by qmp_stop.
 */
bool qmp_is_stopped(struct qmp *qmp, bool *ended);

/* Seconds of virtual time since the machine started, whole ones; -1: no answer. */
int qmp_seconds(struct qmp *qmp);

/* Stops the machine where it is; lets it go on. */
bool qmp_stop(struct qmp *qmp);
bool qmp_continue(struct qmp *qmp);

/*
 * What the human monitor says to `command` ("info registers"), to be freed; NULL: no answer.
 * `command` must not hold quotes or backslashes: it is put into JSON as it stands.
 */
char *qmp_monitor(struct qmp *qmp, const char *command);

#endif
