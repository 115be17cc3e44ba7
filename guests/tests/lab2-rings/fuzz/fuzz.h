/* The hostile guest: what its files share. An arena of its own takes what hypercalls write, so that no call can hit the
   kernel itself: its other pointers are to nowhere, to the hypervisor, to read-only pages, or run out of the arena. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stdint.h>

#include "hypercall.h"

#define ARENA_PAGES 8
#define ARENA_WORDS (ARENA_PAGES * 1024)
#define BATCH_MAX   8   /* entries of a multicall */

/* The generator's state is one word, so a seed and a number of calls name a run. */
void random_seed(uint32_t seed);
uint32_t random_next(void);
uint32_t random_below(uint32_t limit);

/* arena.c */
extern uint32_t arena[ARENA_WORDS];
void arena_start(void);             /* finds the edge of what is mapped */
void arena_stir(void);              /* new words in it: small numbers, frames, selectors, pointers, noise */
uint32_t pointer_good(void);        /* into the arena, at least a page before its end */
uint32_t pointer_bad(void);         /* no call may read or write even its first bytes, or a page from it on */
uint32_t pointer_any(void);
uint32_t word_any(void);            /* a number a careless hypervisor might trip over */
uint64_t machine_any(void);         /* a machine address: the arena's, a table's, another's, of no memory at all */

/* generate.c */
void call_make(struct hypercall_registers *call);

#endif
