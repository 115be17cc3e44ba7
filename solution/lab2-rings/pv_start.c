/*
 * What a ring-1 guest finds when it starts (floor 2): abi.md 1.4 to 1.7, from Xen's public headers xen.h and
 * arch-x86/xen.h. Written once, before it runs; the guest may change all of it afterwards.
 */
#include "pv_start.h"
#include "abi_start.h"
#include "cpu.h"
#include "debug_registers.h"
#include "exercise.h"
#include "math64.h"
#include "paging.h"
#include "pv_memory.h"
#include "text.h"
#include "time.h"

#define PAGE_FILLER 0xcc /* INT3: what is jumped to by mistake is noticed */

/* Where a page of the layout stands in the guest's addresses: the initial mapping is one piece from virt_base on. */
static uint32_t address_of(const struct pv_image *image, uint32_t page)
{
    return image->virt_base + (page << PAGE_SHIFT);
}

/*
 * Domain 0's flags for every guest: until floor 5 there is nobody at the other end of a console or store ring, and a
 * kernel that believes to be the first uses console_io (abi.md 1.4). They give it no right that another has not. Of the
 * frames it is told machine numbers where it will map them, and addresses where they are mapped.
 */
static void start_info_write(struct pv_domain *pv, const struct pv_image *image, const struct pv_layout *layout,
                             const struct guest_image *guest)
{
    struct start_info *start = pv_page(pv, layout->start_info);

    text_copy(start->magic, sizeof(start->magic), "xen-3.0-x86_32p"); /* p: with PAE */
    text_copy(start->cmd_line, sizeof(start->cmd_line), guest->command_line);
    start->nr_pages = layout->pages; /* of memory, mapped or not */
    start->shared_info = pv->shared.number << PAGE_SHIFT; /* a machine address: not mapped yet */
    start->flags = SIF_PRIVILEGED | SIF_INITDOMAIN; /* console_io, and no rings */
    start->store_mfn = pv->frames[layout->store].number; /* a frame number, not an address */
    start->console.mfn = pv->frames[layout->console].number; /* the same; event channels stay 0 */
    start->pt_base = address_of(image, layout->tables); /* the L3's, which is the first */
    start->nr_pt_frames = layout->table_count; /* all levels together */
    start->mfn_list = address_of(image, layout->list); /* pfn -> mfn, for its own use */
    start->mod_start = layout->module_size != 0 ? address_of(image, layout->module) : 0;
    start->mod_len = layout->module_size; /* bytes */
}

/* `count` bytes to pages from `page` on, whose frames lie anywhere. */
static void pages_write(struct pv_domain *pv, uint32_t page, const void *from, uint32_t count)
{
    const uint8_t *place = from;

    for (uint32_t part; count > 0; count -= part, place += part, page++) {
        part = count < PAGE_SIZE ? count : PAGE_SIZE;
        memcpy(pv_page(pv, page), place, part);
    }
}

/*
 * MOV EAX, number; INT 0x82; RET. The kernel calls it, so that the hypervisor may choose another instruction one day.
 */
static void stub_write(uint8_t *stub, uint8_t number)
{
    const uint8_t bytes[] = { 0xb8, number, 0, 0, 0, 0xcd, HYPERCALL_VECTOR, 0xc3 };

    memcpy(stub, bytes, sizeof(bytes));
}

/* The iret stub is jumped to, with a stack that lacks EAX: it is pushed here, and there is nothing to return to. */
static void hypercall_page_write(uint8_t *page)
{
    const uint8_t iret[] = { 0x50, 0xb8, HYPERCALL_IRET, 0, 0, 0, 0xcd, HYPERCALL_VECTOR };

    memset(page, PAGE_FILLER, PAGE_SIZE);
    for (uint32_t number = 0; number < PAGE_SIZE / HYPERCALL_STUB_SIZE; number++)
        stub_write(page + number * HYPERCALL_STUB_SIZE, (uint8_t)number);
    memcpy(page + HYPERCALL_IRET * HYPERCALL_STUB_SIZE, iret, sizeof(iret));
}

/* Days from 1970 to a date of the Gregorian calendar, years counted from March so that leap days come last. */
static uint32_t days_since_1970(uint32_t year, uint32_t month, uint32_t day)
{
    uint32_t years = month <= 2 ? year - 1 : year;
    uint32_t months = month <= 2 ? month + 9 : month - 3;

    return years * 365 + years / 4 - years / 100 + years / 400 + (months * 153 + 2) / 5 + day - 1 - 719468;
}

/* The clock chip counts in binary-coded decimal unless somebody has told it otherwise. */
static uint32_t clock_number(uint8_t reg)
{
    uint8_t value = time_clock_register(reg);

    return (value >> 4) * 10u + (value & 15u);
}

/*
 * Wall-clock time at system time 0, from the CMOS clock (Motorola MC146818: seconds 0, minutes 2, hours 4, date 7-9).
 */
static void wall_clock_write(struct shared_info *shared)
{
    uint32_t days = days_since_1970(2000 + clock_number(9), clock_number(8), clock_number(7));
    uint32_t now = days * 86400 + clock_number(4) * 3600 + clock_number(2) * 60 + clock_number(0);

    uint32_t nanoseconds;

    shared->wc_sec = now - (uint32_t)div64_32(time_cached(), 1000000000u, &nanoseconds);
    shared->wc_version = 2; /* even: complete */
}

/* All zero but for this: no upcalls until the guest lets them in, and a clock that already goes. */
static void shared_info_write(struct pv_domain *pv)
{
    struct shared_info *shared = mfn_pointer(pv->shared);
    uint64_t tsc;
    struct time_scale scale = time_origin(&tsc);

    for (unsigned i = 0; i < XEN_LEGACY_MAX_VCPUS; i++) {
        shared->vcpu_info[i].evtchn_upcall_mask = 1;
        shared->vcpu_info[i].time = (struct vcpu_time_info){
            .version = 2, .tsc_timestamp = tsc, .tsc_to_system_mul = scale.multiplier, .tsc_shift = scale.shift,
        };
    }
    wall_clock_write(shared);
}

/* All of it into memory that is zero, and that the guest cannot see yet: in any order. */
void pv_start_write(struct pv_domain *pv, const struct pv_image *image, const struct pv_layout *layout,
                    const struct guest_image *guest)
{
    start_info_write(pv, image, layout, guest);
    pages_write(pv, layout->list, pv->frames, layout->pages * sizeof(mfn_t));
    pages_write(pv, layout->module, guest->module, layout->module_size);
    if (image->has_hypercall_page)
        hypercall_page_write(pv_page(pv, (image->hypercall_page - image->virt_base) >> PAGE_SHIFT));
    shared_info_write(pv);
}

/*
 * A reset's debug registers; the kernel's stack for traps is the one it starts on, until stack_switch names another.
 * Its trap table is empty: a fault before set_trap_table is the guest's end, with the reason that it has no handler.
 */
static void virtual_cpu_set(struct pv_vcpu *pv, uint32_t stack)
{
    pv->kernel_ss = SELECTOR_RING1_DATA;
    pv->kernel_sp = stack;
    pv->debug[DEBUG_STATUS] = DEBUG_STATUS_RESET;
    pv->debug[DEBUG_CONTROL] = DEBUG_CONTROL_RESET;
}

/*
 * Exercise 2.2: the registers of the first instruction, in the frame that the way out restores (all of it is zero):
 * CS and the other segments are the flat ones of ring 1, EIP is the image's entry, ESP the end of the stack page, ESI
 * the address of start_info; and EFLAGS, in which our own tick must be let in and the I/O privilege be ring 0's.
 * This frame and IRET are all it takes to enter ring 1.
 */
void pv_start_vcpu(struct pv_vcpu *pv, const struct pv_image *image, const struct pv_layout *layout)
{
    uint32_t stack = address_of(image, layout->stack) + PAGE_SIZE;

    virtual_cpu_set(pv, stack);
#ifdef SOLUTION
    struct trap_frame *frame = pv->vcpu->frame;

    frame->cs = SELECTOR_RING1_CODE;
    frame->ds = frame->es = frame->fs = frame->gs = frame->ss = SELECTOR_RING1_DATA;
    frame->eip = image->entry;
    frame->esp = stack;
    frame->esi = address_of(image, layout->start_info);
    frame->eflags = EFLAGS_FIXED | EFLAGS_IF;
#else
    EXERCISE("2.2");
#endif
}
