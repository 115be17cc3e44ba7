/*
 * One operation, by the hypervisor and by the model, and the comparison of the two (test_frame_model.c).
 */
#ifndef RINGLET_MODEL_STEP_H
#define RINGLET_MODEL_STEP_H

#include "frame_model.h"

enum step_kind {
    STEP_PIN, STEP_UNPIN, STEP_BASE, STEP_WRITE, STEP_GIVE_BACK, STEP_TAKE, STEP_CLEAR, STEP_COPY,
    STEP_DESCRIBE, STEP_DESCRIBE_NO_MORE
};

struct step {
    enum step_kind kind;
    uint32_t mfn, other;  /* COPY: from other */
    enum frame_type type; /* PIN */
    unsigned slot;        /* WRITE, likewise the next two */
    uint64_t value;
    bool keep_ad;
};

/* Do it in both; compare the results and everything that there is. A difference fails the test and prints the steps. */
void step_do(struct model *model, struct model_truth *truth, const struct step *step);

/* Make the hypervisor's state that of a model. Only for models that step_do() has found to be equal to it before. */
void step_restore(const struct model *model, const struct model_truth *truth);

/* The steps that have led here, for a message: the test says how to print them. */
extern void (*step_history)(void);

void step_print(const struct step *step);

#endif
