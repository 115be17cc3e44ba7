/*
 * Tests of hand-in archives (host side): good ones give exactly the lab's files, and each kind of bad one is refused
 * with a sentence, before anything of it lies outside the folder it is unpacked into.
 */
/* sources: archive.c ../host/scratch.c */
/* libs: -larchive */
#define _GNU_SOURCE
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <archive.h>
#include <archive_entry.h>

#include "../../core/check.h"
#include "../../core/submission.h"
#include "../../host/scratch.h"

static const struct exercise exercises[] = { { NULL, NULL, 0 } };
const struct lab lab = { .number = 7, .folder = "lab7-fake", .exercises = exercises };

/* The skeleton of this test. */
bool submission_knows(const char *name)
{
    return strcmp(name, "a.c") == 0 || strcmp(name, "b.h") == 0;
}

struct bench {
    char *folder, *archive, *target;
    struct archive *writer;
};

static void bench_open(struct bench *bench, bool is_zip)
{
    bench->folder = scratch_create();
    bench->archive = text_format("%s/archive", bench->folder);
    bench->target = text_format("%s/target", bench->folder);
    assert_int_equal(mkdir(bench->target, 0700), 0);
    bench->writer = archive_write_new();
    if (is_zip) {
        archive_write_set_format_zip(bench->writer);
    } else {
        archive_write_add_filter_gzip(bench->writer);
        archive_write_set_format_pax_restricted(bench->writer);
    }
    assert_int_equal(archive_write_open_filename(bench->writer, bench->archive), ARCHIVE_OK);
}

static void entry_add(struct bench *bench, const char *path, mode_t type, const char *link, const char *text)
{
    struct archive_entry *entry = archive_entry_new();
    size_t size = text ? strlen(text) : 0;

    archive_entry_set_pathname(entry, path);
    archive_entry_set_filetype(entry, type);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, (la_int64_t)size);
    if (link && type == AE_IFLNK)
        archive_entry_set_symlink(entry, link);
    else if (link)
        archive_entry_set_hardlink(entry, link);
    assert_int_equal(archive_write_header(bench->writer, entry), ARCHIVE_OK);
    if (size)
        assert_int_equal(archive_write_data(bench->writer, text, size), size);
    archive_entry_free(entry);
}

/* Closes and unpacks it; the sentence of the refusal, or NULL. */
static char *unpack(struct bench *bench)
{
    char *error = NULL;

    archive_write_free(bench->writer);
    bool done = archive_unpack(bench->archive, bench->target, &error);
    assert_true(done == (error == NULL));
    return error;
}

static void bench_close(struct bench *bench)
{
    scratch_remove(bench->folder);
    free(bench->archive);
    free(bench->target);
}

static void target_check(struct bench *bench, const char *name, const char *text)
{
    char *path = text_format("%s/%s", bench->target, name), *found = file_read(path, NULL);

    if (text)
        assert_string_equal(found, text);
    else
        assert_null(found);
    free(found);
    free(path);
}

static void good_check(bool is_zip)
{
    struct bench bench;

    bench_open(&bench, is_zip);
    entry_add(&bench, "lab7-fake", AE_IFDIR, NULL, NULL);
    entry_add(&bench, "lab7-fake/a.c", AE_IFREG, NULL, "A");
    entry_add(&bench, "x/lab7-fake/b.h", AE_IFREG, NULL, "B");
    entry_add(&bench, "lab7-fake/Makefile", AE_IFREG, NULL, "evil");
    entry_add(&bench, "other/a.c", AE_IFREG, NULL, "evil");
    entry_add(&bench, "notlab7-fake/a.c", AE_IFREG, NULL, "evil");
    assert_null(unpack(&bench));
    target_check(&bench, "a.c", "A");
    target_check(&bench, "b.h", "B");
    target_check(&bench, "Makefile", NULL);
    bench_close(&bench);
}

static void test_tar(void **state)
{
    (void)state;
    good_check(false);
}

static void test_zip(void **state)
{
    (void)state;
    good_check(true);
}

/* One entry that condemns the archive, with a word of the sentence about it. */
static void bad_check(const char *path, mode_t type, const char *link, const char *word)
{
    struct bench bench;

    bench_open(&bench, false);
    entry_add(&bench, path, type, link, type == AE_IFREG && !link ? "evil" : NULL);
    char *error = unpack(&bench);
    assert_non_null(error);
    assert_non_null(strstr(error, word));
    free(error);
    assert_int_equal(rmdir(bench.target), 0);
    bench_close(&bench);
}

static void test_bad_entries(void **state)
{
    (void)state;
    bad_check("/tmp/ringlet-evil", AE_IFREG, NULL, "absolute");
    bad_check("../ringlet-evil", AE_IFREG, NULL, "leaves its folder");
    bad_check("lab7-fake/../../a.c", AE_IFREG, NULL, "leaves its folder");
    bad_check("lab7-fake/..", AE_IFDIR, NULL, "leaves its folder");
    bad_check("lab7-fake/a.c", AE_IFLNK, "/etc/passwd", "is a link");
    bad_check("lab7-fake/a.c", AE_IFREG, "/etc/passwd", "is a link");
    bad_check("lab7-fake/a.c", AE_IFIFO, NULL, "no plain file");
    bad_check("lab7-fake/a.c", AE_IFCHR, NULL, "no plain file");
}

static void test_twice(void **state)
{
    struct bench bench;

    (void)state;
    bench_open(&bench, false);
    entry_add(&bench, "lab7-fake/a.c", AE_IFREG, NULL, "1");
    entry_add(&bench, "a.c", AE_IFREG, NULL, "2");
    char *error = unpack(&bench);
    assert_non_null(strstr(error, "twice"));
    free(error);
    bench_close(&bench);
}

static void test_too_many(void **state)
{
    struct bench bench;
    char name[40];

    (void)state;
    bench_open(&bench, false);
    for (int i = 0; i < SUBMISSION_FILES + 1; i++) {
        snprintf(name, sizeof(name), "lab7-fake/x%d", i);
        entry_add(&bench, name, AE_IFREG, NULL, "x");
    }
    char *error = unpack(&bench);
    assert_non_null(strstr(error, "200"));
    free(error);
    bench_close(&bench);
}

/* Compresses well: the archive is small, what is in it is not. */
static void test_too_large(void **state)
{
    char *text = memory_resize(NULL, SUBMISSION_BYTES + 2);
    struct bench bench;

    (void)state;
    memset(text, 'a', SUBMISSION_BYTES + 1);
    text[SUBMISSION_BYTES + 1] = 0;
    bench_open(&bench, false);
    entry_add(&bench, "lab7-fake/readme", AE_IFREG, NULL, text);
    char *error = unpack(&bench);
    assert_non_null(strstr(error, "8 MiB"));
    free(error);
    free(text);
    bench_close(&bench);
}

static void test_garbage(void **state)
{
    static const char *const texts[] = { "", "no archive at all", "\x1f\x8b\x08 broken" };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct bench bench;
        bench_open(&bench, false);
        archive_write_free(bench.writer);
        assert_true(file_write(bench.archive, texts[i]));
        char *error = NULL;
        assert_false(archive_unpack(bench.archive, bench.target, &error));
        assert_non_null(strstr(error, "make handin"));
        free(error);
        bench_close(&bench);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tar), cmocka_unit_test(test_zip), cmocka_unit_test(test_bad_entries),
        cmocka_unit_test(test_twice), cmocka_unit_test(test_too_many), cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_garbage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
