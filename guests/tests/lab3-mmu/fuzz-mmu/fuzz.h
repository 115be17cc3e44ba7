/* The hostile guest of floor 3: what its files share. A pool of frames may become anything; the kernel's own pages are
   never writable through what the generator makes, so that whatever is accepted, the kernel stands. */
#ifndef FUZZ_MMU_H
#define FUZZ_MMU_H

#include <stdint.h>

#define POOL    24          /* frames: few enough that they meet each other in all their uses */
#define SPACES  2           /* L3s that may be a base: they have the kernel in them */

struct pool_page {
    uint64_t *place;        /* its address, if nobody has mapped something else there */
    uint32_t mfn;           /* changes when it is given back and another one is taken */
};

extern struct pool_page pool[POOL];
extern uint64_t *spaces[SPACES + 1];    /* the last is the initial one */
extern uint64_t *decoys[2];             /* an L1 and an L2, at first pinned, that are not mapped writable */

void random_seed(uint32_t seed);
uint32_t random_below(uint32_t limit);

/* Everything that is needed, with nothing done to it yet. */
void pool_start(void);
/* Takes all references back that the run has left, and tries what the frames can be used for then. */
void pool_check(void);

/* operations.c: one random operation; what it answered. */
int32_t operation_issue(void);

#endif
