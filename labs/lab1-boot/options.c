/*
 * The hypervisor's own boot options (floor 1; see options.h).
 */
#include "options.h"
#include "panic.h"
#include "print.h"
#include "text.h"

extern const struct option *const __start_options[], *const __stop_options[];

#define WORD_SIZE 64

static void __attribute__((noreturn)) option_refuse(const char *word)
{
    print("hypervisor: the boot option %s is not known or has no such value; the options are:", word);
    for (const struct option *const *option = __start_options; option < __stop_options; option++)
        print(" %s;", (*option)->form);
    print("\n");
    machine_off(MACHINE_PANIC);
}

/* Split "key=value" in place; false when there is no "=". */
static bool word_split(char *word, char **value)
{
    for (; *word != '\0'; word++) {
        if (*word == '=') {
            *word = '\0';
            *value = word + 1;
            return true;
        }
    }
    return false;
}

static bool word_apply(char *word)
{
    char *value;

    if (!word_split(word, &value))
        return false;
    for (const struct option *const *option = __start_options; option < __stop_options; option++)
        if (text_equal((*option)->key, word))
            return (*option)->set(value);
    return false;
}

static const char *word_end(const char *text)
{
    while (*text != '\0' && *text != ' ')
        text++;
    return text;
}

void options_apply(const char *line)
{
    line = word_end(line);
    while (*line == ' ')
        line++;
    while (*line != '\0') {
        const char *end = word_end(line);
        size_t length = (size_t)(end - line);
        char word[WORD_SIZE], whole[WORD_SIZE];

        text_copy(whole, length < WORD_SIZE ? length + 1 : WORD_SIZE, line);
        text_copy(word, sizeof(word), whole);
        if (!word_apply(word))
            option_refuse(whole);
        for (line = end; *line == ' '; line++)
            ;
    }
}
