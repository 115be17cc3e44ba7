/*
 * The table of a lab's mutants (host side; see mutants.h). A line is "name exercise check,check what is wrong"; lines
 * that begin with # are comments; "skeleton N" declares the skeleton's points. Invariant of a table that was accepted:
 * every name in it exists, every patch has a line and every check a mutant.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mutants.h"
#include "scratch.h"

size_t check_find(const struct grading *checks, const char *name)
{
    size_t i = 0;

    while (i < checks->count && strcmp(checks->results[i].check->name, name) != 0)
        i++;
    return i;
}

/* Next word of the line, cut out; "" at its end. */
static char *word_next(char **line)
{
    char *word = *line + strspn(*line, " \t");

    *line = word + strcspn(word, " \t");
    if (**line)
        *(*line)++ = 0;
    return word;
}

static bool intended_read(struct mutant *mutant, char *words, const struct grading *checks, char **error)
{
    size_t count = 0;

    for (char *name = strtok(words, ","); name; name = strtok(NULL, ",")) {
        if (count == INTENDED_MAX - 1 || check_find(checks, name) == checks->count) {
            *error = text_format("mutant %s intends check %s, which is %s", mutant->name, name,
                                 count == INTENDED_MAX - 1 ? "one too many" : "no check of this lab");
            return false;
        }
        mutant->intended[count++] = strdup(name);
    }
    if (!count)
        *error = text_format("mutant %s intends no check; its line is: name exercise check,check what is wrong",
                             mutant->name);
    return count > 0;
}

static bool mutant_read(struct mutant *mutant, char *line, const char *folder, const struct grading *checks,
                        char **error)
{
    mutant->name = strdup(word_next(&line));
    mutant->exercise = strdup(word_next(&line));
    mutant->patch = text_format("%s/%s.patch", folder, mutant->name);
    if (!intended_read(mutant, word_next(&line), checks, error))
        return false;
    mutant->why = strdup(line + strspn(line, " \t"));
    if (access(mutant->patch, R_OK) == 0)
        return true;
    *error = text_format("mutant %s has no readable patch %s: %s", mutant->name, mutant->patch, strerror(errno));
    return false;
}

static bool line_read(struct mutant_table *table, char *line, const char *folder, const struct grading *checks,
                      char **error)
{
    if (*line == 0 || *line == '#')
        return true;
    if (sscanf(line, "skeleton %u", &table->baseline) == 1)
        return true;
    table->mutants = memory_resize(table->mutants, (table->count + 1) * sizeof(struct mutant));
    struct mutant *mutant = &table->mutants[table->count];
    *mutant = (struct mutant){ 0 };
    if (!mutant_read(mutant, line, folder, checks, error))
        return false;
    for (size_t i = 0; i < table->count; i++)
        if (strcmp(table->mutants[i].name, mutant->name) == 0)
            *error = text_format("mutant %s stands in the table twice", mutant->name);
    table->count++;
    return !*error;
}

/* A patch that nobody grades is a mistake of the table. */
static bool patches_listed(const struct mutant_table *table, const char *folder, char **error)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, NULL, alphasort);

    for (int i = 0; i < count; i++) {
        char *dot = strrchr(entries[i]->d_name, '.');
        bool is_listed = !dot || strcmp(dot, ".patch") != 0;
        for (size_t k = 0; k < table->count && !is_listed; k++)
            is_listed = strncmp(table->mutants[k].name, entries[i]->d_name, (size_t)(dot - entries[i]->d_name)) == 0 &&
                        table->mutants[k].name[dot - entries[i]->d_name] == 0;
        if (!is_listed && !*error)
            *error = text_format("%s/%s has no line in the table beside it", folder, entries[i]->d_name);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    return !*error;
}

static bool is_intended(const struct mutant_table *table, const char *check)
{
    for (size_t i = 0; i < table->count; i++)
        for (size_t k = 0; table->mutants[i].intended[k]; k++)
            if (strcmp(table->mutants[i].intended[k], check) == 0)
                return true;
    return false;
}

static bool checks_covered(const struct mutant_table *table, const struct grading *checks, char **error)
{
    for (size_t i = 0; i < checks->count; i++)
        if (!is_intended(table, checks->results[i].check->name)) {
            *error = text_format("check %s has no mutant: add a patch that it must catch",
                                 checks->results[i].check->name);
            return false;
        }
    return true;
}

bool table_read(struct mutant_table *table, const char *folder, const struct grading *checks, char **error)
{
    char *path = text_format("%s/table", folder), *text = file_read(path, NULL), *rest = text, *line;

    *table = (struct mutant_table){ 0 };
    if (!text)
        *error = text_format("%s cannot be read: %s; it lists the lab's mutants", path, strerror(errno));
    while (!*error && (line = strsep(&rest, "\n")))
        line_read(table, line, folder, checks, error);
    free(text);
    free(path);
    return !*error && patches_listed(table, folder, error) && checks_covered(table, checks, error);
}
