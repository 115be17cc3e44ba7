/*
 * Bad input at boot: every image, option and amount of memory that cannot be used is refused with a line that names it
 * and says what to do; the other guests run, and the exit code tells. What the boot tool itself refuses is in
 * test_boot.c. Images are crafted from the bare kernel.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "elf_craft.h"
#include "scene.h"
#include "scratch.h"

#define REMEDY_MEMORY "give it less with mem= or start QEMU with a larger -m"

static char *folder;

/* Runs one guest that must be refused for that reason, beside two that must not notice. */
static void expect_refused(const char *guest, const char *name, const char *reason)
{
    const char *guests[] = { BARE " name=before demo", guest, BARE " name=after demo", NULL };
    struct scene scene = scene_guests(NULL, guests);
    char *line = text_format("\nguest %s: refused: %s", name, reason);

    expect_words(&scene, line);
    expect_code(&scene, MACHINE_GUEST_FAILURE);
    expect_bare(&scene, "before");
    expect_bare(&scene, "after");
    free(line);
    scene_free(&scene);
}

/* The crafted image as it stands, or its first `size` bytes. */
static void expect_image_refused(const struct craft *craft, size_t size, const char *reason)
{
    char *path = craft_write(craft, size, folder, "crafted.elf");

    expect_refused(path, "crafted", reason);
    free(path);
}

static void no_elf_at_all(void **state)
{
    struct craft craft = craft_read(BARE);

    (void)state;
    craft.bytes[0] = 'M'; /* its multiboot header is still there, so it is taken for a kernel */
    expect_image_refused(&craft, craft.size, "it is no ELF file; give a 32-bit x86 ELF kernel");
    craft_free(&craft);
    expect_refused("Makefile", "Makefile", "it is no kernel that this hypervisor can boot (no multiboot header");
}

static void another_kind_of_elf(void **state)
{
    struct craft craft = craft_read(BARE);

    (void)state;
    craft.header->e_machine = EM_X86_64;
    expect_image_refused(&craft, craft.size, "it is an ELF file, but no 32-bit x86 executable");
    craft.header->e_machine = EM_386;
    craft.header->e_type = ET_REL;
    expect_image_refused(&craft, craft.size, "it is an ELF file, but no 32-bit x86 executable");
    craft.header->e_type = ET_EXEC;
    craft.header->e_phoff = craft.size - 31;
    expect_image_refused(&craft, craft.size, "it is truncated: its program headers lie behind the end of the file");
    craft.header->e_phnum = 0;
    expect_image_refused(&craft, craft.size, "it has no ELF program headers");
    craft_free(&craft);
}

/* One module for each kind of place where a file can have been cut, all in one run. */
static void truncated_anywhere(void **state)
{
    struct craft craft = craft_read(BARE);
    const size_t first = craft_segment(&craft, 0)->p_offset, second = craft_segment(&craft, 1)->p_offset;
    const size_t end = second + craft_segment(&craft, 1)->p_filesz;
    const size_t cuts[] = { 1, 3, 4, 51, 52, 52 + 31, first, first + 7, first + 12, first + 100, second - 1, second,
                            second + 1, end - 1 };
    const char *guests[sizeof(cuts) / sizeof(*cuts) + 2] = { BARE " demo" };
    unsigned count = 1;

    (void)state;
    for (size_t i = 0; i < sizeof(cuts) / sizeof(*cuts); i++) {
        char *name = text_format("cut%zu.elf", cuts[i]);
        guests[count++] = craft_write(&craft, cuts[i], folder, name);
        free(name);
    }
    struct scene scene = scene_guests(NULL, guests);
    assert_int_equal(words_count(scene.console, ": refused: it is "), sizeof(cuts) / sizeof(*cuts));
    assert_int_equal(words_count(scene.console, ": refused: it is truncated: a segment lies behind the end"), 6);
    expect_code(&scene, MACHINE_GUEST_FAILURE);
    expect_bare(&scene, "bare");
    scene_free(&scene);
    craft_free(&craft);
}

/* Cut behind the last segment nothing is missing: section tables and symbols are not loaded. */
static void symbols_are_not_needed(void **state)
{
    struct craft craft = craft_read(BARE);
    char *path = craft_write(&craft, craft_segment(&craft, 1)->p_offset + craft_segment(&craft, 1)->p_filesz, folder,
                             "stripped.elf");
    char *guest = text_format("%s demo", path);
    const char *guests[] = { guest, NULL };
    struct scene scene = scene_guests(NULL, guests);

    (void)state;
    expect_code(&scene, MACHINE_SUCCESS);
    expect_bare(&scene, "stripped");
    scene_free(&scene);
    free(guest);
    free(path);
    craft_free(&craft);
}

static void too_large_for_its_memory(void **state)
{
    struct craft craft = craft_read(BARE);

    (void)state;
    craft_segment(&craft, 1)->p_memsz = 8 << 20;
    expect_image_refused(&craft, craft.size, "it is larger than its memory; give it more with mem=");
    craft_segment(&craft, 1)->p_memsz = 0xFFFFFFFF;
    expect_image_refused(&craft, craft.size, "it has a segment that wraps around the address space");
    craft_free(&craft);
    expect_refused(BARE " name=small mem=1M", "small", "it is larger than its memory; give it more with mem=");
}

static void segments_in_wrong_places(void **state)
{
    struct craft craft = craft_read(BARE);
    Elf32_Phdr *first = craft_segment(&craft, 0), *second = craft_segment(&craft, 1);
    const Elf32_Addr home = second->p_paddr;

    (void)state;
    second->p_paddr = first->p_paddr + first->p_memsz - 1;
    expect_image_refused(&craft, craft.size, "it has overlapping segments");
    second->p_paddr = 0x1000;
    second->p_memsz = second->p_filesz;
    expect_image_refused(&craft, craft.size, "it wants to be loaded over the boot information");
    second->p_paddr = home;
    second->p_memsz = second->p_filesz - 1;
    expect_image_refused(&craft, craft.size, "it has a segment larger in the file than in memory");
    second->p_memsz = second->p_filesz;
    craft.header->e_entry = 64 << 20;
    expect_image_refused(&craft, craft.size, "its entry point lies outside its memory");
    craft_free(&craft);
}

static void unknown_guest_options(void **state)
{
    (void)state;
    expect_refused(BARE " name=x frob=1 demo", "x",
                   "its command line has an unknown option; the known ones are name=, mem= and module=");
    expect_refused(BARE " name=x mem=lots", "x", "its mem= is no size; write mem=4M or mem=4096K");
    expect_refused(BARE " name=x mem=65M", "x", "its mem= must be a whole number of 4 KiB pages from 1M to 64M");
    expect_refused(BARE " name=x mem=5000001", "x", "its mem= must be a whole number of 4 KiB pages from 1M to 64M");
    expect_refused(BARE " name=", "bare", "its name= and module= must have 1 to 15 letters");
    expect_refused(BARE " name=much-too-long-a-name", "bare", "its name= and module= must have 1 to 15 letters");
}

static void expect_option_refused(const char *options, const char *word)
{
    const char *guests[] = { BARE " demo", NULL };
    struct scene scene = scene_guests(options, guests);
    char *line = text_format("hypervisor: the boot option %s is not known or has no such value; the options are: ",
                             word);

    expect_words(&scene, line);
    expect_words(&scene, "slice=MS (1 to 1000)");
    expect_code(&scene, MACHINE_PANIC);
    expect_no_words(&scene, "[bare]");
    free(line);
    scene_free(&scene);
}

static void unknown_boot_options(void **state)
{
    (void)state;
    expect_option_refused("frobnicate", "frobnicate");
    expect_option_refused("slice=10 frob=yes", "frob=yes");
    expect_option_refused("slice=0", "slice=0");
    expect_option_refused("slice=1001", "slice=1001");
    expect_option_refused("slice=", "slice=");
    expect_option_refused("slice=5x", "slice=5x");
    expect_option_refused("sensitive=perhaps", "sensitive=perhaps");
}

/* Sixteen run, the seventeenth does not, and that is said. */
static void too_many_modules(void **state)
{
    const char *guests[18] = { BARE " name=first demo" };

    (void)state;
    for (int i = 1; i < 16; i++)
        guests[i] = KERNELS "hlt-off.elf";
    guests[16] = BARE " name=seventeenth demo";
    struct scene scene = scene_guests(NULL, guests);
    expect_words(&scene, "hypervisor: 17 boot modules are too many: those after the first 16 are not started");
    expect_no_words(&scene, "seventeenth");
    expect_words(&scene, "\ndomain 15 (hlt-off): ended, status 0");
    expect_bare(&scene, "first");
    expect_code(&scene, MACHINE_GUEST_FAILURE);
    scene_free(&scene);
}

static void too_little_memory_for_one(void **state)
{
    const char *guests[] = { BARE " demo", BARE " name=big mem=64M", BARE " name=bigger mem=64M",
                             BARE " name=last demo", NULL };
    struct scene scene = scene_guests(NULL, guests);

    (void)state;
    expect_words(&scene, "\nguest bigger: refused: not enough memory is left for it; " REMEDY_MEMORY);
    expect_words(&scene, "\ndomain 1 (big): ended, status 0");
    expect_code(&scene, MACHINE_GUEST_FAILURE);
    expect_bare(&scene, "bare");
    expect_bare(&scene, "last");
    scene_free(&scene);
}

/* Every size of machine either runs the guest or says what is wrong; none is silent. */
static void small_machines(void **state)
{
    const char *guests[] = { BARE " demo", NULL };

    (void)state;
    for (unsigned size = 2; size <= 8; size++) {
        struct machine_setup setup = { .kernel = HYPERVISOR, .modules = guests, .memory_mib = size };
        struct scene scene = scene_run(&setup);
        if (scene.code == MACHINE_SUCCESS)
            expect_bare(&scene, "bare");
        else
            expect_words(&scene, "memory is left for "); /* it, or another domain at all */
        expect_code(&scene, size < 7 ? MACHINE_GUEST_FAILURE : MACHINE_SUCCESS);
        scene_free(&scene);
    }
}

/* Memory beyond the direct map is left alone, with a message. */
static void a_large_machine(void **state)
{
    const char *guests[] = { BARE " demo", NULL };
    struct machine_setup setup = { .kernel = HYPERVISOR, .modules = guests, .memory_mib = 512 };
    struct scene scene = scene_run(&setup);

    (void)state;
    expect_words(&scene, "memory: RAM from 128 MiB on is beyond the direct map and stays unused");
    expect_code(&scene, MACHINE_SUCCESS);
    expect_bare(&scene, "bare");
    scene_free(&scene);
}

static void no_guests(void **state)
{
    const char *guests[] = { NULL };
    struct scene scene = scene_guests(NULL, guests);

    (void)state;
    expect_words(&scene, "hypervisor: no guests: give kernels as boot modules");
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
        cmocka_unit_test(no_elf_at_all),
        cmocka_unit_test(another_kind_of_elf),
        cmocka_unit_test(truncated_anywhere),
        cmocka_unit_test(symbols_are_not_needed),
        cmocka_unit_test(too_large_for_its_memory),
        cmocka_unit_test(segments_in_wrong_places),
        cmocka_unit_test(unknown_guest_options),
        cmocka_unit_test(unknown_boot_options),
        cmocka_unit_test(too_many_modules),
        cmocka_unit_test(too_little_memory_for_one),
        cmocka_unit_test(small_machines),
        cmocka_unit_test(a_large_machine),
        cmocka_unit_test(no_guests),
    };

    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
