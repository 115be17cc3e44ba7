/*
 * Scratch folders, argument lists, files, commands (host side; see scratch.h). Invariant: every folder made here is in
 * the list `folders` until it is removed, and the list is emptied at exit of the process that made it; a child after
 * fork must leave with _exit or exec.
 */
#define _GNU_SOURCE
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct arguments folders;    /* names of all that still exist */
static pid_t folders_owner;     /* 0 until the first folder */

/* _exit: with no memory left, exit handlers that allocate would only fail again. */
void *memory_resize(void *memory, size_t size)
{
    void *result = realloc(memory, size);

    if (!result) {
        fputs("out of memory\n", stderr);
        _exit(2);
    }
    return result;
}

/* Never NULL. The caller's va_list is used up. */
static char *text_format_list(const char *format, va_list values)
{
    char *text;

    if (vasprintf(&text, format, values) < 0) {
        fputs("out of memory\n", stderr);
        _exit(2);
    }
    return text;
}

/* Every text built here has just the length it needs: no buffer, no cut. */
char *text_format(const char *format, ...)
{
    va_list values;
    char *text;

    va_start(values, format);
    text = text_format_list(format, values);
    va_end(values);
    return text;
}

/*
 * Keeps the NULL behind the last one, as execvp wants it.
 * Takes over `text`.
 */
static void arguments_append(struct arguments *arguments, char *text)
{
    arguments->list = memory_resize(arguments->list, (arguments->count + 2) * sizeof(char *));
    arguments->list[arguments->count++] = text;
    arguments->list[arguments->count] = NULL;
}

void arguments_add(struct arguments *arguments, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    arguments_append(arguments, text_format_list(format, values));
    va_end(values);
}

/* Ready for use again afterwards: all zeros is an empty list. */
void arguments_free(struct arguments *arguments)
{
    for (size_t i = 0; i < arguments->count; i++)
        free(arguments->list[i]);
    free(arguments->list);
    *arguments = (struct arguments){ 0 };
}

/* Called for the contents before the folder itself (FTW_DEPTH). */
static int entry_remove(const char *path, const struct stat *status, int flag, struct FTW *place)
{
    (void)status, (void)flag, (void)place;
    return remove(path);
}

/* What cannot be removed stays: there is nobody left to tell at exit. */
static void folder_remove(const char *folder)
{
    nftw(folder, entry_remove, 8, FTW_DEPTH | FTW_PHYS); /* never follows a link out of the folder */
}

/* At exit. A forked child that exits by mistake must not take its parent's folders away. */
static void folders_remove(void)
{
    if (getpid() != folders_owner)
        return;
    for (size_t i = 0; i < folders.count; i++)
        folder_remove(folders.list[i]);
    arguments_free(&folders);
}

/*
 * The clean-up is registered with the first folder, so that programs without any pay nothing.
 * mkdtemp gives mode 0700: other users of the machine cannot put files into a run.
 */
char *scratch_create(void)
{
    const char *base = getenv("TMPDIR");
    char *folder = text_format("%s/ringlet-XXXXXX", base && *base ? base : "/tmp");

    if (!mkdtemp(folder)) {
        free(folder);
        return NULL;
    }
    if (!folders_owner) {
        folders_owner = getpid();
        atexit(folders_remove);
    }
    arguments_add(&folders, "%s", folder);
    return folder;
}

/*
 * The list holds its own copies: callers free theirs here whether or not the list still knows the folder.
 * The last of the list takes the place of the removed one: order means nothing here.
 */
void scratch_remove(char *folder)
{
    if (!folder)
        return;
    folder_remove(folder);
    for (size_t i = 0; i < folders.count; i++) {
        if (strcmp(folders.list[i], folder) != 0)
            continue;
        free(folders.list[i]);
        folders.list[i] = folders.list[--folders.count];
        folders.list[folders.count] = NULL;
        break;
    }
    if (!folders.count)
        arguments_free(&folders);
    free(folder);
}

/*
 * Sizes are not asked beforehand: files of /proc and pipes have none.
 * The NUL is not counted, so text and bytes can be read alike.
 */
char *file_read(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    char *text = NULL;
    size_t length = 0;

    if (!file)
        return NULL;
    for (;;) {
        text = memory_resize(text, length + 65537);
        size_t got = fread(text + length, 1, 65536, file);
        length += got;
        if (!got)
            break;
    }
    text[length] = 0;
    fclose(file);
    if (size)
        *size = length;
    return text;
}

/* fclose counts: a full disk often shows only there. */
bool file_write(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");

    if (!file)
        return false;
    bool written = fputs(text, file) >= 0;
    return fclose(file) == 0 && written;
}

/*
 * For short commands only: there is no time limit, and the caller does nothing meanwhile.
 * The log may be the reason's only witness, so errors and output go to the same file in the order they came.
 */
int command_run(char **arguments, const char *folder, const char *log)
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        int output = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0666);
        if (output >= 0) {
            dup2(output, STDOUT_FILENO);
            dup2(output, STDERR_FILENO);
        }
        setenv("TMPDIR", folder, 1);
        execvp(arguments[0], arguments);
        _exit(127);             /* as a shell says "no such program" */
    }
    if (child < 0)
        return -1;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
