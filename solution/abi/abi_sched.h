/*
 * sched_op (public interface): giving up the CPU, waiting, ending. Arguments: SCHED_*, guest address of the structure.
 * Numbers of Xen's sched.h. sched_op_compat takes 0 .. 2 with the reason as a plain second argument.
 */
#ifndef RINGLET_ABI_SCHED_H
#define RINGLET_ABI_SCHED_H

#define SCHED_YIELD           0
#define SCHED_BLOCK           1 /* unmasks events, then sleeps until one is pending */
#define SCHED_SHUTDOWN        2 /* struct sched_shutdown; does not return */
#define SCHED_POLL            3 /* struct sched_poll */
#define SCHED_REMOTE_SHUTDOWN 4 /* struct sched_remote_shutdown */
#define SCHED_SHUTDOWN_CODE   5 /* struct sched_shutdown: the code for a later end */
#define SCHED_WATCHDOG        6 /* struct sched_watchdog */
#define SCHED_PIN_OVERRIDE    7

#define SHUTDOWN_POWEROFF   0
#define SHUTDOWN_REBOOT     1
#define SHUTDOWN_SUSPEND    2
#define SHUTDOWN_CRASH      3 /* the guest says that it has failed */
#define SHUTDOWN_WATCHDOG   4
#define SHUTDOWN_SOFT_RESET 5
#define SHUTDOWN_MAX        5

#ifndef __ASSEMBLER__
#include "abi_hypercall.h"

struct sched_shutdown {
    uint32_t reason; /* SHUTDOWN_* */
};

struct sched_poll {
    uint32_t ports;    /* guest address of nr_ports uint32_t */
    uint32_t nr_ports; /* 0 .. 128 */
    abi_u64 timeout;   /* system time in ns at which to stop waiting; 0: never */
};

struct sched_remote_shutdown {
    uint16_t domain_id;
    uint32_t reason; /* SHUTDOWN_* */
};

struct sched_watchdog {
    uint32_t id;
    uint32_t timeout; /* seconds from now */
};

_Static_assert(sizeof(struct sched_poll) == 16, "Xen's sched.h on i386");
#endif

#endif
