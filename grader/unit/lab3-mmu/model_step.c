/*
 * One operation in both worlds (model_step.h). The hypervisor's side is its real hypercalls; a frame of descriptors is
 * taken as set_gdt does it.
 */
#include "model_step.h"
#include "space.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "abi_memory.h"
#include "errors.h"
#include "lab1-boot/panic_on_host.h"
#include "pv_memory.h"

void (*step_history)(void);

static const char type_names[][9] = { "none", "L1", "L2", "L3", "top L2", "segments", "writable" };

void step_print(const struct step *step)
{
    static const char names[][16] = { "pin", "unpin", "base", "write", "give back", "take", "clear", "copy",
                                      "describe", "describe no more" };

    print_message("    %.16s frame %u", names[step->kind], step->mfn);
    if (step->kind == STEP_PIN)
        print_message(" as %s", type_names[step->type]);
    if (step->kind == STEP_COPY)
        print_message(" from %u", step->other);
    if (step->kind == STEP_WRITE)
        print_message(" entry %u = %#llx%s", model_index[step->slot], (unsigned long long)step->value,
                      step->keep_ad ? ", A and D kept" : "");
    print_message("\n");
}

static void __attribute__((noreturn)) differ(const struct step *step, const char *what, long real, long model)
{
    print_message("these steps:\n");
    if (step_history != NULL)
        step_history();
    step_print(step);
    fail_msg("%s: the hypervisor says %ld, the model %ld", what, real, model);
    __builtin_unreachable();
}

static int32_t real_result(const struct step *step)
{
    uint32_t number = step->mfn;

    switch (step->kind) {
    case STEP_PIN: return host_operation(MMUEXT_PIN_L1_TABLE + (step->type - FRAME_L1), step->mfn, 0);
    case STEP_UNPIN: return host_operation(MMUEXT_UNPIN_TABLE, step->mfn, 0);
    case STEP_BASE: return host_operation(MMUEXT_NEW_BASEPTR, step->mfn, 0);
    case STEP_WRITE:
        return host_update(host_place(step->mfn, model_index[step->slot]) |
                           (step->keep_ad ? MMU_PT_UPDATE_PRESERVE_AD : MMU_NORMAL_PT_UPDATE), step->value);
    case STEP_GIVE_BACK: return host_reservation(MEMORY_DECREASE_RESERVATION, &number) == 1 ? 0 : -EINVAL;
    case STEP_TAKE: return host_reservation(MEMORY_POPULATE_PHYSMAP, &number) == 1 ? (int32_t)number : 0;
    case STEP_CLEAR: return host_operation(MMUEXT_CLEAR_PAGE, step->mfn, 0);
    case STEP_COPY: return host_operation(MMUEXT_COPY_PAGE, step->mfn, step->other);
    case STEP_DESCRIBE: return pv_frame_rules->segments_get(fake.owner, step->mfn);
    default: return -EINVAL; /* only the hypervisor's own calls end that: see step_do() */
    }
}

static unsigned model_result(struct model *model, struct model_truth *truth, const struct step *step)
{
    switch (step->kind) {
    case STEP_PIN: return model_pin(model, truth, step->mfn, step->type);
    case STEP_UNPIN: return model_unpin(model, truth, step->mfn);
    case STEP_BASE: return model_base(model, truth, step->mfn);
    case STEP_WRITE: return model_write(model, truth, step->mfn, step->slot, step->value, step->keep_ad);
    case STEP_GIVE_BACK: return model_give_back(model, truth, step->mfn);
    case STEP_CLEAR: return model_clear(model, truth, step->mfn);
    case STEP_COPY: return model_copy(model, truth, step->mfn, step->other);
    case STEP_DESCRIBE: return model_describe(model, truth, step->mfn);
    default: return model_describe_no_more(model, truth, step->mfn);
    }
}

static unsigned result_bit(int32_t result)
{
    return result == 0 ? MODEL_OK : result == -EINVAL ? MODEL_EINVAL : result == -EBUSY ? MODEL_EBUSY :
           result == -EPERM ? MODEL_EPERM : 0;
}

/* Counts, types, owners; and what stands in the frame, unless it is nobody's. */
static void frame_compare(const struct model *model, const struct model_truth *truth, uint32_t i,
                          const struct step *step)
{
    const struct frame *frame = frame_find(HOST_A + i);
    const struct model_frame *known = &model->frame[i];

    if ((frame != NULL ? frame->owner : 0) != known->owner)
        differ(step, "owner", frame != NULL ? frame->owner : 0, known->owner);
    if (known->owner != HOST_OWNER)
        return;
    if (frame->count != truth->count[i] || frame->type_count != truth->type_count[i])
        differ(step, "counts: references * 1000 + those of the type", frame->count * 1000 + frame->type_count,
               truth->count[i] * 1000 + truth->type_count[i]);
    if (frame->type != truth->type[i])
        differ(step, "type", frame->type, truth->type[i]);
    if (((frame->flags & FRAME_PINNED) != 0) != (known->pinned != FRAME_NONE))
        differ(step, "pinned", frame->flags & FRAME_PINNED, known->pinned);
    for (unsigned slot = 0; slot < MODEL_SLOTS; slot++)
        if (host_entries(HOST_A + i)[model_index[slot]] != known->entry[slot])
            differ(step, "an entry", (long)host_entries(HOST_A + i)[model_index[slot]], (long)known->entry[slot]);
}

/* The domain's list, where each frame knows its own place; and the allocator. */
static void lists_compare(const struct model *model, const struct step *step)
{
    uint32_t listed = 0, gone = 0, found = 0;

    for (uint32_t i = 0; i < MODEL_FRAMES; i++) {
        gone += model->frame[i].owner == 0;
        listed += model->frame[i].is_listed;
        if (model->frame[i].is_listed && fake.owner->frames[frame_find(HOST_A + i)->slot].number != HOST_A + i)
            differ(step, "place in the list", frame_find(HOST_A + i)->slot, (long)i);
    }
    for (uint32_t slot = 0; slot < HOST_LISTED; slot++)
        found += !mfn_is_none(fake.owner->frames[slot]);
    if (found != listed)
        differ(step, "length of the list", found, listed);
    if (frames_free_count() != gone)
        differ(step, "free frames", frames_free_count(), gone);
}

/* What is really loaded is the base's four entries, now. */
static void base_compare(const struct model *model, const struct step *step)
{
    if (fake.pv.base.number != model->base)
        differ(step, "base", fake.pv.base.number, model->base);
    for (unsigned i = 0; i < 4; i++) {
        uint64_t entry = host_entries(model->base)[i];
        uint64_t expected = entry & PTE_PRESENT ? (entry & ~0xfffull) | PTE_PRESENT : 0;

        if (fake.pv.pdpt[i] != expected)
            differ(step, "loaded entry", (long)fake.pv.pdpt[i], (long)expected);
    }
}

/* The CPU may remember what a frame was, and for nobody's what it was mapped as: it must have been made to forget. */
static void flush_compare(const struct model *model, const struct model_truth *old, const struct model_truth *truth,
                          const struct model *before, const struct step *step)
{
    bool needed = before->base != model->base || memcmp(before->frame[model->base - HOST_A].entry,
                                                        model->frame[model->base - HOST_A].entry, 24) != 0;

    for (uint32_t i = 0; i < MODEL_FRAMES; i++)
        needed |= (old->type_count[i] != 0 && truth->type[i] != old->type[i]) ||
                  (before->frame[i].owner != 0 && model->frame[i].owner == 0);
    if (needed && mmu_host.cr3_loads == 0 && !frame_tlb_is_stale)
        differ(step, "loads of CR3", 0, 1);
}

void step_do(struct model *model, struct model_truth *truth, const struct step *step)
{
    struct model before = *model;
    struct model_truth old = *truth;
    int32_t result;
    unsigned right;

    mmu_host.cr3_loads = 0;
    if (setjmp(machine_end) != 0)
        differ(step, "the hypervisor's own assertions: panics", 1, 0);
    result = real_result(step);
    if (step->kind == STEP_TAKE) {
        uint32_t mfn = model_take(model, truth);

        if ((uint32_t)result != mfn)
            differ(step, "frame taken", result, (long)mfn);
    } else {
        right = model_result(model, truth, step);
        if (step->kind == STEP_DESCRIBE_NO_MORE && right == MODEL_OK) {
            pv_frame_rules->segments_put(fake.owner, step->mfn);
            result = 0;
        }
        if (!(result_bit(result) & right))
            differ(step, "result (1 done, 2 EINVAL, 4 EBUSY, 8 EPERM)", (long)result_bit(result), (long)right);
    }
    if (truth->broken != 0)
        differ(step, "broken rules", 0, (long)truth->broken);
    for (uint32_t i = 0; i < MODEL_FRAMES; i++)
        frame_compare(model, truth, i, step);
    lists_compare(model, step);
    base_compare(model, step);
    flush_compare(model, &old, truth, &before, step);
    frame_tlb_is_stale = false;
}

/* Entries behind the ones that slots name differ only between a top L2 and all others. */
static void contents_restore(const struct model *model, const struct model_truth *truth, uint32_t i)
{
    uint64_t *entries = host_entries(HOST_A + i);
    uint64_t top = truth->type[i] == FRAME_L2_TOP ? HOST_TOP_ENTRY : 0;

    if (entries[HOST_TOP_FIRST + 1] != top)
        for (uint32_t n = HOST_TOP_FIRST; n < TABLE_ENTRIES; n++)
            entries[n] = top;
    for (unsigned slot = 0; slot < MODEL_SLOTS; slot++)
        entries[model_index[slot]] = model->frame[i].entry[slot];
}

static void frame_restore(const struct model *model, const struct model_truth *truth, uint32_t i)
{
    const struct model_frame *known = &model->frame[i];
    uint32_t mfn = HOST_A + i;

    if (frame_find(mfn) != NULL)
        *frame_find(mfn) = (struct frame){ 0 };
    if (i < HOST_LISTED)
        fake.owner->frames[i] = known->is_listed ? (mfn_t){ mfn } : MFN_NONE;
    if (known->owner == 0) {
        frames_add(mfn, 1);
        return;
    }
    frames_reserve(mfn, 1);
    frame_give(mfn, known->owner, i, (known->is_shared ? FRAME_SHARED : 0) |
                                     (known->pinned != FRAME_NONE ? FRAME_PINNED : 0));
    if (known->owner == HOST_OWNER) {
        *domain_data(&fake.domain, frames_held) += !known->is_shared;
        frame_find(mfn)->count = truth->count[i];
        frame_find(mfn)->type_count = truth->type_count[i];
        frame_find(mfn)->type = truth->type[i];
    }
}

void step_restore(const struct model *model, const struct model_truth *truth)
{
    *domain_data(&fake.domain, frames_held) = 0;
    for (uint32_t i = 0; i < MODEL_FRAMES; i++) {
        contents_restore(model, truth, i);
        frame_restore(model, truth, i);
    }
    fake.pv.base = (mfn_t){ model->base };
    for (unsigned i = 0; i < 4; i++) {
        uint64_t entry = host_entries(model->base)[i];

        fake.pv.pdpt[i] = entry & PTE_PRESENT ? (entry & ~0xfffull) | PTE_PRESENT : 0;
    }
}
