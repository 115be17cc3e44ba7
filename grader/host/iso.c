/*
 * Bootable CD images by grub-mkrescue (host side; see iso.h). The image is made beside its final name and renamed, so
 * that nobody ever finds half of one.
 * Files are numbered in the image, so that no name a person chose can clash with ISO 9660's rules or GRUB's syntax.
 *     tree/boot/0            the hypervisor          tree/boot/1, 2, ...     its modules, in order
 *     tree/boot/grub/grub.cfg  the menu that is none: one list of commands
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

/*
 * Words as GRUB's script language takes them literally: in single quotes, a quote itself as '\''.
 * Without this a `$` or a quote in a guest's command line would be GRUB's, and the guest would get another text.
 */
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

/*
 * " 'a' 'b'" for "a b". GRUB joins the words of a command line with one blank again.
 * Several blanks become one, as with a shell: GRUB's own joining could not keep them.
 */
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

/*
 * GRUB's command to load file /boot/`number`, known to what is booted by the name `source`.
 * The source's name is the first word after the file, since QEMU's loader puts it there too: one image, one text.
 */
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

/*
 * Copies `source` into the image as /boot/`number`. False with *error.
 * -L: what is booted is the file, not a link that dangles in the image. "--": names may begin with a dash.
 */
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

/*
 * Of GRUB's modules only those that booting takes: a small image is made in a second and read quickly by Bochs.
 * The log is GRUB's own words: shown whole, because grub-mkrescue's reasons are many.
 */
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

/* Everything is made in a private folder, removed on every way out; only the rename touches the caller's place. */
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
        mkdir(part, 0777);      /* a failure shows when the first file is written */
        free(part);
    }
    bool done = config_write(folder, kernel, options, modules, error) && image_make(folder, path, error);
    scratch_remove(folder);
    return done;
}
