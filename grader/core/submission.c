/*
 * Bringing a submission into the scratch folder (host side, all labs; see submission.h). Invariant: the result holds
 * exactly the skeleton's files, all of them the submission's; one that lacks some, or has sources of other names, is
 * refused, and what is no source stays behind (so a Makefile, a linker script or grader folders in it mean nothing).
 */
#define _GNU_SOURCE
#include "submission.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "scratch.h"

static char *skeleton; /* folder whose file names count: labs/NAME, and for the reference solution its own */

/* Hidden files are none: editors leave ".#decode.c" and the like. */
static bool is_source(const char *name)
{
    const char *dot = strrchr(name, '.');

    return dot && name[0] != '.' && (!strcmp(dot, ".c") || !strcmp(dot, ".h") || !strcmp(dot, ".S"));
}

/* The skeleton decides, not the submission: a file the lab does not have is never compiled. */
bool submission_knows(const char *name)
{
    struct stat status;

    if (!is_source(name) || strchr(name, '/'))
        return false;
    char *path = text_format("%s/%s", skeleton, name);
    bool known = stat(path, &status) == 0 && S_ISREG(status.st_mode);
    free(path);
    return known;
}

/* Copies one plain file that is not too large. False with a sentence in *error. */
static bool file_copy(const char *from, const char *to, char **error)
{
    int file = open(from, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC); /* O_NONBLOCK: a FIFO must not hang us */
    struct stat status;
    bool done = false;

    if (file < 0 || fstat(file, &status) || !S_ISREG(status.st_mode)) {
        *error = text_format("%s is no plain file that can be read; submit the folder of the lab as `make handin` "
                             "packs it", from);
    } else if (status.st_size > (off_t)SUBMISSION_BYTES) {
        *error = text_format("%s is larger than 8 MiB; remove what does not belong to the lab", from);
    } else {
        char *bytes = memory_resize(NULL, (size_t)status.st_size + 1);
        ssize_t got = read(file, bytes, (size_t)status.st_size);
        int copy = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        done = got == status.st_size && copy >= 0 && write(copy, bytes, (size_t)got) == got;
        if (!done)
            *error = text_format("%s cannot be copied to %s: %s", from, to, strerror(errno));
        if (copy >= 0)
            close(copy);
        free(bytes);
    }
    if (file >= 0)
        close(file);
    return done;
}

/* Told to the student: code in a file of another name must not be lost silently. */
static void ignored_add(struct submission *submission, const char *name)
{
    static const char *const ours[] = { "Makefile", "FILES", "answers.md", "ringlet.ld", "MANIFEST" };

    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
        if (strcmp(name, ours[i]) == 0)
            return;
    if (submission->ignored && strlen(submission->ignored) > 200)
        return;
    char *longer = text_format("%s%s%s", submission->ignored ? submission->ignored : "",
                               submission->ignored ? ", " : "", name);
    free(submission->ignored);
    submission->ignored = longer;
}

/* Code in a file that is not the lab's would not be graded: better said than seen in the points. */
static bool stranger_refuse(const char *given, const char *name, char **error)
{
    *error = text_format("%s: %.100s is no file of lab %u and would not be graded; move its code into one that is",
                         given, name, lab.number);
    return false;
}

/* False with a sentence when a source file of the skeleton is not in `folder`, which came from `given`. */
/* Only sources: a hand-in without its answers.md still has a hypervisor to grade. */
static bool folder_check(const char *folder, const char *given, char **error)
{
    struct dirent **entries;
    int count = scandir(skeleton, &entries, NULL, alphasort);

    for (int i = 0; i < count; i++) {
        char *path = text_format("%s/%s", folder, entries[i]->d_name);
        if (!*error && is_source(entries[i]->d_name) && access(path, F_OK) != 0 && errno == ENOENT)
            *error = text_format("%s lacks %s, which belongs to lab %u; submit the archive that `make handin` makes",
                                 given, entries[i]->d_name, lab.number);
        free(path);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    return !*error;
}

/*
 * Copies the known files of `folder` over what is in submission->floor; counts them when they are the submission's.
 * In the order of names, so that the note about ignored files repeats.
 */
static bool folder_copy(struct submission *submission, const char *folder, bool is_skeleton, char **error)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, NULL, alphasort);
    bool done = count >= 0;

    if (!done)
        *error = text_format("%s cannot be read: %s", folder, strerror(errno));
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        if (done && (submission_knows(name) || (is_skeleton && strcmp(name, "ringlet.ld") == 0))) {
            char *from = text_format("%s/%s", folder, name), *to = text_format("%s/%s", submission->floor, name);
            done = file_copy(from, to, error);
            submission->taken += !is_skeleton;
            free(from);
            free(to);
        } else if (done && !is_skeleton && is_source(name)) {
            done = stranger_refuse(folder, name, error);
        } else if (!is_skeleton && name[0] != '.') {
            ignored_add(submission, name);
        }
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    return done;
}

/*
 * `given` itself, or the lab's folder in it, whichever has files of the skeleton. To be freed.
 * The first form that fits: people name the lab's folder, labs/, or the top of their tree.
 */
static char *floor_find(const char *given)
{
    char *forms[] = { text_format("%s", given), text_format("%s/%s", given, lab.folder),
                      text_format("%s/labs/%s", given, lab.folder) };
    char *found = NULL;

    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        struct dirent **entries;
        int count = found ? 0 : scandir(forms[i], &entries, NULL, alphasort);
        for (int k = 0; k < count; k++) {
            if (!found && submission_knows(entries[k]->d_name))
                found = strdup(forms[i]);
            free(entries[k]);
        }
        if (count > 0)
            free(entries);
        free(forms[i]);
    }
    return found;
}

/* A folder of the lab as it lies, or one that holds it. */
static bool folder_take(struct submission *submission, const char *given, char **error)
{
    char *floor = floor_find(given);
    bool done = floor && folder_check(floor, given, error) && folder_copy(submission, floor, false, error);

    if (!floor)
        *error = text_format("%s holds no file of lab %u; name the folder %s or the archive that `make handin` made",
                             given, lab.number, lab.folder);
    free(floor);
    return done;
}

/* An archive is unpacked beside the floor first: a bad one is refused before anything of it is in the floor. */
static bool archive_take(struct submission *submission, const char *given, const char *scratch, char **error)
{
    char *folder = text_format("%s/hand-in", scratch);
    bool done = mkdir(folder, 0700) == 0 && archive_unpack(given, folder, error);
    char *inside = done ? floor_find(folder) : NULL;

    if (inside)
        done = folder_check(folder, given, error) && folder_copy(submission, folder, false, error);
    else if (done)
        *error = text_format("%s holds no file of lab %u; submit the archive that `make handin LAB=%u` makes", given,
                             lab.number, lab.number);
    free(folder);
    free(inside);
    return done && inside;
}

/* An empty floor in the scratch folder; its parent's name decides whether the build takes the answers. */
static bool floor_make(struct submission *submission, const char *scratch, const char *parent, char **error)
{
    submission->source = text_format("%s/%s", scratch, parent);
    submission->floor = text_format("%s/%s", submission->source, lab.folder);
    if (mkdir(submission->source, 0700) == 0 && mkdir(submission->floor, 0700) == 0)
        return true;
    *error = text_format("%s cannot be made: %s; set TMPDIR to a writable folder", submission->floor, strerror(errno));
    return false;
}

/* Skeleton first, then the submission on top; folder_check has made sure that no source of the former is graded. */
bool submission_take(struct submission *submission, const char *given, const char *scratch, char **error)
{
    bool is_solution = given && strcmp(given, "solution") == 0;
    struct stat status;

    free(skeleton);
    skeleton = text_format("%s/%s", is_solution ? "solution" : "labs", lab.folder);
    *submission = (struct submission){ .given = given && *given ? given : "" };
    const char *path = is_solution || !given || !*given ? skeleton : given;
    bool done = floor_make(submission, scratch, is_solution ? "solution" : "labs", error);
    if (done && stat(path, &status) != 0) {
        *error = text_format("%s cannot be read: %s; name a folder or an archive", path, strerror(errno));
        done = false;
    }
    done = done && folder_copy(submission, skeleton, true, error);
    if (done && S_ISDIR(status.st_mode))
        done = folder_take(submission, path, error);
    else if (done)
        done = archive_take(submission, path, scratch, error);
    return done;
}
