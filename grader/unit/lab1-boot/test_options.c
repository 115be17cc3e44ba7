/* sources: options.c print.c text_on_host.c panic_on_host.c */
/*
 * Unit tests of the hypervisor's boot options (floor 1): known words are set, all others stop the boot with a sentence
 * that names them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "options.h"
#include "panic.h"
#include "panic_on_host.h"
#include "xorshift.h"

static char colour[64], size[64];

static bool colour_set(const char *value)
{
    snprintf(colour, sizeof(colour), "%s", value);
    return strcmp(value, "pink") != 0;
}

static bool size_set(const char *value)
{
    snprintf(size, sizeof(size), "%s", value);
    return true;
}

static const struct option colour_option = { "colour", "colour=NAME", colour_set };
OPTION(colour_option);
static const struct option size_option = { "size", "size=NUMBER", size_set };
OPTION(size_option);

static int start(void **state)
{
    (void)state;
    colour[0] = size[0] = '\0';
    console_clear();
    return 0;
}

static void options_are_set(const char *line, const char *its_colour, const char *its_size)
{
    start(NULL);
    assert_false(ENDS_MACHINE(options_apply(line)));
    assert_string_equal(colour, its_colour);
    assert_string_equal(size, its_size);
    assert_string_equal(console_text, "");
}

static void known_words(void **state)
{
    (void)state;
    options_are_set("", "", "");
    options_are_set("ringlet.elf", "", "");
    options_are_set("colour=red", "", ""); /* the first word is the image's path, whatever it looks like */
    options_are_set("ringlet.elf   ", "", "");
    options_are_set("ringlet.elf colour=red", "red", "");
    options_are_set("ringlet.elf  size=3  colour=red ", "red", "3");
    options_are_set("ringlet.elf colour=red colour=blue", "blue", "");
    options_are_set("ringlet.elf colour= size=a=b", "", "a=b");
}

static void refused(const char *line, const char *word)
{
    char sentence[128];

    start(NULL);
    assert_true(ENDS_MACHINE(options_apply(line)));
    assert_int_equal(machine_status, MACHINE_PANIC);
    snprintf(sentence, sizeof(sentence), "hypervisor: the boot option %s is not known", word);
    assert_non_null(strstr(console_text, sentence));
    assert_non_null(strstr(console_text, "colour=NAME"));
    assert_non_null(strstr(console_text, "size=NUMBER"));
    assert_ptr_equal(strchr(console_text, '\n'), console_text + console_length - 1); /* one line */
}

static void unknown_words(void **state)
{
    (void)state;
    refused("ringlet.elf verbose", "verbose");
    refused("ringlet.elf color=red", "color=red");
    refused("ringlet.elf colou=red", "colou=red");
    refused("ringlet.elf colours=red", "colours=red");
    refused("ringlet.elf =red", "=red");
    refused("ringlet.elf =", "=");
    refused("ringlet.elf colour", "colour");
    refused("ringlet.elf colour=pink", "colour=pink");
    refused("ringlet.elf colour=red bad", "bad");
    refused("ringlet.elf\tcolour=red colour=x y", "y");
}

static void long_words_are_cut(void **state)
{
    char line[300] = "ringlet.elf colour=";

    (void)state;
    memset(line + strlen(line), 'x', 200);
    assert_false(ENDS_MACHINE(options_apply(line)));
    assert_int_equal(strlen(colour), 63 - strlen("colour="));
    memcpy(line + 12, "coloxr=", 7);
    assert_true(ENDS_MACHINE(options_apply(line)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(known_words, start),
        cmocka_unit_test_setup(unknown_words, start),
        cmocka_unit_test_setup(long_words_are_cut, start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
