/*
 * Building and dismantling bare guests (floor 1).
 *
 * The guest gets a run of frames as its memory, mapped at linear address 0 with user access, because it runs in ring
 * 3; the hypervisor's gigabyte is in the same address space, but supervisor-only. That bit alone isolates it, on every
 * platform. Invariant: whatever bare_build() has taken is recorded in bare_frames at once, so that bare_destroy()
 * can give it back from any point.
 *
 *      vcpu.cr3 -> l3 [0] -> l2 [0] -> l1[0] -> 512 frames of `memory`     linear = guest-physical 0-2 MiB
 *                     |         [1] -> l1[1] -> 512 frames                 2-4 MiB ...
 *                     [3] -> the hypervisor's gigabyte, the same for all (paging.c)
 *
 *      guest-physical   0        0x9000  0xa000                 0x9fc00    0x100000              mem=
 *                       | free   | boot  | low images ...       | no RAM   | kernel, free ...    |
 *                                  information                    in the map
 *
 * The tables are ours and the guest cannot reach them; it believes that paging is off.
 */
#include "bare_build.h"
#include "bare.h"
#include "cpu.h"
#include "domain.h"
#include "elf.h"
#include "floor.h"
#include "guests.h"
#include "multiboot.h"
#include "paging.h"
#include "panic.h"
#include "text.h"
#include "time.h"

#define BOOT_INFO_PAGE 0x9000 /* where the guest finds its multiboot information */
#define LOW_LIMIT      0xA000 /* images go above it */
#define LOW_RAM_END    0x9fc00 /* as on a PC with an extended BIOS data area */
#define HIGH_RAM       0x100000 /* 1 MiB: behind the PC's video memory and BIOS */
#define L1_TABLES_MAX  32      /* 64 MiB, as mem= allows (guest_options.c) */
#define MEMORY_FLAGS   (PTE_PRESENT | PTE_WRITABLE | PTE_USER)

/* All frames of a bare guest. */
struct bare_frames {
    bool is_used;                  /* the fields below are valid */
    mfn_t memory;                  /* the first of memory_count frames in a row */
    mfn_t shadow;                  /* its shadow GDT */
    mfn_t l3, l2, l1[L1_TABLES_MAX]; /* its address space; each may be MFN_NONE when the build stopped early */
    uint32_t memory_count, l1_count; /* frames of memory; tables in l1[] */
};

/* The multiboot information, in one page of guest memory. */
struct guest_boot_info {
    struct multiboot_info info;
    struct multiboot_range ranges[2]; /* RAM below 640 KiB and above 1 MiB */
    char loader[16];                  /* "ringlet" */
    char command_line[1024];          /* its own name and words; cut if longer */
};

_Static_assert(sizeof(struct guest_boot_info) <= PAGE_SIZE, "one page");

PER_DOMAIN struct bare bare_guest;
PER_DOMAIN struct bare_frames bare_frames;

static struct bare *mapped; /* whose shadow GDT is in the GDT window */

/* Called on each way back to a guest; the window's other pages belong to upper floors' guests. */
void bare_shadow_map(struct bare *guest)
{
    if (guest == mapped)
        return;
    mapped = guest;
    paging_map_gate(GATE_GDT, domain_data(guest->domain, bare_frames)->shadow);
}

void bare_shadow_forget(void)
{
    mapped = NULL;
}

/* Three words that sum to zero, at a multiple of 4 (Multiboot specification 3.1.1). Flags are not judged. */
bool bare_recognise(const struct guest_image *image)
{
    uint32_t words[3];

    /* Neither sum can wrap: `at` stays below MULTIBOOT_SEARCH. */
    for (uint32_t at = 0; at + sizeof(words) <= image->size && at + sizeof(words) <= MULTIBOOT_SEARCH; at += 4) {
        memcpy(words, image->bytes + at, sizeof(words));
        if (words[0] == MULTIBOOT_HEADER_MAGIC && words[0] + words[1] + words[2] == 0)
            return true;
    }
    return false;
}

/* Everything is asked for before anything is checked: bare_destroy() gives back what there is. */
static bool memory_allocate(struct bare_frames *frames, uint32_t bytes)
{
    frames->memory_count = bytes / PAGE_SIZE;
    frames->memory = frame_alloc_range(frames->memory_count);
    frames->shadow = table_alloc();
    frames->l3 = table_alloc();
    frames->l2 = table_alloc();
    return !mfn_is_none(frames->memory) && !mfn_is_none(frames->shadow) && !mfn_is_none(frames->l3) &&
           !mfn_is_none(frames->l2);
}

/* The L1 that maps guest page `page`, allocated when its first page comes along. */
static uint64_t *l1_for(struct bare_frames *frames, uint32_t page)
{
    uint64_t *l2 = mfn_pointer(frames->l2);
    uint32_t index = page / TABLE_ENTRIES;

    if (index == frames->l1_count) {
        frames->l1[index] = table_alloc();
        if (mfn_is_none(frames->l1[index]))
            return NULL;
        frames->l1_count++;
        l2[index] = pte_make(frames->l1[index], MEMORY_FLAGS);
    }
    return mfn_pointer(frames->l1[index]);
}

/*
 * U/S is set in both levels below the L3, or ring 3 could not use the page (SDM vol. 3 section 4.6). The L3 entry of
 * the hypervisor has tables without it: no page under them is the guest's, whatever it does.
 */
static bool address_space_make(struct bare_frames *frames)
{
    uint64_t *l3 = mfn_pointer(frames->l3);

    for (uint32_t page = 0; page < frames->memory_count; page++) {
        uint64_t *l1 = l1_for(frames, page);

        if (l1 == NULL)
            return false;
        l1[page % TABLE_ENTRIES] = pte_make((mfn_t){ frames->memory.number + page }, MEMORY_FLAGS);
    }
    l3[0] = pte_make(frames->l2, PTE_PRESENT);
    l3[l3_index(DIRECT_BASE)] = paging_top_l3_entry();
    return true;
}

/* elf_placement_check() has seen to it that each segment lies in the memory. What is left of it stays zero. */
static void segments_load(uint8_t *memory, const struct guest_image *image, const struct elf_image *elf)
{
    for (uint32_t i = 0; i < elf->count; i++) {
        const struct elf_segment *segment = &elf->segments[i];

        memcpy(memory + segment->physical_address, image->bytes + segment->offset, segment->file_size);
    }
}

/* `size` does not count itself. */
static struct multiboot_range range(uint32_t base, uint32_t end)
{
    return (struct multiboot_range){ sizeof(struct multiboot_range) - 4, base, 0, end - base, 0, MULTIBOOT_RAM };
}

/* What is written through the direct map is read by the guest at guest-physical addresses. */
static uint32_t info_address(const struct guest_boot_info *boot, const void *field)
{
    return BOOT_INFO_PAGE + (uint32_t)((const char *)field - (const char *)boot);
}

/* As a loader would (multiboot.h); no modules, and no memory above what mem= gave. */
static void boot_info_write(uint8_t *memory, const struct guest_image *image)
{
    struct guest_boot_info *boot = (struct guest_boot_info *)(memory + BOOT_INFO_PAGE);

    boot->ranges[0] = range(0, LOW_RAM_END);
    boot->ranges[1] = range(HIGH_RAM, image->memory);
    text_copy(boot->loader, sizeof(boot->loader), "ringlet");
    text_copy(boot->command_line, sizeof(boot->command_line), image->name);
    size_t used = strlen(boot->command_line); /* like other loaders: the kernel's own name comes first */
    boot->command_line[used] = ' ';
    text_copy(boot->command_line + used + 1, sizeof(boot->command_line) - used - 1, image->command_line);
    /* Addresses as the guest sees them. Fields whose flag is clear are zero. */
    boot->info = (struct multiboot_info){
        .flags = MULTIBOOT_HAS_MEMORY | MULTIBOOT_HAS_CMDLINE | MULTIBOOT_HAS_MMAP | MULTIBOOT_HAS_NAME,
        .mem_lower = LOW_RAM_END >> 10,
        .mem_upper = (image->memory - HIGH_RAM) >> 10,
        .cmdline = info_address(boot, boot->command_line),
        .mmap_length = sizeof(boot->ranges),
        .mmap_addr = info_address(boot, boot->ranges),
        .boot_loader_name = info_address(boot, boot->loader),
    };
}

/* Multiboot specification 3.2: protected mode, flat segments, interrupts off. */
static void entry_state_set(struct bare *guest, uint32_t entry)
{
    struct trap_frame *frame = guest->frame;

    /* What a reset leaves in the debug registers (SDM vol. 3 table 9-1), and no IDT: the first fault is the last. */
    guest->cr0 = CR0_PE | CR0_ET;
    guest->dr[6] = 0xffff0ff0;
    guest->dr[7] = 0x400;
    guest->idt.limit = 0;
    vpic_init(&guest->pic);
    vpit_init(&guest->pit);
    vuart_init(&guest->uart);
    vcmos_init(&guest->cmos);
    /* Registers the specification does not name stay zero, as vcpu_create() has left them. */
    frame->eip = entry;
    frame->eflags = EFLAGS_FIXED | EFLAGS_IF; /* the real IF stays on: our own tick must get through */
    frame->eax = MULTIBOOT_LOADER_MAGIC;
    frame->ebx = BOOT_INFO_PAGE;
    bare_segments_reset(guest);
}

/* All that can be refused without taking any memory. Changes nothing but *elf. */
static const char *image_check(const struct guest_image *image, struct elf_image *elf)
{
    const char *reason = elf_parse(image->bytes, image->size, elf);

    if (reason == NULL)
        reason = elf_placement_check(elf, LOW_LIMIT, image->memory);
    if (reason == NULL && elf->entry >= image->memory)
        reason = "its entry point lies outside its memory";
    return reason;
}

/* Errors come first, then memory, and from there on nothing can fail. The domain is not running yet. */
const char *bare_build(struct domain *domain, const struct guest_image *image)
{
    struct bare *guest = domain_data(domain, bare_guest);
    struct bare_frames *frames = domain_data(domain, bare_frames);
    struct elf_image elf;
    const char *reason = image_check(image, &elf);

    if (reason == NULL && image->module_size != 0)
        reason = "it is a bare kernel, and only paravirtual ones are given a module=";
    if (reason != NULL)
        return reason;
    frames->is_used = true;
    if (!memory_allocate(frames, image->memory) || !address_space_make(frames))
        return "not enough memory is left for it; give it less with mem= or start QEMU with a larger -m";
    /* Once guest->memory is set, bare_of() takes this domain for a bare guest's. */
    guest->domain = domain;
    guest->frame = domain->vcpu[0].frame;
    guest->memory = mfn_pointer(frames->memory);
    guest->memory_size = image->memory;
    guest->shadow = mfn_pointer(frames->shadow);
    domain->vcpu[0].cr3 = frames->l3.number << PAGE_SHIFT;
    memset(guest->memory, 0, image->memory); /* nothing of a former owner leaks */
    segments_load(guest->memory, image, &elf);
    boot_info_write(guest->memory, image);
    entry_state_set(guest, elf.entry);
    return NULL;
}

/* table_alloc() and frame_alloc() say MFN_NONE when there was none left. */
static void release(mfn_t mfn)
{
    if (!mfn_is_none(mfn))
        frame_free(mfn);
}

/* The window must not go on naming a frame that the next guest may get as its memory. */
void bare_destroy(struct domain *domain)
{
    struct bare_frames *frames = domain_data(domain, bare_frames);

    if (!frames->is_used)
        return;
    if (mapped == domain_data(domain, bare_guest))
        mapped = NULL;
    if (!mfn_is_none(frames->memory))
        frame_free_range(frames->memory, frames->memory_count);
    /* l1_count counts what was allocated, so there is no MFN_NONE among them. */
    for (uint32_t i = 0; i < frames->l1_count; i++)
        frame_free(frames->l1[i]);
    release(frames->shadow);
    release(frames->l3);
    release(frames->l2);
}
