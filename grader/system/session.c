/*
 * Sessions of GDB for tests (host side; see session.h).
 */
#define _GNU_SOURCE
#include "session.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "scratch.h"

char *session_folder;
static char *temporary; /* TMPDIR of what is run */

int session_set_up(void **state)
{
    (void)state;
    session_folder = scratch_create();
    temporary = text_format("%s/temporary", session_folder);
    return session_folder ? 0 : -1;
}

int session_tear_down(void **state)
{
    (void)state;
    free(temporary);
    scratch_remove(session_folder);
    return 0;
}

int session_shell(const char *command, char **said)
{
    char *log = text_format("%s/log", session_folder);
    char *arguments[] = { "sh", "-c", (char *)command, NULL };

    mkdir(temporary, 0777);
    int status = command_run(arguments, temporary, log);
    *said = file_read(log, NULL);
    assert_non_null(*said);
    if (rmdir(temporary) != 0)
        fail_msg("'%s' left files in its temporary folder", command);
    free(log);
    return status;
}

char *session_run(const char *settings, const char *commands)
{
    char *path = text_format("%s/commands", session_folder), *said;

    assert_true(file_write(path, commands));
    char *line = text_format("%s RL_COMMANDS=%s " SESSION_GDB, settings, path);
    int status = session_shell(line, &said);
    if (status != 0 || strstr(said, "Traceback") || strstr(said, "Python Exception") || strstr(said, "Error in"))
        fail_msg("'%s' with\n%s\nended with status %d and:\n%s", line, commands, status, said);
    free(line);
    free(path);
    return said;
}

void session_expect(const char *said, const char *const *words)
{
    for (; *words; words++)
        if (!strstr(said, *words))
            fail_msg("'%s' is missing in:\n%s", *words, said);
}

void session_expect_none(const char *said, const char *const *words)
{
    for (; *words; words++)
        if (strstr(said, *words))
            fail_msg("'%s' should not be in:\n%s", *words, said);
}

void expect_refusal(const char *settings, const char *words)
{
    char *line = text_format("%s " SESSION_GDB " 2>&1 >/dev/null", settings), *said;
    int status = session_shell(line, &said);

    if (status != 1 || !strstr(said, words) || strchr(said, '\n') != said + strlen(said) - 1)
        fail_msg("'%s': expected status 1 and '%s', got status %d and:\n%s", line, words, status, said);
    free(said);
    free(line);
}

static void scene_play(const char *scenes, const char *image, const char *name)
{
    char *line = text_format(LECTURE "RL_IMAGE=%s RL_SCENES=%s RL_SCENE=%s " SESSION_GDB, image, scenes, name), *said;

    if (session_shell(line, &said) != 0)
        fail_msg("scene %s:\n%s", name, said);
    free(line);
    free(said);
}

unsigned session_play_scenes(const char *folder, const char *image)
{
    struct dirent *entry;
    DIR *scenes = opendir(folder);
    unsigned played = 0;

    assert_non_null(scenes);
    while ((entry = readdir(scenes)) != NULL) {
        char *end = strstr(entry->d_name, ".scene");
        if (!end)
            continue;
        *end = 0;
        scene_play(folder, image, entry->d_name);
        played++;
    }
    closedir(scenes);
    return played;
}
