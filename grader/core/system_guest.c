/*
 * Guests for system checks (host side, all labs): a copy of the ELF file for this run, with tag, secret and seed in it
 * where the guest's evidence_header is. The tag and the secret come from the kernel's random numbers and never leave
 * this process but in that copy; the seed depends on SEED and the guest alone, so runs repeat.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "check.h"
#include "scratch.h"
#include "system_private.h"

/* Never 0: evidence_next would replace it. */
static uint32_t seed_make(const char *name, uint64_t seed)
{
    uint64_t hash = 0xcbf29ce484222325u ^ seed;

    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 0x100000001b3u;
    return (uint32_t)(hash >> 32) | 1;
}

/*
 * Files of the course have a path; those of checks stand under their lab.
 * Words start with the guest's name: "tests/lab1-boot/uart" has a path, "evidence-idt" has none. To be freed.
 */
static char *file_find(const char *word, size_t length, const char *build)
{
    if (memchr(word, '/', length))
        return text_format("%s/guests/%.*s.elf", build, (int)length, word);
    char *file = text_format("%s/grader/%s/guests/%.*s.elf", build, lab.folder, (int)length, word);
    if (access(file, R_OK) == 0)
        return file;
    free(file);
    return text_format("%s/guests/%.*s.elf", build, (int)length, word);
}

char *system_guest_module(const char *words, const char *build)
{
    size_t length = strcspn(words, " ");
    char *file = file_find(words, length, build);
    char *module = text_format("%s%s", file, words + length);

    free(file);
    return module;
}

/* `elf` is a private copy: the file that was built is never changed. */
static bool header_patch(struct system_guest *guest, struct elf_file *elf)
{
    uint8_t *place = elf_bytes(elf, elf_address(elf, "evidence_header"), sizeof(guest->header));

    if (!place)
        return true; /* a guest of the course leaves no evidence */
    guest->has_header = true;
    if (getrandom(guest->header.tag, 16, 0) != 16 || getrandom(guest->header.secret, 16, 0) != 16)
        return false;
    memcpy(place, &guest->header, sizeof(guest->header));
    return true;
}

/* 0600: the copy holds the secret. */
static bool copy_write(const char *path, const struct elf_file *elf)
{
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool done = file >= 0 && write(file, elf->bytes, elf->size) == (ssize_t)elf->size;

    if (file >= 0)
        close(file);
    return done;
}

bool system_guest_make(struct system_guest *guest, const char *words, const char *folder,
                       const struct system_place *place, uint64_t seed, char **error)
{
    size_t length = strcspn(words, " ");
    char *file = file_find(words, length, place->build);
    const char *base = memrchr(words, '/', length);
    struct elf_file elf;

    base = base ? base + 1 : words;
    *guest = (struct system_guest){ .name = strndup(base, length - (size_t)(base - words)) };
    guest->header.seed = seed_make(guest->name, seed);
    bool done = elf_load(&elf, file);
    if (!done)
        *error = text_format("guest %s cannot be read; say make guests", file);
    char *copy = text_format("%s/%s.elf", folder, guest->name);
    if (done && (!header_patch(guest, &elf) || !copy_write(copy, &elf))) {
        *error = text_format("%s cannot be written: %s", copy, strerror(errno));
        done = false;
    }
    guest->module = text_format("%s%s", copy, words + length);
    if (elf.bytes)
        elf_free(&elf);
    free(copy);
    free(file);
    return done;
}

/* The copy goes with the run's folder. */
void system_guest_free(struct system_guest *guest)
{
    free(guest->name);
    free(guest->module);
}
