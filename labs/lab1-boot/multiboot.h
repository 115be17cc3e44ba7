/*
 * Multiboot 1 boot information (floor 1), for both sides of the counter: what our loader gives us, and what we give a
 * bare guest. Source: Multiboot specification 0.6.96, section 3.3.
 *
 *      EAX = 0x2badb002
 *      EBX -> | flags | mem | cmdline | mods | ... | mmap |       flags says which of the fields mean anything
 *                             |          |            |
 *                             v          v            v
 *                 "path words"   module, module, ...  size range | size range | ...
 *                                  |  string -> "path words"
 *                                  v
 *                                start ... end: the file as it is
 *
 * All addresses are physical. The loader has put these things anywhere in RAM, so nothing may be written before
 * they have been read or reserved.
 */
#ifndef RINGLET_MULTIBOOT_H
#define RINGLET_MULTIBOOT_H

#include <stdbool.h>
#include <stdint.h>

#define MULTIBOOT_HEADER_MAGIC 0x1badb002u /* in the image, within its first 8 KiB, 4-aligned */
#define MULTIBOOT_LOADER_MAGIC 0x2badb002u /* in EAX at entry */
#define MULTIBOOT_SEARCH 8192 /* bytes of the file in which the header is looked for (section 3.1) */

/* Bits of multiboot_info.flags: the fields that are valid. */
#define MULTIBOOT_HAS_MEMORY  0x001u /* mem_lower, mem_upper */
#define MULTIBOOT_HAS_CMDLINE 0x004u
#define MULTIBOOT_HAS_MODULES 0x008u /* mods_count, mods_addr */
#define MULTIBOOT_HAS_MMAP    0x040u /* mmap_length, mmap_addr */
#define MULTIBOOT_HAS_NAME    0x200u /* boot_loader_name */

/* As far as 0.6.96 defines it and this hypervisor uses it; VBE and APM fields follow in a loader's. */
struct multiboot_info {
    uint32_t flags;                /* MULTIBOOT_HAS_... */
    uint32_t mem_lower, mem_upper; /* KiB below 1 MiB and above */
    uint32_t boot_device;          /* BIOS drive and partition; not used here */
    uint32_t cmdline;              /* physical addresses from here on */
    uint32_t mods_count, mods_addr; /* of struct multiboot_module */
    uint32_t syms[4];              /* the image's own section headers or a.out symbols; not used here */
    uint32_t mmap_length, mmap_addr; /* bytes and place of the memory map */
    uint32_t drives_length, drives_addr;
    uint32_t config_table;         /* of the BIOS */
    uint32_t boot_loader_name;     /* a text */
};

/* One boot module: a file that the loader has read for us. */
struct multiboot_module {
    uint32_t start, end; /* physical, end exclusive */
    uint32_t string;     /* its command line, physical; terminated */
    uint32_t reserved;   /* 0 */
};

/* Type of a range that an operating system may use. */
#define MULTIBOOT_RAM 1

/*
 * One entry of the memory map. The next one is `size` + 4 bytes further on, since `size` does not count itself: a
 * loader with longer entries can be read all the same. Numbers are 64 bits wide in two halves; entries overlap nobody.
 */
struct multiboot_range {
    uint32_t size;       /* of what follows: 20 */
    uint32_t base_low, base_high; /* physical address of the first byte */
    uint32_t length_low, length_high; /* bytes */
    uint32_t type;       /* MULTIBOOT_RAM, anything else is reserved */
};

_Static_assert(sizeof(struct multiboot_info) == 68, "Multiboot 3.3");
_Static_assert(sizeof(struct multiboot_range) == 24, "Multiboot 3.3");

/* A boot module, seen through the direct map. */
struct boot_module {
    const uint8_t *bytes;     /* the file; its frames stay reserved, so it may be read until power-off */
    uint32_t size;            /* in bytes */
    const char *command_line; /* path and words, as the loader got them */
};

#define BOOT_MODULES_MAX 32

/* What the hypervisor keeps of the boot information. */
struct boot_info {
    char command_line[256];  /* ours: a copy, cut if it is longer */
    struct boot_module modules[BOOT_MODULES_MAX];
    uint32_t module_count;  /* as the loader said; only the first BOOT_MODULES_MAX are kept */
    uint32_t ram_end;       /* first physical address behind usable RAM, at most DIRECT_SIZE */
};

/* Copy what matters out of the loader's structure at physical address `info`, and hand RAM to the frame allocator. */
void multiboot_read(uint32_t info, struct boot_info *boot);

#endif
