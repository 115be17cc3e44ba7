/*
 * Bootable CD images: GRUB (BIOS), a multiboot kernel and its modules. Host side. Used by machine*.c and boot.c.
 */
#ifndef RINGLET_ISO_H
#define RINGLET_ISO_H

#include <stdbool.h>

/*
 * Writes the image `path`. `modules` as in struct machine_setup. Command lines arrive as QEMU's -kernel passes them:
 * the file's name, a blank, the rest. False: nothing is left behind and *error is one sentence, to be freed.
 * Takes about a second. An image that was there before stays until the new one is complete.
 */
bool iso_build(const char *path, const char *kernel, const char *options, const char *const *modules, char **error);

#endif
