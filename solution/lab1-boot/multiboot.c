/*
 * Reading the loader's boot information (floor 1). Runs once, on the boot page tables, before any frame is handed out.
 *
 * Invariant afterwards: free frames are RAM below DIRECT_SIZE that holds neither the first MiB (firmware), the image,
 * a module nor a module's command line. What else the loader has left has been read by then, and may be overwritten.
 * RAM above the direct map is left unused, with a message.
 *
 *      0       640K        1M                                                         128M
 *      | RAM   | VGA, BIOS | image | free | module 0 | its line | free | module 1 ... | beyond the direct map
 *      |<----- reserved --------->|        |<---- reserved ---->|      |<- reserved ->|
 *
 * The loader is trusted: it chose the kernel in the first place. So addresses are followed without a check.
 */
#include "multiboot.h"
#include "frames.h"
#include "layout.h"
#include "paging.h"
#include "print.h"
#include "text.h"

extern const uint8_t image_start[], image_end[];

#define LOW_MEMORY (1u << 20)

/* The boot tables have the direct map already, though not yet with its protections. */
static const void *physical_pointer(uint32_t address)
{
    return (const void *)(DIRECT_BASE + address);
}

/* A page number, not an address: the first page that begins at `address` or behind it. */
static uint32_t page_up(uint32_t address)
{
    return (address + PAGE_SIZE - 1) >> PAGE_SHIFT;
}

/* Outward: a page that is touched by one byte is reserved whole. Added ranges are rounded inward instead. */
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
    /* Pages that are RAM from end to end; a half one may hold firmware in its other half. */
    uint32_t first = page_up((uint32_t)base), last = (uint32_t)end >> PAGE_SHIFT;
    if (first < last)
        frames_add(first, last - first);
    if (end > boot->ram_end)
        boot->ram_end = (uint32_t)end;
}

/*
 * The map is preferred. Without it there is mem_upper, which counts from 1 MiB up to the first hole (section 3.3).
 * Ranges are added before anything is reserved, so a module in the middle of RAM is taken out again, never put back.
 */
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

/* Nothing is copied: the file is used in place, and so is its command line. */
static void module_read(const struct multiboot_module *module, struct boot_module *kept)
{
    const char *line = physical_pointer(module->string);

    kept->bytes = physical_pointer(module->start);
    kept->size = module->end - module->start;
    kept->command_line = line;
    reserve(module->start, module->end);
    reserve(module->string, module->string + (uint32_t)strlen(line) + 1);
}

/* How many there were is kept although some are dropped: guests.c tells the user about those. */
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

/* `info` itself is read through to the end here and needs no reservation. */
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
