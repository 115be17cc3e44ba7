/* Randomness for the hostile guest, repeatable on every machine (Marsaglia's xorshift), and how code bytes and
   rounds are put together. Called by the two generators. */
#include "fuzz.h"

#include "segments.h"

static uint32_t state = 1;

void random_seed(uint32_t seed)
{
    state = seed * 2654435761u ^ 0x9E3779B9u;
    if (state == 0)
        state = 1;
}

uint32_t random_next(void)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

uint32_t random_below(uint32_t limit)
{
    return (random_next() >> 8) % limit;
}

uint32_t random_pointer(void)
{
    return ARENA_START + random_below(ARENA_WINDOW);
}

uint32_t random_choice(const uint32_t *words, unsigned count)
{
    return words[random_below(count)];
}

void code_add(struct round *round, uint32_t value, unsigned bytes)
{
    for (; bytes > 0 && round->length < CODE_MAX; bytes--, value >>= 8)
        round->code[round->length++] = (uint8_t)value;
}

/* Mostly none, sometimes several, the same one twice included. */
void code_add_prefixes(struct round *round, const uint8_t *prefixes, unsigned count)
{
    while (random_below(3) == 0 && round->length < 5)
        code_add(round, prefixes[random_below(count)], 1);
}

void round_to_ring3(struct round *round)
{
    round->frame.cs = SELECTOR_USER_CODE;
    round->frame.user_esp = ARENA_STACK;
    round->frame.user_ss = SELECTOR_USER_DATA;
    round->frame.gs = round->frame.fs = round->frame.es = round->frame.ds = SELECTOR_USER_DATA;
}
