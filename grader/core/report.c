/*
 * Reading what programs left behind (host side, all labs; see report.h). The text comes from a student's program and is
 * only ever shown, never believed.
 */
#define _GNU_SOURCE
#include "report.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "sandbox.h"
#include "scratch.h"

#define FRAMES_SHOWN 8

static char *line_copy(const char *line)    /* to be freed, without its newline */
{
    return strndup(line, strcspn(line, "\n"));
}

/*
 * The part that tells: "segments.c:12:5: runtime error: shift ...", "AddressSanitizer: stack-buffer-overflow ...".
 * NULL: no sanitizer spoke. Folders are cut off: they are the scratch folder's.
 */
static char *sanitizer_sentence(const char *log)
{
    const char *address = strstr(log, "ERROR: AddressSanitizer: ");
    const char *undefined = strstr(log, "runtime error: ");

    if (address) {
        address += strlen("ERROR: AddressSanitizer: ");
        return text_format("memory error: %.*s", (int)strcspn(address, " \n"), address);
    }
    if (!undefined)
        return NULL;
    const char *start = undefined;
    while (start > log && start[-1] != '\n')
        start--;
    char *line = line_copy(start), *slash = strrchr(line, '/');
    char *sentence = text_format("%s", slash && slash < line + (undefined - start) ? slash + 1 : line);
    free(line);
    return sentence;
}

/* The executor's own words (executor.c). A student's program may print them as well: then it accuses itself. */
static char *forbidden_sentence(const char *log)
{
    const char *place = strstr(log, "forbidden system call ");
    int number;

    if (!place || sscanf(place, "forbidden system call %d", &number) != 1)
        return NULL;
    char *name = sandbox_call_name(number);
    char *sentence = text_format("it called the operating system (%s), which hypervisor code has no business to do",
                                 name ? name : "?");
    free(name);
    return sentence;
}

/* In words of what the student sees, not of what the kernel did. */
static char *signal_sentence(int number)
{
    if (number == SIGXCPU || number == SIGKILL) /* the kernel sends the second when soft and hard limit are one */
        return text_format("it does not come back: an endless loop?");
    if (number == SIGXFSZ)
        return text_format("it printed without end");
    if (number == SIGSYS)
        return text_format("it called the operating system, which hypervisor code has no business to do");
    return text_format("it was ended by signal %d (%s)", number, strsignal(number));
}

char *report_death(const char *log, int status)
{
    char *sentence = sanitizer_sentence(log); /* first: a sanitizer that reports may itself be refused a call */

    if (!sentence)
        sentence = forbidden_sentence(log);
    if (sentence)
        return sentence;
    if (WIFSIGNALED(status))
        return signal_sentence(WTERMSIG(status));
    return text_format("its program ended by itself (exit status %d) before it answered", WEXITSTATUS(status));
}

/*
 * "    #1 0x55d1c2 in segment_pack /tmp/x/lab1-boot/segments.c:24" becomes "segment_pack at segments.c:24". False for
 * another line, and for a frame of the executor, where the student's part of the stack ends.
 */
static bool frame_print(FILE *out, const char *line)
{
    char function[80], place[400];

    if (sscanf(line, " #%*d %*s in %79s %399s", function, place) != 2 || !strchr(place, ':'))
        return false;
    const char *slash = strrchr(place, '/'), *file = slash ? slash + 1 : place;
    if (strncmp(file, "executor", 8) == 0 || strncmp(file, "libc_start", 10) == 0 || strcmp(function, "main") == 0)
        return false;
    fprintf(out, "%s at %s\n", function, file);
    return true;
}

char *report_stack(const char *log)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    unsigned shown = 0;

    if (!out)
        return text_format("%s", "");
    for (const char *line = log; line && shown < FRAMES_SHOWN; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, "    #0", 6) == 0 && shown)
            break; /* a second stack: where the memory came from */
        shown += frame_print(out, line);
        if (!*line)
            break;
    }
    fclose(out);
    return text;
}

/* Only up to the first colon: what follows may contain slashes of its own. */
static const char *folders_skip(const char *line, const char *end)
{
    const char *colon = memchr(line, ':', end - line);
    const char *slash = colon ? memrchr(line, '/', colon - line) : NULL;

    return slash ? slash + 1 : line;
}

/* The earliest of the marks: what follows it is mostly its consequence. */
char *report_compile(const char *log)
{
    static const char *const marks[] = { ": error: ", ": fatal error: ", "Error: ", "undefined reference",
                                         "multiple definition", "out of memory", "memory exhausted", ": Killed",
                                         "limit exceeded", ": *** " };
    const char *first = NULL;

    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        const char *place = strstr(log, marks[i]);
        if (place && (!first || place < first))
            first = place;
    }
    if (!first)
        first = report_tail(log, 1);
    while (first > log && first[-1] != '\n')
        first--;
    const char *end = first + strcspn(first, "\n");
    first = folders_skip(first, end);
    return text_format("%.*s", (int)(end - first), first);
}

/* In place: the text only gets shorter. */
void report_scrub(char *text, const char *scratch)
{
    size_t length = strlen(scratch);
    char *to = text;

    while (*text) {
        if (strncmp(text, scratch, length) != 0) {
            *to++ = *text++;
            continue;
        }
        size_t name = strcspn(text, " \n:'\"`)"); /* the whole path; what stands behind its last slash stays */
        const char *slash = memrchr(text, '/', name);
        text = slash && slash >= text + length ? (char *)slash + 1 : text + name;
    }
    *to = 0;
}

/* Length of the first `lines` lines, newlines included. */
size_t report_head(const char *text, unsigned lines)
{
    const char *at = text;

    for (; *at && lines > 0; at++)
        lines -= *at == '\n';
    return (size_t)(at - text);
}

/* Points into `text`. */
const char *report_tail(const char *text, unsigned lines)
{
    const char *at = text + strlen(text);

    if (at > text && at[-1] == '\n')
        at--;
    while (at > text && (at[-1] != '\n' || --lines > 0))
        at--;
    return at;
}
