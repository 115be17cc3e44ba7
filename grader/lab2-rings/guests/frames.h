/* A caught exception as evidence: guests bounce and program. */
#ifndef GUEST_FRAMES_H
#define GUEST_FRAMES_H

#include "evidence.h"
#include "evidence_keys.h"
#include "test.h"

/* Runs the operation and seals the frame it ended with under `kind`; EIP counts from `place`, PLACE from `stack`. */
static inline void frame_put(uint32_t kind, void (*operation)(void), const char *place, uint32_t stack)
{
    struct trap_record record = { .cr2 = 0 };
    uint32_t key = 1 + kind * FRAME_WORDS;

    if (!trap_happens(operation, &record))
        return;
    const struct trap_frame *frame = &record.frame;
    evidence_put(key + FRAME_VECTOR, frame->vector);
    evidence_put(key + FRAME_ERROR, frame->error);
    evidence_put(key + FRAME_EIP, frame->eip - (uint32_t)place);
    evidence_put(key + FRAME_CS, frame->cs | (uint32_t)frame->saved_mask << 16 | (uint32_t)frame->zero << 24);
    evidence_put(key + FRAME_FLAGS, frame->eflags);
    evidence_put(key + FRAME_ESP, frame->esp);
    evidence_put(key + FRAME_SS, frame->ss);
    evidence_put(key + FRAME_PLACE, stack - record.place);
    evidence_seal();
}

#endif
