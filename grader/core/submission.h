/*
 * What is graded (host side, all labs): a floor folder, a hand-in archive or the reference solution, brought into a
 * scratch folder where it is built. Only files that the skeleton has, by name, are taken from it.
 */
#ifndef RINGLET_SUBMISSION_H
#define RINGLET_SUBMISSION_H

#include <stdbool.h>

#define SUBMISSION_FILES 200           /* entries of an archive */
#define SUBMISSION_BYTES (8u << 20)    /* of all of them together, unpacked */

/* All strings but `given` are owned, for the whole grading. */
struct submission {
    const char *given;    /* as typed; "" is the student's own folder in labs/ */
    char *source;         /* folder to hand to the build as SOURCE_N: holds lab.folder */
    char *floor;          /* source/lab.folder, filled */
    unsigned taken;       /* files that came from the submission */
    char *ignored;        /* names of other files in it, for a note; NULL */
};

/*
 * Lays the submission over the skeleton in `scratch`. False with one sentence in *error: what is wrong with the
 * submission and what to name instead. `given` may be NULL.
 */
bool submission_take(struct submission *submission, const char *given, const char *scratch, char **error);

/* Unpacks an archive (archive.c): regular files of the lab's folder into `folder`. False with a sentence in *error. */
bool archive_unpack(const char *path, const char *folder, char **error);

/* True when the skeleton has a source file of that name (*.c *.h *.S). */
bool submission_knows(const char *name);

#endif
