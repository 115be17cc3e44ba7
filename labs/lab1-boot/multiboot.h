/*
 * Multiboot 1 boot information (floor 1), for both sides of the counter: what our loader gives us, and what we give a
 * bare guest. Source: Multiboot specification 0.6.96, section 3.3.
 */
#ifndef RINGLET_MULTIBOOT_H
#define RINGLET_MULTIBOOT_H

#include <stdbool.h>
#include <stdint.h>

#define MULTIBOOT_HEADER_MAGIC 0x1badb002u /* in the image, within its first 8 KiB, 4-aligned */
#define MULTIBOOT_LOADER_MAGIC 0x2badb002u /* in EAX at entry */
#define MULTIBOOT_SEARCH 8192

#define MULTIBOOT_HAS_MEMORY  0x001u
#define MULTIBOOT_HAS_CMDLINE 0x004u
#define MULTIBOOT_HAS_MODULES 0x008u
#define MULTIBOOT_HAS_MMAP    0x040u
#define MULTIBOOT_HAS_NAME    0x200u

struct multiboot_info {
    uint32_t flags;
    uint32_t mem_lower, mem_upper; /* KiB below 1 MiB and above */
    uint32_t boot_device;
    uint32_t cmdline;              /* physical addresses from here on */
    uint32_t mods_count, mods_addr;
    uint32_t syms[4];
    uint32_t mmap_length, mmap_addr;
    uint32_t drives_length, drives_addr;
    uint32_t config_table;
    uint32_t boot_loader_name;
};

struct multiboot_module {
    uint32_t start, end; /* physical, end exclusive */
    uint32_t string;
    uint32_t reserved;
};

#define MULTIBOOT_RAM 1

struct multiboot_range {
    uint32_t size;       /* of what follows: 20 */
    uint32_t base_low, base_high;
    uint32_t length_low, length_high;
    uint32_t type;       /* MULTIBOOT_RAM, anything else is reserved */
};

_Static_assert(sizeof(struct multiboot_info) == 68, "Multiboot 3.3");
_Static_assert(sizeof(struct multiboot_range) == 24, "Multiboot 3.3");

/* A boot module, seen through the direct map. */
struct boot_module {
    const uint8_t *bytes;
    uint32_t size;
    const char *command_line;
};

#define BOOT_MODULES_MAX 32

/* What the hypervisor keeps of the boot information. */
struct boot_info {
    char command_line[256];
    struct boot_module modules[BOOT_MODULES_MAX];
    uint32_t module_count;  /* as the loader said; only the first BOOT_MODULES_MAX are kept */
    uint32_t ram_end;       /* first physical address behind usable RAM, at most DIRECT_SIZE */
};

/* Copy what matters out of the loader's structure at physical address `info`, and hand RAM to the frame allocator. */
void multiboot_read(uint32_t info, struct boot_info *boot);

#endif
