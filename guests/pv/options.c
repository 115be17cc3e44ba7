/* Reads options from the command line in start_info. A word is an option wherever it stands. Called by any kernel that
   has options, after memory_start. */
#include "options.h"

#include <stddef.h>

#include "memory.h"
#include "string.h"

/* To the first character of the next word, or to the final NUL. */
static const char *word_skip(const char *text)
{
    while (*text != '\0' && *text != ' ')
        text++;
    while (*text == ' ')
        text++;
    return text;
}

/* What follows `name` in the first word that begins with it; NULL if none does. */
static const char *option_find(const char *name)
{
    size_t length = strlen(name);

    for (const char *word = start_info->cmd_line; *word != '\0'; word = word_skip(word))
        if (memcmp(word, name, length) == 0)
            return word + length;
    return NULL;
}

/* A word that only begins like it does not count. */
bool option_given(const char *name)
{
    const char *rest = option_find(name);

    return rest != NULL && (*rest == ' ' || *rest == '\0');
}

/* Stops at the first character that is no digit. */
uint32_t option_number(const char *name, uint32_t otherwise)
{
    const char *digit = option_find(name);
    uint32_t value = 0;

    if (digit == NULL || *digit != '=')
        return otherwise;
    for (digit++; *digit >= '0' && *digit <= '9'; digit++)
        value = value * 10 + (uint32_t)(*digit - '0');
    return value;
}
