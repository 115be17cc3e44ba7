/*
 * Transcripts: what one guest printed, byte for byte, taken out of the hypervisor's console where lines of several
 * guests are mixed. Host side. Used by system tests that compare a guest's native run with its run under the
 * hypervisor.
 *
 * The console (floor 1) puts "[name] " before each line of a guest. When somebody else speaks in the middle of a line,
 * the console ends it with "\r\n", and its rest comes later behind "[name]+". Lines without a bracketed name are the
 * hypervisor's own.
 */
#ifndef RINGLET_TRANSCRIPT_H
#define RINGLET_TRANSCRIPT_H

#include <stddef.h>

/*
 * What guest `name` printed, with a NUL behind it, to be freed; empty when it never spoke. `size` may be NULL.
 * Bytes pass unchanged, carriage returns included. A last line that the guest did not end, but the console did because
 * somebody spoke, comes back with that "\r\n": the console cannot tell the two apart.
 * `console` need not end with a NUL and is not changed.
 */
char *transcript_guest(const char *console, size_t console_size, const char *name, size_t *size);

/* The hypervisor's own lines, likewise. */
char *transcript_hypervisor(const char *console, size_t console_size, size_t *size);

#endif
