/* Hands pointers of all kinds to hypercalls: across two pages, which are never neighbours in the machine, into holes,
   into the hypervisor, around the end of all addresses; and lists of hypercalls. Nothing here traps. */
#include "evidence.h"
#include "evidence_keys.h"
#include "hypercall.h"

void pv_main(const struct start_info *start);

#define PAGE        4096u
#define SIZE        XENVER_CAPABILITIES_SIZE
#define UNMAPPED    0x40000000u
#define DIRECT      0xf8000000u /* the hypervisor's map of all memory */
#define LONG        200         /* entries: more than are done in one go */
#define COUNT_WRAPS 0x08000001u /* entries: their size in bytes is 32 when only 32 bits of it are kept */
#define FILLER      0xa5

static uint8_t pages[2 * PAGE] __attribute__((aligned(4096)));
static uint8_t plain[PAGE] __attribute__((aligned(4096)));
static struct multicall_entry many[LONG];
static const struct start_info *info;

static uint32_t machine_address(const void *address)
{
    return ((const uint32_t *)info->mfn_list)[(uint32_t)address / PAGE] * PAGE + (uint32_t)address % PAGE;
}

static void fill(uint8_t *bytes, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        bytes[i] = FILLER;
}

static uint32_t filler_lost(const uint8_t *bytes, uint32_t count)
{
    uint32_t lost = 0;

    for (uint32_t i = 0; i < count; i++)
        lost += bytes[i] != FILLER;
    return lost;
}

/* The same answer in one page and in two; the bytes around it stay. */
static void cross_try(void)
{
    uint8_t *place = pages + PAGE - 300;
    uint32_t wrong = 0;

    fill(pages, sizeof(pages));
    hypercall_xen_version(XENVER_CAPABILITIES, plain);
    evidence_put(COPY_CROSS, (uint32_t)hypercall_xen_version(XENVER_CAPABILITIES, place));
    for (uint32_t i = 0; i < SIZE; i++)
        wrong += place[i] != plain[i];
    wrong += filler_lost(pages, PAGE - 300) + filler_lost(place + SIZE, PAGE + 300 - SIZE);
    evidence_put(COPY_CROSS_WRONG, wrong);
}

static struct multicall_entry entry_of(uint32_t op, uint32_t command)
{
    return (struct multicall_entry){ .op = op, .result = ~0u, .args = { command } };
}

/* Entry 2 of 5 lies in both pages. */
static void list_try(void)
{
    struct multicall_entry *list = (struct multicall_entry *)(pages + PAGE - 2 * sizeof(*list) - 12);
    uint32_t wrong = 0;

    for (uint32_t i = 0; i < 5; i++)
        list[i] = entry_of(HYPERCALL_XEN_VERSION, i % 2 ? XENVER_PAGESIZE : XENVER_VERSION);
    evidence_put(COPY_LIST, (uint32_t)hypercall_multicall(list, 5));
    int32_t version = hypercall_xen_version(XENVER_VERSION, 0);
    for (uint32_t i = 0; i < 5; i++)
        wrong += (int32_t)list[i].result != (i % 2 ? (int32_t)PAGE : version);
    evidence_put(COPY_LIST_RESULTS, wrong);
}

/* Where a guest's memory ends, at the start of the hole, in it, around the end, read-only. 16 bytes are written. */
static void bad_try(void)
{
    uint32_t end = info->nr_pages * PAGE, direct = DIRECT + machine_address(plain);
    const uint32_t pointers[8] = { UNMAPPED, end - 8, HYPERVISOR_VIRT_START, HYPERVISOR_VIRT_START - 8, 0xf6800000u,
                                   0xf8100000u, 0xfffffff8u, info->pt_base };

    fill((uint8_t *)end - 16, 16);
    fill(plain, PAGE);
    for (uint32_t i = 0; i < 8; i++)
        evidence_put(COPY_BAD + i, (uint32_t)hypercall_xen_version(XENVER_EXTRAVERSION, (void *)pointers[i]));
    evidence_put(COPY_HALF, filler_lost((uint8_t *)end - 16, 16));
    evidence_put(COPY_DIRECT, (uint32_t)hypercall_xen_version(XENVER_EXTRAVERSION, (void *)direct));
    evidence_put(COPY_DIRECT_CHANGED, filler_lost(plain, PAGE));
    evidence_put(COPY_BAD_READ, (uint32_t)hypercall_console_io(CONSOLE_WRITE, 4, (void *)UNMAPPED));
    evidence_put(COPY_BAD_READ + 1, (uint32_t)hypercall_console_io(CONSOLE_WRITE, 4, (void *)HYPERVISOR_VIRT_START));
    evidence_put(COPY_BAD_READ + 2, (uint32_t)hypercall_console_io(CONSOLE_WRITE, 16, (void *)0xfffffff8u));
    evidence_put(COPY_BAD_READ + 3, (uint32_t)hypercall_console_io(CONSOLE_WRITE, 4, (void *)direct));
}

/* One after the other, each with its own result; a list in a list is refused, and the rest goes on. */
static void order_try(void)
{
    struct multicall_entry list[6] = {
        entry_of(HYPERCALL_XEN_VERSION, XENVER_PAGESIZE), entry_of(HYPERCALL_MULTICALL, 0), entry_of(50, 0),
        entry_of(HYPERCALL_XEN_VERSION, 99), entry_of(HYPERCALL_SCHED_OP, SCHED_YIELD),
        entry_of(HYPERCALL_XEN_VERSION, XENVER_PAGESIZE),
    };
    static const int32_t results[6] = { PAGE, -EINVAL, -ENOSYS, -ENOSYS, 0, PAGE };
    uint32_t wrong = 0;

    hypercall_multicall(list, 6);
    for (uint32_t i = 0; i < 6; i++)
        wrong += (int32_t)list[i].result != results[i];
    evidence_put(COPY_MULTI_ORDER, wrong);
    evidence_put(COPY_MULTI_NESTED, (uint32_t)list[1].result);
}

static void long_try(void)
{
    uint32_t left = 0;

    for (uint32_t i = 0; i < LONG; i++)
        many[i] = entry_of(HYPERCALL_XEN_VERSION, XENVER_PAGESIZE);
    evidence_put(COPY_MULTI_RETURN, (uint32_t)hypercall_multicall(many, LONG));
    for (uint32_t i = 0; i < LONG; i++)
        left += many[i].result != PAGE;
    evidence_put(COPY_MULTI_LONG, left);
}

/* At the end of the guest's memory, so that whoever calls these entries all the same finds no third one. */
static void size_try(void)
{
    struct multicall_entry *last = (struct multicall_entry *)(info->nr_pages * PAGE) - 2;

    last[0] = last[1] = entry_of(HYPERCALL_XEN_VERSION, XENVER_PAGESIZE);
    evidence_put(COPY_SIZE_RETURN, (uint32_t)hypercall_multicall(last, COUNT_WRAPS));
    evidence_put(COPY_SIZE_CALLED, (uint32_t)((last[0].result != ~0u) + (last[1].result != ~0u)));
}

void pv_main(const struct start_info *start)
{
    struct sched_shutdown end = { .reason = SHUTDOWN_POWEROFF };

    info = start;
    cross_try();
    list_try();
    bad_try();
    order_try();
    long_try();
    size_try();
    evidence_seal();
    hypercall_sched_op(SCHED_SHUTDOWN, &end);
}
