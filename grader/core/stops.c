/*
 * Where the debugger stops for a failed check (host side, all labs; see stops.h). Called by run.c after each check.
 *
 * A system check's file boots the guests of its own run. A unit check has no machine, so its file boots the lab's
 * guest for that purpose and stops where the function it looked at is first used: the same code, with live data.
 */
#include "stops.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scratch.h"
#include "system_private.h"

static const char *folder;

void stops_prepare(const char *given)
{
    folder = given;
}

/* "decode.c: parse_modrm(), find()" names parse_modrm; to be freed, NULL when no function is named. */
static char *function_named(const char *where)
{
    const char *colon = where ? strstr(where, ": ") : NULL;
    const char *name = colon ? colon + 2 : NULL;
    const char *end = name ? strchr(name, '(') : NULL;

    return end ? text_format("%.*s", (int)(end - name), name) : NULL;
}

static char *location(const struct result *result)
{
    if (result->check->stop)
        return text_format("%s", result->check->stop);
    char *name = function_named(result->where);
    return name ? name : function_named(result->check->where);
}

/* "file words, file words": what make gdb boots; to be freed. */
static char *guests_named(void)
{
    const struct system_run *run = system_run_now();
    char *all = text_format("%s", "");

    for (unsigned i = 0; run && i < BOOT_GUESTS_MAX && run->boot->guests[i]; i++) {
        char *module = system_guest_module(run->boot->guests[i], folder);
        char *longer = text_format("%s%s%s", all, i ? ", " : "", module);

        free(module);
        free(all);
        all = longer;
    }
    if (*all)
        return all;
    free(all);
    return text_format("%s/guests/%s", folder, lab.guest ? lab.guest : "bare.elf");
}

static char *commands_make(const struct result *result, const char *stop)
{
    const struct system_run *run = system_run_now();
    const char *options = run && run->boot->options ? run->boot->options : "";
    char *guests = guests_named();
    char *text = text_format("# guests: %s\n# options: %s\necho %s (exercise %s): stopping at %s.\\n\ntbreak %s\n"
                             "continue\n",
                             guests, options, result->check->name, result->check->exercise, stop, stop);

    free(guests);
    return text;
}

void stop_write(const struct result *result)
{
    char *path = folder ? text_format("%s/grade/%s.gdb", folder, result->check->name) : NULL;
    char *stop = result->status == RESULT_FAILED ? location(result) : NULL;

    if (path && !stop)
        unlink(path);
    if (path && stop) {
        char *text = commands_make(result, stop);

        file_write(path, text); /* a debugger without it says so; the grade does not depend on it */
        free(text);
    }
    free(stop);
    free(path);
}
