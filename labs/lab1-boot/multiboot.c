/*
 * Reading the loader's boot information (floor 1). Runs once, on the boot page tables, before any frame is handed out.
 *
 * Invariant afterwards: free frames are RAM below DIRECT_SIZE that holds neither the first MiB (firmware), the image,
 * a module nor the boot information itself. RAM above the direct map is left unused, with a message.
 */
#include "multiboot.h"
#include "frames.h"
#include "layout.h"
#include "paging.h"
#include "print.h"
#include "text.h"

extern const uint8_t image_start[], image_end[];

#define LOW_MEMORY (1u << 20)

static const void *physical_pointer(uint32_t address)
{
    return (const void *)(DIRECT_BASE + address);
}

static uint32_t page_up(uint32_t address)
{
    return (address + PAGE_SIZE - 1) >> PAGE_SHIFT;
}

static void reserve(uint32_t start, uint32_t end)
{
    frames_reserve(start >> PAGE_SHIFT, page_up(end) - (start >> PAGE_SHIFT));
}

/* Whole pages of [base, base + length) that the direct map reaches. */
static void range_add(uint64_t base, uint64_t length, struct boot_info *boot)
{
    uint64_t end = base + length;

    if (end > DIRECT_SIZE) {
        print("memory: RAM from %u MiB on is beyond the direct map and stays unused\n", DIRECT_SIZE >> 20);
        end = DIRECT_SIZE;
    }
    if (base >= end)
        return;
    uint32_t first = page_up((uint32_t)base), last = (uint32_t)end >> PAGE_SHIFT;
    if (first < last)
        frames_add(first, last - first);
    if (end > boot->ram_end)
        boot->ram_end = (uint32_t)end;
}

static void memory_read(const struct multiboot_info *info, struct boot_info *boot)
{
    uint32_t at = info->mmap_addr, end = info->mmap_addr + info->mmap_length;

    if (!(info->flags & MULTIBOOT_HAS_MMAP)) {
        range_add(LOW_MEMORY, (uint64_t)info->mem_upper << 10, boot);
        return;
    }
    while (at < end) {
        const struct multiboot_range *range = physical_pointer(at);

        if (range->type == MULTIBOOT_RAM)
            range_add((uint64_t)range->base_high << 32 | range->base_low,
                      (uint64_t)range->length_high << 32 | range->length_low, boot);
        at += range->size + sizeof(range->size);
    }
}

static void module_read(const struct multiboot_module *module, struct boot_module *kept)
{
    const char *line = physical_pointer(module->string);

    kept->bytes = physical_pointer(module->start);
    kept->size = module->end - module->start;
    kept->command_line = line;
    reserve(module->start, module->end);
    reserve(module->string, module->string + (uint32_t)strlen(line) + 1);
}

static void modules_read(const struct multiboot_info *info, struct boot_info *boot)
{
    const struct multiboot_module *modules = physical_pointer(info->mods_addr);

    if (!(info->flags & MULTIBOOT_HAS_MODULES))
        return;
    boot->module_count = info->mods_count;
    for (uint32_t i = 0; i < info->mods_count && i < BOOT_MODULES_MAX; i++)
        module_read(&modules[i], &boot->modules[i]);
}

/* The first word is the image's own path; options follow. */
static void command_line_read(const struct multiboot_info *info, struct boot_info *boot)
{
    if (info->flags & MULTIBOOT_HAS_CMDLINE)
        text_copy(boot->command_line, sizeof(boot->command_line), physical_pointer(info->cmdline));
}

void multiboot_read(uint32_t address, struct boot_info *boot)
{
    const struct multiboot_info *info = physical_pointer(address);

    *boot = (struct boot_info){ 0 };
    memory_read(info, boot);
    reserve(0, LOW_MEMORY);
    reserve(pointer_physical(image_start), pointer_physical(image_end));
    command_line_read(info, boot);
    modules_read(info, boot);
}
