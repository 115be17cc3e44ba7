/*
 * What floor 3 should do, told without counting: the independent model of test_frame_model.c.
 *
 * It keeps what a person would write down: which frames the domain has, what stands in them, what is pinned, which L3
 * the vcpu runs on. Who refers to what is found each time from nothing, by walking from the roots (model_truth()). An
 * operation is allowed when, with the reference it asks for added to all that are there, no rule of abi.md 3.2 and 3.3
 * is broken. So there is nothing here to take, to drop or to unwind, which is what goes wrong in frame.c if anything.
 */
#ifndef RINGLET_FRAME_MODEL_H
#define RINGLET_FRAME_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "frame.h"
#include "mmu_on_host.h"

#define MODEL_FRAMES 8u /* HOST_A .. HOST_FOREIGN */
#define MODEL_SLOTS  7u /* entries that are ever written; all others are 0 */

/* Results that would be right: usually one. An operation that breaks two rules may say either. */
#define MODEL_OK     1u
#define MODEL_EINVAL 2u
#define MODEL_EBUSY  4u
#define MODEL_EPERM  8u

extern const uint16_t model_index[MODEL_SLOTS]; /* of the entry that a slot is, upward */

struct model_frame {
    uint64_t entry[MODEL_SLOTS];
    uint16_t owner;    /* as in the frame table; 0: it went back */
    bool is_listed;    /* given, and not given back */
    bool is_shared;
    uint8_t pinned;    /* enum frame_type */
    uint8_t described; /* how many GDTs and LDTs it is a page of */
};

struct model {
    struct model_frame frame[MODEL_FRAMES];
    uint32_t base; /* mfn */
};

/* All references that a model's roots lead to. */
struct model_truth {
    uint32_t count[MODEL_FRAMES], type_count[MODEL_FRAMES];
    uint8_t type[MODEL_FRAMES];
    unsigned broken; /* MODEL_E... of all rules that are */
};

/* What mmu_host_start() has built. */
void model_start(struct model *model, struct model_truth *truth);
void model_truth(const struct model *model, struct model_truth *truth);

/* `truth` is the model's, before and after. Each returns the right results; if MODEL_OK, it has been done. */
unsigned model_pin(struct model *model, struct model_truth *truth, uint32_t mfn, enum frame_type type);
unsigned model_unpin(struct model *model, struct model_truth *truth, uint32_t mfn);
unsigned model_base(struct model *model, struct model_truth *truth, uint32_t mfn);
unsigned model_write(struct model *model, struct model_truth *truth, uint32_t mfn, unsigned slot, uint64_t value,
                     bool keep_ad);
unsigned model_give_back(struct model *model, struct model_truth *truth, uint32_t mfn);
unsigned model_clear(struct model *model, struct model_truth *truth, uint32_t mfn);
unsigned model_copy(struct model *model, struct model_truth *truth, uint32_t to, uint32_t from);
unsigned model_describe(struct model *model, struct model_truth *truth, uint32_t mfn);
unsigned model_describe_no_more(struct model *model, struct model_truth *truth, uint32_t mfn);

/* Another frame: its number, or 0 when the domain has all that it may have, or none is free. */
uint32_t model_take(struct model *model, struct model_truth *truth);

#endif
