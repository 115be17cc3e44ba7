/* Reads options from the command line that multiboot handed over. The string is copied on entry: loaders leave it in
   memory that belongs to no one. QEMU puts the file's name first, GRUB does not; so a word is an option wherever it
   stands. Called by start.S, then by any kernel with options. */
#include "options.h"

#include <stddef.h>

#include "string.h"

#define MULTIBOOT_HAS_MEMORY        0x1
#define MULTIBOOT_HAS_COMMAND_LINE  0x4

/* 512 bytes hold any command line of ours; one that is longer loses its end, never its neighbours. */
static char command_line[512];
static uint32_t memory_upper;   /* KiB, 0 when the loader did not tell */

/* Runs before anything else of ours: on a stack, but without tables or interrupts. Cut to what fits. */
void options_copy(const struct multiboot_info *info)
{
    const char *source = (const char *)info->command_line;

    if (info->flags & MULTIBOOT_HAS_MEMORY)
        memory_upper = info->memory_upper;
    if ((info->flags & MULTIBOOT_HAS_COMMAND_LINE) == 0)
        return;
    for (size_t i = 0; i < sizeof(command_line) - 1 && source[i] != '\0'; i++)
        command_line[i] = source[i];
}

/* The caller must treat 0 as "not known", not as "none". */
uint32_t memory_upper_kib(void)
{
    return memory_upper;
}

/* To the first character of the next word, or to the final NUL. Any number of blanks parts two words. */
static const char *word_skip(const char *text)
{
    while (*text != '\0' && *text != ' ')
        text++;
    while (*text == ' ')
        text++;
    return text;
}

/* `name` must not be empty. The '!' stands for "no match": it is neither '=', ' ' nor NUL.
   What follows `name` in the first word that starts with it and goes on with `next` or ends there; NULL if none.
   memcmp may look past the end of a word, never past the buffer: the rest of it is zeros. */
static const char *option_find(const char *name, char next)
{
    size_t length = strlen(name);

    /* Words only: `timer=1` does not match inside `notimer=1`, since each try starts behind a blank. */
    for (const char *word = command_line; *word != '\0'; word = word_skip(word)) {
        char after = memcmp(word, name, length) == 0 ? word[length] : '!';

        if (after == next || (next == ' ' && after == '\0'))
            return word + length + 1;
    }
    return NULL;
}

/* What is found is never read here: with `name` as the last word it points behind the NUL. */
bool option_given(const char *name)
{
    return option_find(name, ' ') != NULL;
}

/* The caller's array is always ended by a NUL, found or not, so size must be 1 at least. */
bool option_text(const char *name, char *value, unsigned size)
{
    const char *found = option_find(name, '=');
    unsigned count = 0;

    while (found != NULL && found[count] != '\0' && found[count] != ' ' && count < size - 1) {
        value[count] = found[count];
        count++;
    }
    value[count] = '\0';
    return found != NULL;
}

/* Stops at the first character that is no digit; too large a number wraps. Tests give sane ones. */
uint32_t option_number(const char *name, uint32_t otherwise)
{
    const char *digit = option_find(name, '=');
    uint32_t value = 0;

    if (digit == NULL)
        return otherwise;
    for (; *digit >= '0' && *digit <= '9'; digit++)
        value = value * 10 + (uint32_t)(*digit - '0');
    return value;
}
