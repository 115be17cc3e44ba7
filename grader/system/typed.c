/*
 * Commands as a person would type them (host side; see typed.h).
 */
#define _GNU_SOURCE
#include "typed.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scratch.h"

/* As if typed at a terminal, not called by the make that runs the tests. */
#define PRELUDE "unset MAKEFLAGS MAKELEVEL MFLAGS LAB SEED OUT T; folder=%s; build=" BUILD_FOLDER \
                "; make='make -s BUILD=" BUILD_FOLDER "'; "

static char *folder;

int typed_begin(void **state)
{
    (void)state;
    folder = scratch_create();
    return folder == NULL;
}

int typed_end(void **state)
{
    (void)state;
    scratch_remove(folder);
    return 0;
}

const char *typed_folder(void)
{
    return folder;
}

int typed_run(const char *command, char **said)
{
    char *log = text_format("%s/log", folder), *whole = text_format(PRELUDE "%s", folder, command);
    char *arguments[] = { "sh", "-c", whole, NULL };
    int status = command_run(arguments, folder, log);

    *said = file_read(log, NULL);
    assert_non_null(*said);
    free(whole);
    free(log);
    return status;
}

void typed_expect(const char *command, int status, const char *words)
{
    char *said;
    int got = typed_run(command, &said);

    if (got != status || !strstr(said, words))
        fail_msg("'%s': expected status %d and '%s', got status %d and:\n%s", command, status, words, got, said);
    free(said);
}

void typed_do(const char *format, ...)
{
    va_list values;
    char *command;

    va_start(values, format);
    assert_true(vasprintf(&command, format, values) >= 0);
    va_end(values);
    typed_expect(command, 0, "");
    free(command);
}

double typed_number(const char *file, const char *member)
{
    char *path = text_format("%s/%s", folder, file), *text = file_read(path, NULL);
    cJSON *root = text ? cJSON_Parse(text) : NULL, *value = cJSON_GetObjectItem(root, member);

    if (!cJSON_IsNumber(value))
        fail_msg("%s has no number called %s:\n%s", path, member, text ? text : "(there is no such file)");
    double number = value->valuedouble;
    cJSON_Delete(root);
    free(text);
    free(path);
    return number;
}
