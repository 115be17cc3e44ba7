/*
 * What the domain builder is given besides a good image: too little memory, ramdisks (module=), and Debian's GRUB, a
 * kernel that nobody here wrote. What it takes on the way and cannot use comes back: the hypervisor panics at the end
 * when a frame does not.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scene.h"
#include "scratch.h"

#define PV_KERNELS BUILD_FOLDER "/guests/tests/lab2-rings/"
#define GOOD       PV_KERNELS "registers.elf"
#define RAMDISK    PV_KERNELS "ramdisk.elf"
#define GRUB       "/usr/lib/grub-xen/grub-i386-xen.bin"
#define STEPS      14

static char *folder;

#define SMALL 16 /* MiB of a machine whose memory runs out */

/* A run in which each guest wants a page less than the one before, beginning with `pages`. */
static struct scene stairs_run(unsigned pages)
{
    const char *guests[STEPS + 2] = { BARE " demo" };
    struct machine_setup setup = { .kernel = HYPERVISOR, .options = "isolation=paging", .modules = guests,
                                   .memory_mib = SMALL };

    for (unsigned i = 0; i < STEPS; i++)
        guests[i + 1] = text_format(GOOD " name=step%02u mem=%uK", i, (pages - i) * 4);
    return scene_run(&setup);
}

/*
 * Memory for a guest runs out at each frame that the builder takes in turn. The first run wants far too much and only
 * tells how many frames there are; in the second the pages alone are as many, and each step leaves one more for what a
 * domain has beside its pages, until everything fits.
 */
static void memory_that_runs_out_anywhere(void **state)
{
    struct scene first = stairs_run(SMALL << 8);
    const char *line = strstr(first.console, " MiB, ");
    unsigned refused, bare = (4 << 20) >> 12, beside = 4;

    (void)state;
    assert_non_null(line);
    assert_int_equal(words_count(first.console, ": refused: not enough memory is left for it"), STEPS);
    struct scene second = stairs_run((unsigned)strtoul(line + 6, NULL, 10) - bare - beside);
    refused = words_count(second.console, ": refused: not enough memory is left for it");
    printf("%u of %d steps are refused\n", refused, STEPS);
    assert_in_range(refused, 1, STEPS - 1);
    expect_no_words(&second, "panic: ");
    expect_words(&second, "): ended, status 0");
    expect_bare(&second, "bare");
    scene_free(&second);
    scene_free(&first);
}

/* Three bytes more than two pages, none of them zero at the end. */
#define DISK_SIZE 8195

static char *disk_write(unsigned *sum)
{
    char *path = text_format("%s/disk.bin", folder), bytes[DISK_SIZE + 1];

    *sum = 0;
    for (unsigned i = 0; i < DISK_SIZE; i++) {
        bytes[i] = (char)('!' + i * 7 % 90);
        *sum += (unsigned)bytes[i];
    }
    bytes[DISK_SIZE] = '\0';
    assert_true(file_write(path, bytes));
    return path;
}

/* It may stand before or behind the kernel, two kernels may share it, and it is started as a guest for neither. */
static void a_ramdisk_is_the_kernels_to_read(void **state)
{
    unsigned sum;
    char *disk = disk_write(&sum), *line = text_format("ramdisk: %u bytes, sum %u\n", DISK_SIZE, sum);
    const char *guests[] = { RAMDISK " name=one module=disk", disk, RAMDISK " name=two module=disk mem=6M", NULL };
    struct scene scene = scene_guests("isolation=paging", guests);
    char *one = scene_transcript(&scene, "one"), *two = scene_transcript(&scene, "two");

    (void)state;
    assert_memory_equal(one, line, strlen(line));
    assert_string_equal(one, two);
    expect_no_words(&scene, "disk)");
    expect_no_words(&scene, "refused");
    expect_code(&scene, MACHINE_SUCCESS);
    free(two);
    free(one);
    free(line);
    free(disk);
    scene_free(&scene);
}

static void ramdisks_that_cannot_be_had(void **state)
{
    unsigned sum;
    char *disk = disk_write(&sum), *huge = text_format("%s/huge.bin", folder);
    const char *guests[] = {
        BARE " demo", disk, huge, RAMDISK " name=none module=elsewhere", RAMDISK " name=itself module=itself",
        RAMDISK " name=nameless module=", RAMDISK " name=long module=sixteen-letters-",
        RAMDISK " name=full module=huge", RAMDISK " name=good module=disk", NULL,
    };

    (void)state;
    assert_true(file_write(huge, "x"));
    assert_int_equal(truncate(huge, 5 << 20), 0);
    struct scene scene = scene_guests("isolation=paging", guests);
    expect_words(&scene, "\nguest none: refused: its module= names no other boot module");
    expect_words(&scene, "\nguest itself: refused: its module= names no other boot module");
    expect_words(&scene, "\nguest nameless: refused: its name= and module= must have 1 to 15 letters");
    expect_words(&scene, "\nguest long: refused: its name= and module= must have 1 to 15 letters");
    expect_words(&scene, "\nguest full: refused: it is larger than its memory, with what belongs to it; give it more");
    expect_words(&scene, "[good] Test result: SUCCESS");
    expect_bare(&scene, "bare");
    expect_code(&scene, MACHINE_GUEST_FAILURE);
    scene_free(&scene);
    free(huge);
    free(disk);
}

/*
 * It runs in ring 1, and the log names the calls that it misses: the first is about grants. Then it goes on as if its
 * page tables had been written, and that is the end of it, and of nobody else.
 */
static void grub_is_accepted_and_asks_for_more(void **state)
{
    const char *guests[] = { GRUB " name=grub mem=16M", BARE " demo", NULL };

    (void)state;
    if (access(GRUB, R_OK) != 0)
        skip();
    struct scene scene = scene_guests("isolation=paging", guests);
    expect_words(&scene, "domain 0 (grub): started, 16384 KiB\r\n");
    const char *first = strstr(scene.console, "domain 0 (grub): hypercall ");
    assert_non_null(first);
    const char *line = "domain 0 (grub): hypercall 20 (grant_table_op) belongs to a higher floor\r\n";
    assert_memory_equal(first, line, strlen(line));
    expect_words(&scene, "domain 0 (grub): crashed: ");
    expect_bare(&scene, "bare");
    expect_code(&scene, MACHINE_GUEST_FAILURE);
    scene_free(&scene);
}

static int folder_make(void **state)
{
    (void)state;
    folder = scratch_create();
    return folder == NULL;
}

static int folder_remove(void **state)
{
    (void)state;
    scratch_remove(folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_that_runs_out_anywhere),
        cmocka_unit_test(a_ramdisk_is_the_kernels_to_read),
        cmocka_unit_test(ramdisks_that_cannot_be_had),
        cmocka_unit_test(grub_is_accepted_and_asks_for_more),
    };

    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
