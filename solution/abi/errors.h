/*
 * Error numbers of the interface (those of the Xen public header errno.h). Functions return them negated.
 *
 * They are for guests that asked wrongly through a hypercall. A guest that broke its own ground is crashed with a
 * reason instead, and a bug of ours is an assertion: three kinds of error, three ways to answer.
 */
#ifndef RINGLET_ERRORS_H
#define RINGLET_ERRORS_H

/* The numbers are Linux's, as in Xen's interface: guests compare them. */
#define EPERM      1  /* not for this domain */
#define ENOENT     2  /* no such thing */
#define ESRCH      3  /* no such domain */
#define E2BIG      7  /* more than one call may have */
#define EAGAIN     11 /* later */
#define ENOMEM     12 /* no frame is left */
#define EACCES     13 /* there, but not with these rights */
#define EFAULT     14 /* a pointer that is not the guest's */
#define EBUSY      16 /* in use */
#define EEXIST     17 /* there already */
#define ENODEV     19 /* no such device */
#define EINVAL     22 /* an argument makes no sense */
#define ENOSPC     28 /* a table is full */
#define ENOSYS     38 /* no such call in this image */
#define ETIME      62 /* the moment that was asked for is over */
#define EOPNOTSUPP 95 /* known, but not for a guest of this kind */

#endif
