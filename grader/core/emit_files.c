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

static char *(*const writers[EMIT_FORMATS])(const struct grading *grading) = {
    [EMIT_JSON] = emit_json, [EMIT_GRADESCOPE] = emit_gradescope, [EMIT_CLASSROOM] = emit_classroom,
    [EMIT_JUNIT] = emit_junit, [EMIT_CSV] = emit_csv,
};

/* Beside the report, so that rename is possible; with our pid, so that two gradings do not meet. */
static char *new_name(const char *path)
{
    return text_format("%s.new-%d", path, (int)getpid());
}

static bool path_fail(const char *path, char **error)
{
    *error = text_format("%s cannot be written: %s; name a file in a folder where you may write", path,
                         strerror(errno));
    return false;
}

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
