/*
 * Private folders for one run, argument lists, and commands that are run to their end. Host side. Used by machine*.c,
 * iso.c and boot.c. A folder made here is removed by its maker, or at the latest when the process exits.
 */
#ifndef RINGLET_SCRATCH_H
#define RINGLET_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A growing NULL-terminated list of owned strings: the command line of a child.
 * All zeros is an empty list; `list` has count + 1 entries, the last NULL.
 */
struct arguments {
    char **list;
    size_t count;
};

/* The list owns the formatted copy. */
void arguments_add(struct arguments *arguments, const char *format, ...) __attribute__((format(printf, 2, 3)));
void arguments_free(struct arguments *arguments);

/* Formats into fresh memory; ends the process when there is none (as all of the host side does). */
char *text_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* realloc that ends the process when there is no memory. */
void *memory_resize(void *memory, size_t size);

/*
 * For this user only (mode 0700).
 * New empty folder below $TMPDIR or /tmp; free with scratch_remove. NULL with errno set.
 * Removed at exit of this process, not of a child: see scratch.c.
 */
char *scratch_create(void);

/* Removes the folder with all it holds and frees its name. NULL is allowed. */
void scratch_remove(char *folder);

/*
 * The whole file with a NUL behind it, to be freed; NULL with errno set. `size` may be NULL.
 * Bytes are not changed, so NULs may be among them: `size` tells.
 */
char *file_read(const char *path, size_t *size);

/* Writes the whole file. False with errno set. */
bool file_write(const char *path, const char *text);

/*
 * Runs a command to its end, output and errors to the file `log`, TMPDIR set to `folder`. Exit status; 127 when there
 * is no such program; -1 when a signal ended it.
 * `arguments` ends with NULL; arguments[0] is looked for in PATH.
 */
int command_run(char **arguments, const char *folder, const char *log);

#endif
