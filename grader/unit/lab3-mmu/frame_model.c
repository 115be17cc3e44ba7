/*
 * The independent model (frame_model.h). Written from abi.md 3.2 to 3.7, to be read beside it.
 */
#include "frame_model.h"

#include <stddef.h>
#include <string.h>

#include "descriptor.h"
#include "paging.h"

#define AD          0x60ull
#define FLAGS       0xe67ull /* P RW U A D, and three bits for the guest */
#define FLAGS_L1    0xf67ull /* G too */
#define FRAME_BITS  0xfffff000ull
#define L3_USED     4u

const uint16_t model_index[MODEL_SLOTS] = { 0, 2, 3, 4, 427, HOST_TOP_FIRST, 511 };

static bool is_table(enum frame_type type)
{
    return type >= FRAME_L1 && type <= FRAME_L2_TOP;
}

/* Entries of a table that mean something to the CPU and are the guest's. */
static uint32_t entries_in_use(enum frame_type type)
{
    return type == FRAME_L3 ? L3_USED : type == FRAME_L2_TOP ? HOST_TOP_FIRST : 512;
}

static struct model_frame *find(struct model *model, uint32_t mfn)
{
    if (mfn < HOST_A || mfn >= HOST_A + MODEL_FRAMES || model->frame[mfn - HOST_A].owner != HOST_OWNER)
        return NULL;
    return &model->frame[mfn - HOST_A];
}

static bool flags_are_good(enum frame_type type, uint64_t entry)
{
    return (entry & ~(FRAME_BITS | (type == FRAME_L1 ? FLAGS_L1 : FLAGS))) == 0;
}

/* What a present entry says of the frame that it names; FRAME_NONE: only that it stays. */
static enum frame_type meaning(enum frame_type table, uint32_t index, uint64_t entry)
{
    switch (table) {
    case FRAME_L1: return entry & PTE_WRITABLE ? FRAME_WRITABLE : FRAME_NONE;
    case FRAME_L3: return index == 3 ? FRAME_L2_TOP : FRAME_L2;
    default: return FRAME_L1;
    }
}

static void refer(const struct model *model, struct model_truth *truth, uint32_t mfn, enum frame_type type);

/* A page of descriptors: floor 2's rule for one of them is taken as given. */
static void look_at_descriptors(const struct model_frame *frame, struct model_truth *truth)
{
    for (unsigned slot = 0; slot < MODEL_SLOTS; slot++) {
        uint64_t descriptor = frame->entry[slot];

        if (!descriptor_check(&descriptor))
            truth->broken |= MODEL_EINVAL;
    }
}

/* A frame has become a table: everything that stands in it counts. */
static void look_at_entries(const struct model *model, struct model_truth *truth, const struct model_frame *frame,
                            enum frame_type type)
{
    for (unsigned slot = 0; slot < MODEL_SLOTS && model_index[slot] < entries_in_use(type); slot++) {
        uint64_t entry = frame->entry[slot];
        uint32_t index = model_index[slot];

        if (entry & PTE_PRESENT) {
            if (flags_are_good(type, entry))
                refer(model, truth, (uint32_t)entry >> 12, meaning(type, index, entry));
            else
                truth->broken |= MODEL_EINVAL;
        } else if (type == FRAME_L3 && index == 3) {
            truth->broken |= MODEL_EINVAL;
        }
    }
}

/* One more reference, and all that it brings with it. */
static void refer(const struct model *model, struct model_truth *truth, uint32_t mfn, enum frame_type type)
{
    uint32_t i = mfn - HOST_A;

    if (i >= MODEL_FRAMES || model->frame[i].owner != HOST_OWNER) {
        truth->broken |= MODEL_EINVAL;
    } else if (type == FRAME_NONE) {
        truth->count[i]++;
    } else if (model->frame[i].is_shared && type != FRAME_WRITABLE) {
        truth->broken |= MODEL_EINVAL | (truth->type_count[i] != 0 ? MODEL_EBUSY : 0);
    } else if (truth->type_count[i] != 0 && (truth->type[i] != type || type == FRAME_L2_TOP)) {
        truth->broken |= MODEL_EBUSY;
    } else {
        truth->count[i]++;
        truth->type[i] = (uint8_t)type;
        if (truth->type_count[i]++ != 0)
            return;
        if (is_table(type))
            look_at_entries(model, truth, &model->frame[i], type);
        else if (type == FRAME_SEGMENTS)
            look_at_descriptors(&model->frame[i], truth);
    }
}

void model_truth(const struct model *model, struct model_truth *truth)
{
    *truth = (struct model_truth){ 0 };
    for (uint32_t i = 0; i < MODEL_FRAMES; i++)
        truth->count[i] = model->frame[i].is_listed || model->frame[i].is_shared;
    refer(model, truth, model->base, FRAME_L3);
    for (uint32_t i = 0; i < MODEL_FRAMES; i++) {
        if (model->frame[i].pinned != FRAME_NONE)
            refer(model, truth, HOST_A + i, model->frame[i].pinned);
        for (unsigned n = 0; n < model->frame[i].described; n++)
            refer(model, truth, HOST_A + i, FRAME_SEGMENTS);
    }
}

void model_start(struct model *model, struct model_truth *truth)
{
    memset(model, 0, sizeof(*model));
    for (uint32_t i = 0; i < MODEL_FRAMES; i++)
        model->frame[i].owner = HOST_OWNER;
    for (uint32_t i = 0; i < HOST_LISTED; i++)
        model->frame[i].is_listed = true;
    model->frame[HOST_SHARED - HOST_A].is_shared = true;
    model->frame[HOST_FOREIGN - HOST_A].owner = HOST_STRANGER;
    model->frame[HOST_FIRST - HOST_A].pinned = FRAME_L3;
    model->frame[HOST_FIRST - HOST_A].entry[2] = (uint64_t)HOST_TOP << 12 | PTE_PRESENT;
    for (unsigned slot = 5; slot < MODEL_SLOTS; slot++)
        model->frame[HOST_TOP - HOST_A].entry[slot] = HOST_TOP_ENTRY;
    model->base = HOST_FIRST;
    model_truth(model, truth);
}

/* The hypervisor's entries are in a frame as long as it is a top L2, and nothing is left of them afterwards. */
static void top_change(struct model_frame *frame, bool is_top)
{
    for (unsigned slot = 0; slot < MODEL_SLOTS; slot++)
        if (model_index[slot] >= HOST_TOP_FIRST)
            frame->entry[slot] = is_top ? HOST_TOP_ENTRY : 0;
}

/* The model has changed: what that means for all frames. */
static unsigned settle(struct model *model, struct model_truth *truth)
{
    struct model_truth old = *truth;

    model_truth(model, truth);
    for (uint32_t i = 0; i < MODEL_FRAMES; i++) {
        if ((old.type[i] == FRAME_L2_TOP) != (truth->type[i] == FRAME_L2_TOP))
            top_change(&model->frame[i], truth->type[i] == FRAME_L2_TOP);
        if (truth->count[i] == 0 && model->frame[i].owner == HOST_OWNER)
            model->frame[i].owner = 0;
    }
    return MODEL_OK;
}

/* Could this reference stand beside all others? Also those that the operation would end: they go after it has come. */
static unsigned could_refer(const struct model *model, const struct model_truth *truth, uint32_t mfn,
                            enum frame_type type)
{
    struct model_truth candidate = *truth;

    refer(model, &candidate, mfn, type);
    return candidate.broken != 0 ? candidate.broken : MODEL_OK;
}

unsigned model_pin(struct model *model, struct model_truth *truth, uint32_t mfn, enum frame_type type)
{
    struct model_frame *frame = find(model, mfn);
    unsigned right;

    if (frame == NULL || frame->pinned != FRAME_NONE)
        return MODEL_EINVAL;
    right = could_refer(model, truth, mfn, type);
    if (right != MODEL_OK)
        return right;
    frame->pinned = (uint8_t)type;
    return settle(model, truth);
}

unsigned model_unpin(struct model *model, struct model_truth *truth, uint32_t mfn)
{
    struct model_frame *frame = find(model, mfn);

    if (frame == NULL || frame->pinned == FRAME_NONE)
        return MODEL_EINVAL;
    frame->pinned = FRAME_NONE;
    return settle(model, truth);
}

unsigned model_base(struct model *model, struct model_truth *truth, uint32_t mfn)
{
    unsigned right = could_refer(model, truth, mfn, FRAME_L3);

    if (right != MODEL_OK)
        return right;
    model->base = mfn;
    return settle(model, truth);
}

/* May this entry stand at this place of a table? MODEL_OK or the reason. */
static unsigned could_stand(const struct model *model, const struct model_truth *truth, enum frame_type type,
                            uint32_t index, uint64_t value)
{
    if (type == FRAME_L2_TOP && index >= HOST_TOP_FIRST)
        return MODEL_EPERM;
    if (type == FRAME_L3 && index == 3)
        return MODEL_EINVAL;
    if (index >= entries_in_use(type) || !(value & PTE_PRESENT))
        return MODEL_OK;
    if (!flags_are_good(type, value))
        return MODEL_EINVAL;
    return could_refer(model, truth, (uint32_t)value >> 12, meaning(type, index, value));
}

unsigned model_write(struct model *model, struct model_truth *truth, uint32_t mfn, unsigned slot, uint64_t value,
                     bool keep_ad)
{
    struct model_frame *frame = find(model, mfn);
    enum frame_type type;
    unsigned right = MODEL_OK;

    if (frame == NULL || frame->is_shared)
        return MODEL_EINVAL;
    type = (enum frame_type)truth->type[mfn - HOST_A];
    if (type == FRAME_SEGMENTS)
        return MODEL_EBUSY;
    if (keep_ad)
        value |= frame->entry[slot] & AD;
    if (is_table(type))
        right = could_stand(model, truth, type, model_index[slot], value);
    if (right != MODEL_OK)
        return right;
    frame->entry[slot] = value;
    return settle(model, truth);
}

unsigned model_give_back(struct model *model, struct model_truth *truth, uint32_t mfn)
{
    struct model_frame *frame = find(model, mfn);

    if (frame == NULL || !frame->is_listed)
        return MODEL_EINVAL;
    frame->is_listed = false;
    return settle(model, truth);
}

uint32_t model_take(struct model *model, struct model_truth *truth)
{
    uint32_t owned = 0, mfn = 0; /* what is given back and still referred to counts: else there would be no limit */

    for (uint32_t i = MODEL_FRAMES; i-- > 0;) {
        owned += model->frame[i].owner == HOST_OWNER && !model->frame[i].is_shared;
        if (model->frame[i].owner == 0)
            mfn = HOST_A + i;
    }
    if (mfn == 0 || owned == HOST_LISTED)
        return 0;
    model->frame[mfn - HOST_A] = (struct model_frame){ .owner = HOST_OWNER, .is_listed = true };
    settle(model, truth);
    return mfn;
}

unsigned model_clear(struct model *model, struct model_truth *truth, uint32_t mfn)
{
    unsigned right = could_refer(model, truth, mfn, FRAME_WRITABLE);

    if (right == MODEL_OK)
        memset(find(model, mfn)->entry, 0, sizeof(find(model, mfn)->entry));
    return right;
}

unsigned model_copy(struct model *model, struct model_truth *truth, uint32_t to, uint32_t from)
{
    unsigned right = could_refer(model, truth, from, FRAME_NONE);

    if (right == MODEL_OK)
        right = could_refer(model, truth, to, FRAME_WRITABLE);
    if (right == MODEL_OK)
        memmove(find(model, to)->entry, find(model, from)->entry, sizeof(find(model, to)->entry));
    return right;
}

unsigned model_describe(struct model *model, struct model_truth *truth, uint32_t mfn)
{
    unsigned right = could_refer(model, truth, mfn, FRAME_SEGMENTS);

    if (right != MODEL_OK)
        return right;
    find(model, mfn)->described++;
    return settle(model, truth);
}

unsigned model_describe_no_more(struct model *model, struct model_truth *truth, uint32_t mfn)
{
    struct model_frame *frame = find(model, mfn);

    if (frame == NULL || frame->described == 0)
        return MODEL_EINVAL;
    frame->described--;
    return settle(model, truth);
}
