/*
 * Floor 3 on the host (mmu_on_host.h). The files that load CR3 or invalidate a page are compiled here, with those
 * instructions as counters.
 */
#include "mmu_on_host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define cr3_read        cpu_cr3_read
#define cr3_write       cpu_cr3_write
#define page_invalidate cpu_page_invalidate
#include "cpu.h"
#undef cr3_read
#undef cr3_write
#undef page_invalidate

struct mmu_host mmu_host;

static inline uint32_t cr3_read(void)
{
    return 0;
}

static inline void cr3_write(uint32_t value)
{
    (void)value;
    mmu_host.cr3_loads++;
}

static inline void page_invalidate(uint32_t address)
{
    mmu_host.invalidates++;
    mmu_host.invalidated = address;
}

#include "mmu_update.c"
#include "mmuext_table.c"
#include "space.c"

bool (*pv_fault_filter)(const struct pv_vcpu *pv, uint32_t error, uint32_t address);
extern const struct floor *const __start_floors[], *const __stop_floors[]; /* the linker gathers them: floor 3 only */
static mfn_t frame_list[HOST_LISTED];

bool isolation_is_paging(void)
{
    return mmu_host.is_paging;
}

void isolation_fill_top(uint64_t *l2)
{
    for (uint32_t i = HOST_TOP_FIRST; i < TABLE_ENTRIES; i++)
        l2[i] = HOST_TOP_ENTRY;
}

int32_t hypercall_again(struct vcpu *vcpu, uint32_t number, uint32_t first, uint32_t second)
{
    (void)vcpu;
    mmu_host.agains++;
    mmu_host.again[0] = number;
    mmu_host.again[1] = first;
    mmu_host.again[2] = second;
    return (int32_t)number;
}

int32_t hypercall_end(struct vcpu *vcpu, int32_t result)
{
    (void)vcpu;
    return result;
}

void hypercall_missing(struct vcpu *vcpu, uint32_t number)
{
    (void)vcpu, (void)number;
}

int32_t ldt_load(struct pv_vcpu *pv, uint32_t base, uint32_t entries)
{
    (void)pv, (void)base, (void)entries;
    return 0;
}

bool pv_recognise(const struct guest_image *guest)
{
    (void)guest;
    return false;
}

void pv_switch_forget(const struct domain *domain)
{
    (void)domain;
    mmu_host.forgotten++;
}

void descriptor_tables_free(struct pv_vcpu *pv)
{
    (void)pv;
    mmu_host.tables_freed++;
}

/* Memory and first tables, as floor 2 leaves them. */
const char *pv_build(struct domain *domain, const struct guest_image *guest)
{
    (void)domain, (void)guest;
    fake.owner->shared = MFN_NONE;
    if (mmu_host.refusal != NULL)
        return mmu_host.refusal;
    for (uint32_t i = 0; i < HOST_LISTED; i++)
        frame_list[i] = (mfn_t){ HOST_A + i };
    fake.owner->frames = frame_list;
    fake.owner->frame_count = HOST_LISTED;
    fake.owner->shared = (mfn_t){ HOST_SHARED };
    fake.pv.base = (mfn_t){ HOST_FIRST };
    host_entries(HOST_FIRST)[3] = pte_make((mfn_t){ HOST_TOP }, PTE_PRESENT);
    pdpt_fill(&fake.pv, HOST_FIRST);
    return NULL;
}

/* There is one domain. */
struct domain *domain_find(uint16_t id)
{
    return id == fake.domain.id ? &fake.domain : NULL;
}

/* The frame table is frame.c's own: what the last test left in it goes. */
static void frames_forget(void)
{
    for (uint32_t mfn = FAKE_FIRST; mfn < HOST_END; mfn++)
        if (frame_find(mfn) != NULL)
            *frame_find(mfn) = (struct frame){ 0 };
}

static void window_make(void)
{
    host_entries(HOST_WINDOW_L2)[0] = pte_make((mfn_t){ HOST_WINDOW_L1 }, PTE_PRESENT | PTE_WRITABLE | PTE_USER);
    for (uint32_t i = 0; i < 2; i++)
        host_entries(HOST_WINDOW_L1)[i] = pte_make((mfn_t){ HOST_REQUEST }, PTE_PRESENT | PTE_WRITABLE);
}

int mmu_host_start(void **state)
{
    fake_pv_start(state);
    frames_reserve(0, FRAMES_MAX);
    frames_forget();
    memset(&mmu_host, 0, sizeof(mmu_host));
    window_make();
    for (const struct floor *const *slot = __start_floors; slot < __stop_floors; slot++)
        (*slot)->init();
    if (space_build(&fake.domain, NULL) != NULL)
        return -1;
    frame_give(HOST_FOREIGN, HOST_STRANGER, 0, 0);
    frame_tlb_is_stale = false;
    return 0;
}

uint64_t *host_entries(uint32_t mfn)
{
    return mfn_pointer((mfn_t){ mfn });
}

int32_t host_call(uint32_t number, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    const uint32_t slot = l3_index(WINDOW);
    uint64_t kept = fake.pv.pdpt[slot];
    int32_t result;

    fake.pv.pdpt[slot] = pte_make((mfn_t){ HOST_WINDOW_L2 }, PTE_PRESENT);
    result = fake_call(number, a, b, c, d);
    fake.pv.pdpt[slot] = kept;
    return result;
}

int32_t host_update(uint64_t pointer_and_command, uint64_t value)
{
    const struct mmu_update request = { pointer_and_command, value };

    memcpy(host_entries(HOST_REQUEST), &request, sizeof(request));
    return host_call(HYPERCALL_MMU_UPDATE, WINDOW, 1, 0, DOMID_SELF);
}

int32_t host_operation(uint32_t command, uint32_t a, uint32_t b)
{
    const struct mmuext_op op = { command, a, b };

    return mmuext_upper(&fake.domain.vcpu[0], &op, DOMID_SELF);
}

int32_t host_reservation(uint32_t command, uint32_t *number)
{
    const struct xen_memory_reservation request = { WINDOW + 64, 1, 0, 0, DOMID_SELF };
    uint8_t *page = (uint8_t *)host_entries(HOST_REQUEST);
    int32_t result;

    memcpy(page, &request, sizeof(request));
    memcpy(page + 64, number, sizeof(*number));
    result = host_call(HYPERCALL_MEMORY_OP, command, WINDOW, 0, 0);
    memcpy(number, page + 64, sizeof(*number));
    return result;
}
