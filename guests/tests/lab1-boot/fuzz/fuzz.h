/* The hostile guest: what its files share.

   Arena, in low memory, where every address a random instruction can form should fall:

       0x08000 - 0x0FFFF   registers point here; base + index * 8 still ends below 0x98000
       0x28000             stack of code in ring 0 (both directions have room for 64 KiB)
       0x40000             the instruction, amid int3
   All of it is filled with 0x0000CCCC: as an address it points into the arena, as code it is int3, as a selector it
   lies beyond the GDT, as EFLAGS it has VM clear. So what is loaded, popped or jumped to by chance does little harm. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stdint.h>

#include "traps.h"

#define ARENA_START     0x08000u
#define ARENA_WINDOW    0x08000u        /* size of what registers point to */
#define ARENA_LANDING   0xCCCCu
#define ARENA_STACK     0x28000u
#define ARENA_CODE      0x40000u
#define ARENA_FILL      0x0000CCCCu
#define CODE_MAX        16

/* One round: an instruction and the state it starts from. */
struct round {
    uint8_t code[CODE_MAX];
    unsigned length;
    uint32_t stack[8];          /* on top of its stack, the first word at ESP */
    struct trap_frame frame;    /* registers; esp only counts in ring 3 */
    bool touches_machine;       /* devices and tables must be set up again afterwards */
};

/* The generator's state is one word, so a seed and a number of rounds name a run. */
uint32_t random_next(void);
uint32_t random_below(uint32_t limit);
void random_seed(uint32_t seed);

/* An address in the arena that suits a register. */
uint32_t random_pointer(void);

/* One of `count` words. */
uint32_t random_choice(const uint32_t *words, unsigned count);

/* generate.c: any opcode at all, single-stepped. privileged.c: one of those that are emulated. */
void round_random(struct round *round);
void round_privileged(struct round *round, bool native);

/* For both: appends bytes to the code. */
void code_add(struct round *round, uint32_t value, unsigned bytes);
void code_add_prefixes(struct round *round, const uint8_t *prefixes, unsigned count);

/* Makes it start in ring 3, where traps have a stack of their own. */
void round_to_ring3(struct round *round);

#endif
