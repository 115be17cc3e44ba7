/*
 * Error numbers of the interface (abi.md 0.2; Xen public header errno.h). Functions return them negated.
 *
 * They are for guests that asked wrongly through a hypercall. A guest that broke its own ground is crashed with a
 * reason instead, and a bug of ours is an assertion: three kinds of error, three ways to answer.
 */
#ifndef RINGLET_ERRORS_H
#define RINGLET_ERRORS_H

#define EPERM   1
#define ENOENT  2
#define ESRCH   3
#define E2BIG   7
#define EAGAIN  11
#define ENOMEM  12
#define EACCES  13
#define EFAULT  14
#define EBUSY   16
#define EEXIST  17
#define ENODEV  19
#define EINVAL  22
#define ENOSPC  28
#define ENOSYS  38

#endif
