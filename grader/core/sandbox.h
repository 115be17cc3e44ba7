/*
 * Running a program that nobody trusts (host side, all labs): under a system-call filter, without privileges, with
 * limits, in a process group of its own. Used by unit.c for executors.
 */
#ifndef RINGLET_SANDBOX_H
#define RINGLET_SANDBOX_H

#include <stdbool.h>
#include <sys/types.h>

struct sandbox {
    const char *program; /* absolute path */
    const char *folder;  /* its working directory */
    const char *log;     /* its standard output and error go to this file */
    int requests;        /* become descriptors 3 and 4 */
    int replies;
    unsigned cpu_seconds;       /* after them the kernel ends it */
    unsigned log_bytes;         /* a longer log ends it: disks are not for students to fill */
};

/*
 * Process id, or -1 with errno set. The child ends when this process does.
 * The caller reaps it and closes its own copies of the two descriptors.
 */
pid_t sandbox_start(const struct sandbox *sandbox);

/* True when system calls can be filtered here; *error is the reason, one sentence, when not. */
bool sandbox_works(char **error);

/* "fork", for the report; NULL when the number is unknown. To be freed. */
char *sandbox_call_name(int number);

/* Keeps programs in the sandbox from reading this process's memory. Call once, early. */
void sandbox_hide(void);

#endif
