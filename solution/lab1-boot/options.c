/*
 * The hypervisor's own boot options (floor 1; see options.h). Called once by start.c, before any floor's init, so that
 * each floor finds its options set when it starts.
 *
 *      ringlet.elf slice=5 sensitive=report
 *      \_________/ \_____/
 *       the path    one word: the key finds a struct option in the linker's array, which judges the value
 */
#include "options.h"
#include "panic.h"
#include "print.h"
#include "text.h"

/*
 * OPTION(x) puts a pointer to x into the section "options" of whatever object file it stands in. The linker lays all
 * of them in a row (ringlet.ld), so a floor that is linked in has its options and one that is not has none.
 */
extern const struct option *const __start_options[], *const __stop_options[];

/* Longest word looked at. A longer one is cut, so it has no value of the right form any more and is refused. */
#define WORD_SIZE 64

/*
 * The list of options is as long as the floors in this image make it: no text to keep up to date. The status is a
 * panic's, since a machine that does not do what was asked for is not to be mistaken for one that ran.
 */
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

/* False for an unknown key and for a bad value alike: the message shows the forms, and those tell which it was. */
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

/* Words end at a space. There is no quoting: no option of ours has a value with a space in it. */
static const char *word_end(const char *text)
{
    while (*text != '\0' && *text != ' ')
        text++;
    return text;
}

/* The word is copied twice: taking it apart cuts it at the "=", and the message wants it whole. */
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
