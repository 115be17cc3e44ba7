/*
 * Report files (host side, all labs; see emit.h): which writer belongs to which format, and putting files in place.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emit.h"
#include "scratch.h"

/* By format, so that a new one is one line here, one in the enum, one letter in grade.c. */
static char *(*const writers[EMIT_FORMATS])(const struct grading *grading) = {
    [EMIT_JSON] = emit_json, [EMIT_GRADESCOPE] = emit_gradescope, [EMIT_CLASSROOM] = emit_classroom,
    [EMIT_JUNIT] = emit_junit, [EMIT_CSV] = emit_csv,
};

char *emit_build_sentence(const struct grading *grading)
{
    const char *unit = grading->build_errors[CHECK_UNIT], *image = grading->build_errors[CHECK_SYSTEM];
    const char *part = unit && image ? "nothing" : unit ? "no check of single functions" : "no check on the machine";

    if (!unit && !image)
        return NULL;
    char *sentence = text_format("your files do not compile: %s; %s can be graded until they do", image ? image : unit,
                                 part);
    char *clean = text_clean(sentence);
    free(sentence);
    return clean;
}

/* Beside the report, so that rename is possible; with our pid, so that two gradings do not meet. */
static char *new_name(const char *path) /* to be freed */
{
    return text_format("%s.new-%d", path, (int)getpid());
}

/* errno must still be that of the failure. */
static bool path_fail(const char *path, char **error)
{
    *error = text_format("%s cannot be written: %s; name a file in a folder where you may write", path,
                         strerror(errno));
    return false;
}

/* Tried by writing, not by asking for permissions: only a write knows about full disks and read-only mounts. */
bool emit_check(const char *path, char **error)
{
    struct stat status;
    char *name = new_name(path);
    bool done = true;

    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
        errno = EISDIR;
        done = path_fail(path, error);
    } else if (!file_write(name, "")) {
        done = path_fail(path, error);
    }
    unlink(name);
    free(name);
    return done;
}

/* The old report stays until the new one is complete. */
static bool report_write(const char *path, const char *text, char **error)
{
    char *name = new_name(path);
    bool done = (file_write(name, text) && rename(name, path) == 0) || path_fail(path, error);

    if (!done)
        unlink(name);
    free(name);
    return done;
}

/* Stops at the first that fails: its reason is the next one's, too. */
bool emit_files(const struct grading *grading, const char *const paths[EMIT_FORMATS], char **error)
{
    for (int format = 0; format < EMIT_FORMATS; format++) {
        if (!paths[format] || !*paths[format])
            continue;
        char *text = writers[format](grading);
        bool done = report_write(paths[format], text, error);
        free(text);
        if (!done)
            return false;
    }
    return true;
}
