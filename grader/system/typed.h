/*
 * Commands as a person would type them, for the system tests of what students and instructors use (host side). A test
 * has one scratch folder; commands run in the top folder of the tree with these variables set:
 *   $folder  the scratch folder   $build  where this tree is built   $make  make as called from a terminal, quietly
 */
#ifndef RINGLET_TYPED_H
#define RINGLET_TYPED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Set-up and tear-down of a group of tests: the scratch folder. */
int typed_begin(void **state);
int typed_end(void **state);

/* The scratch folder. */
const char *typed_folder(void);

/* Runs a command; its exit status, and what it said on both streams, to be freed. */
int typed_run(const char *command, char **said);

/* Fails the test unless the command ends with `status` and says `words`. */
void typed_expect(const char *command, int status, const char *words);

/* The same with words to be put in by format: the command first. */
void typed_do(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A member of a JSON file that is a number; fails the test when the file or the member is missing. */
double typed_number(const char *file, const char *member);

#endif
