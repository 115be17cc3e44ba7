/*
 * Bootable CD images by grub-mkrescue (host side; see iso.h). The image is made beside its final name and renamed, so
 * that nobody ever finds half of one.
 */
#define _GNU_SOURCE
#include "iso.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scratch.h"

/* Words as GRUB's script language takes them literally: in single quotes, a quote itself as '\''. */
static void word_write(FILE *config, const char *word)
{
    fputs(" '", config);
    for (; *word; word++) {
        if (*word == '\'')
            fputs("'\\''", config);
        else
            fputc(*word, config);
    }
    fputc('\'', config);
}

/* " 'a' 'b'" for "a b". GRUB joins the words of a command line with one blank again. */
static void words_write(FILE *config, const char *text)
{
    char *copy = text_format("%s", text), *rest = copy, *word;

    while ((word = strsep(&rest, " ")))
        if (*word)
            word_write(config, word);
    free(copy);
}

/*
 * GRUB keeps to the screen, so that the serial line carries nothing but what the kernel says. Nobody sees that screen:
 * a command that fails is therefore repeated with the serial line as GRUB's terminal, to show its reason, and ends it.
 */
static void command_write(FILE *config, const char *command)
{
    fprintf(config, "if %s; then true; else\n    serial --unit=0 --speed=115200\n    terminal_output serial\n    %s\n"
            "    halt\nfi\n", command, command);
}

/* GRUB's command to load file /boot/`number`, known to what is booted by the name `source`. */
static void load_write(FILE *config, const char *command, int number, const char *source, const char *words)
{
    char *text = NULL;
    size_t size;
    FILE *line = open_memstream(&text, &size);

    if (!line)
        return;
    fprintf(line, "%s /boot/%d", command, number);
    word_write(line, source);
    words_write(line, words);
    fclose(line);
    command_write(config, text);
    free(text);
}

/* Copies `source` into the image as /boot/`number`. False with *error. */
static bool file_copy(const char *folder, int number, const char *source, char **error)
{
    char *target = text_format("%s/tree/boot/%d", folder, number);
    char *copy[] = { "cp", "-L", "--", (char *)source, target, NULL };
    char *log = text_format("%s/log", folder);
    bool done = command_run(copy, folder, log) == 0;

    if (!done)
        *error = text_format("%s: cannot be read; name an existing file", source);
    free(log);
    free(target);
    return done;
}

static bool file_place(FILE *config, const char *folder, const char *command, int number, const char *source,
                       const char *words, char **error)
{
    load_write(config, command, number, source, words);
    return file_copy(folder, number, source, error);
}

/* Modules are numbered files in the image: names with any character in them need no care on a CD. */
static bool config_write(const char *folder, const char *kernel, const char *options, const char *const *modules,
                         char **error)
{
    char *path = text_format("%s/tree/boot/grub/grub.cfg", folder);
    FILE *config = fopen(path, "w");
    bool done = config != NULL;

    if (config) {
        done = file_place(config, folder, "multiboot", 0, kernel, options ? options : "", error);
        for (int i = 0; done && modules && modules[i]; i++) {
            char *file = strndup(modules[i], strcspn(modules[i], " "));
            done = file_place(config, folder, "module", i + 1, file, modules[i] + strlen(file), error);
            free(file);
        }
        fputs("boot\n", config);
        fclose(config);
    } else {
        *error = text_format("%s: %s", path, strerror(errno));
    }
    free(path);
    return done;
}

/* Of GRUB's modules only those that booting takes: a small image is made in a second and read quickly by Bochs. */
static bool image_make(const char *folder, const char *path, char **error)
{
    struct arguments command = { 0 };
    char *log = text_format("%s/log", folder);
    char *fresh = text_format("%s.new", path);

    arguments_add(&command, "grub-mkrescue");
    arguments_add(&command, "--directory=/usr/lib/grub/i386-pc");
    arguments_add(&command, "--install-modules=biosdisk iso9660 multiboot normal boot serial terminal halt true");
    arguments_add(&command, "--locales=");
    arguments_add(&command, "--fonts=");
    arguments_add(&command, "--themes=");
    arguments_add(&command, "--output=%s", fresh);
    arguments_add(&command, "%s/tree", folder);
    int status = command_run(command.list, folder, log);
    bool done = status == 0 && rename(fresh, path) == 0;
    if (!done) {
        char *text = file_read(log, NULL);
        unlink(fresh);
        *error = status == 127 ? text_format("grub-mkrescue is missing; `make doctor` says how to get it")
                               : text_format("%s: grub-mkrescue failed: %s", path, text ? text : strerror(errno));
        free(text);
    }
    arguments_free(&command);
    free(fresh);
    free(log);
    return done;
}

bool iso_build(const char *path, const char *kernel, const char *options, const char *const *modules, char **error)
{
    char *folder = scratch_create();

    if (!folder) {
        *error = text_format("no temporary folder: %s; set TMPDIR to a writable one", strerror(errno));
        return false;
    }
    const char *parts[] = { "tree", "tree/boot", "tree/boot/grub", NULL };
    for (int i = 0; parts[i]; i++) {
        char *part = text_format("%s/%s", folder, parts[i]);
        mkdir(part, 0777);
        free(part);
    }
    bool done = config_write(folder, kernel, options, modules, error) && image_make(folder, path, error);
    scratch_remove(folder);
    return done;
}
