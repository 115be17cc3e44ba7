/*
 * The hypervisor's own boot options (floor 1): words key=value on its multiboot command line. Floors add theirs with
 * OPTION(); what nobody knows stops the boot with a sentence, because a mistyped option silently ignored is worse.
 */
#ifndef RINGLET_OPTIONS_H
#define RINGLET_OPTIONS_H

#include <stdbool.h>

struct option {
    const char *key;                 /* "slice" */
    const char *form;                /* for the message: "slice=MS, 1 to 1000" */
    bool (*set)(const char *value);  /* false: not a value of that form */
};

#define OPTION(variable) \
    static const struct option *const variable##_entry __attribute__((used, section("options"))) = &(variable)

/* Apply each word of `line` behind the first (the image's path). Panics at the first bad one. */
void options_apply(const char *line);

#endif
