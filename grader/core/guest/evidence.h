/* Evidence: what a guest under test leaves in its memory for the grader, which reads it from outside the machine. The
   grader patches tag, secret and seed into the image before it boots it. The record carries a keyed sum (SipHash-2-4)
   over all entries, so nobody without the secret can change or invent one. Values count once they are sealed; seal
   again after adding more. A guest still ends itself afterwards (test_success(), guest_exit()). */
#ifndef GUEST_EVIDENCE_H
#define GUEST_EVIDENCE_H

#include <stdint.h>

/* Different in every grading with another SEED, the same in every run with the same one. */
uint32_t evidence_seed(void);

/* Next number of a generator that starts from the seed. The grader's check computes the same ones
   (evidence_next in grader/core/evidence_record.h). */
uint32_t evidence_random(void);

/* Adds or replaces the value of `key`; at most EVIDENCE_ENTRIES keys. Keys are the check's own numbers, in wire.h. */
void evidence_put(uint32_t key, uint32_t value);

/* Makes the record valid as it is now. */
void evidence_seal(void);

/* Runs for ever, until the machine's time is over. An emulator is done with many NOPs sooner than with many jumps. */
static inline void __attribute__((noreturn)) evidence_spin(void)
{
    for (;;)
        __asm__ volatile(".rept 250; nop; .endr");
}

#endif
