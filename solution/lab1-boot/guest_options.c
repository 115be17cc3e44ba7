/*
 * Boot module command lines (floor 1, pure; format in guests.h). The file's path comes first: QEMU puts it there by
 * itself, in a GRUB menu it is written as the first word behind the file.
 *
 *      /boot/bare.elf name=left mem=8M -- name=mine fast
 *      \____________/ \______________/  | \____________/
 *       default name   ours              |  the guest's, as it stands
 *                                        ends ours, for a guest whose own words look like ours
 *
 * Nothing is changed in place: the line is the loader's, and the guest's words are passed on as a pointer into it.
 */
#include <stddef.h>
#include "guests.h"
#include "text.h"

/* Longest word looked at; MEMORY_MAX: as much as bare_build.c has page tables for. */
#define WORD_SIZE 64
#define MEMORY_MAX (64u << 20)

/* Of the separators only these: a line break does not get through a boot menu. */
static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

/* Several spaces are one: menus are written by people. */
static const char *skip_spaces(const char *text)
{
    while (is_space(*text))
        text++;
    return text;
}

/* Copy the word at `text` (truncated to WORD_SIZE - 1) and return what follows it. */
static const char *take_word(const char *text, char word[WORD_SIZE])
{
    size_t length = 0;

    for (; *text != '\0' && !is_space(*text); text++)
        if (length < WORD_SIZE - 1)
            word[length++] = *text;
    word[length] = '\0';
    return skip_spaces(text);
}

/* A name that is nothing but the suffix is kept: an empty name would print as "[]". */
static void cut_suffix(char *name, const char *suffix)
{
    size_t length = strlen(name), cut = strlen(suffix);

    if (length > cut && text_equal(name + length - cut, suffix))
        name[length - cut] = '\0';
}

/* The file's base name without .elf or .bin. */
/* QEMU's path may be cut at 63 letters by take_word(); names are shorter anyway. */
static void name_from_path(const char *path, struct guest_image *image)
{
    const char *base = path;

    for (; *path != '\0'; path++)
        if (*path == '/')
            base = path + 1;
    char word[WORD_SIZE];
    text_copy(word, sizeof(word), *base != '\0' ? base : "guest");
    cut_suffix(word, ".elf");
    cut_suffix(word, ".bin");
    text_copy(image->name, sizeof(image->name), word);
}

/* At least a PC's first MiB, which every multiboot kernel expects; whole pages, for a page is mapped or is not. */
static const char *memory_parse(const char *value, struct guest_image *image)
{
    uint32_t bytes;

    if (!text_to_size(value, &bytes))
        return "its mem= is no size; write mem=4M or mem=4096K";
    if (bytes < (1u << 20) || bytes > MEMORY_MAX || bytes % PAGE_SIZE != 0)
        return "its mem= must be a whole number of 4 KiB pages from 1M to 64M";
    image->memory = bytes;
    return NULL;
}

/* The length of "key=" when `word` starts so; 0 otherwise. */
static size_t key_length(const char *word)
{
    for (size_t i = 0; word[i] != '\0'; i++)
        if (word[i] == '=')
            return i + 1;
    return 0;
}

/* `key` with its "=", so that "mem=" does not match "memory=". */
static bool has_key(const char *word, const char *key)
{
    return strlen(key) == key_length(word) && memcmp(word, key, strlen(key)) == 0;
}

/* An unknown key refuses the guest: a mistyped mem= would otherwise end up as the guest's problem. */
static const char *option_parse(const char *word, struct guest_image *image)
{
    const char *value = word + key_length(word);

    if (has_key(word, "mem="))
        return memory_parse(value, image);
    if (!has_key(word, "name=") && !has_key(word, "module="))
        return "its command line has an unknown option; the known ones are name=, mem= and module=, "
               "and -- goes before the guest's own words";
    if (*value == '\0' || strlen(value) >= DOMAIN_NAME_SIZE)
        return "its name= and module= must have 1 to 15 letters";
    text_copy(has_key(word, "name=") ? image->name : image->module_name, DOMAIN_NAME_SIZE, value);
    return NULL;
}

/*
 * Ours are the leading words with a "=" in them. So a guest's first word decides, and none of its own is looked at.
 *
 *      mem=8M        8 MiB         mem=512K, mem=much     refused: too small, no size
 *      fast mem=8M   the guest's   memory=8M              refused: no option of ours
 */
const char *guest_options_parse(const char *line, struct guest_image *image)
{
    char word[WORD_SIZE];
    const char *rest = take_word(skip_spaces(line), word), *reason = NULL;

    name_from_path(word, image);
    image->memory = GUEST_MEMORY_DEFAULT;
    image->module_name[0] = '\0';
    while (*rest != '\0' && reason == NULL) {
        const char *next = take_word(rest, word);

        if (text_equal(word, "--")) {
            rest = next;
            break;
        }
        if (key_length(word) == 0)
            break; /* the guest's own words begin here */
        reason = option_parse(word, image);
        rest = next;
    }
    image->command_line = rest;
    return reason;
}
