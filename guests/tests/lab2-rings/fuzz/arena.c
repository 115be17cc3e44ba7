/* Randomness, repeatable everywhere (Marsaglia's xorshift), and the words and pointers that calls are made of. */
#include "fuzz.h"

#include "memory.h"
#include "segments.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static uint32_t state = 1;
static uint32_t edge;       /* first address behind the window that the builder mapped */

uint32_t arena[ARENA_WORDS] __attribute__((aligned(4096)));

/* Seeds that differ in one bit give runs that have nothing in common. State 0 would stay 0. */
void random_seed(uint32_t seed)
{
    state = seed * 2654435761u ^ 0x9E3779B9u;
    if (state == 0)
        state = 1;
}

/* The shifts are Marsaglia's: all states but 0 are one cycle. */
uint32_t random_next(void)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

/* The low bits of a xorshift are the weakest. */
uint32_t random_below(uint32_t limit)
{
    return (random_next() >> 8) % limit;
}

/* The tables are read through the kernel's own mapping, as in copy-rules. */
void arena_start(void)
{
    edge = (uint32_t)image_end & ~(PAGE_SIZE - 1);
    while (page_entry(edge) & PAGE_PRESENT)
        edge += PAGE_SIZE;
}

/* Multiples of 4 and others. */
uint32_t pointer_good(void)
{
    uint32_t offset = random_below(sizeof(arena) - PAGE_SIZE);

    return (uint32_t)arena + (random_below(4) == 0 ? offset : offset & ~3u);
}

/* Not mapped, the hypervisor's, at its beginning, at the top, over the edge of the window. */
uint32_t pointer_bad(void)
{
    switch (random_below(6)) {
    case 0:
        return ADDRESS_UNMAPPED + random_below(0x1000000);
    case 1:
        return HYPERVISOR_VIRT_START + random_below(0xA800000);
    case 2:
        return HYPERVISOR_VIRT_START - random_below(4);
    case 3:
        return 0xFFFFFFFF - random_below(PAGE_SIZE);
    case 4:
        return edge - random_below(4);
    default:
        return 0x80000000 | random_next();
    }
}

/* Mostly good ones: a call that stops at its first pointer shows little of itself. */
uint32_t pointer_any(void)
{
    return random_below(3) != 0 ? pointer_good() : pointer_bad();
}

/* Limits and their neighbours, selectors, powers of two, and anything. */
uint32_t word_any(void)
{
    static const uint32_t words[] = {
        0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x08000001, 0x10000000, 7168, 7169, 8192, 8193, 65536, 65537, 0xE008,
        0xE010, 0xE019, 0xE021, 0xE02B, 0xE033, 0xE040, 0xF5800000, 0xF6800000, 0xF8100000, DOMID_SELF,
    };

    switch (random_below(4)) {
    case 0:
        return random_below(16);
    case 1:
        return words[random_below(COUNT(words))];
    case 2:
        return 1u << random_below(32);
    default:
        return random_next();
    }
}

/* The gdt_page is the only place where a descriptor can become live. */
uint64_t machine_any(void)
{
    switch (random_below(5)) {
    case 0:
        return machine_address(arena) + (random_below(PAGE_SIZE) & ~7u);
    case 1:
        return machine_address(&gdt_page[random_below(DESCRIPTORS_PER_PAGE)]);
    case 2:
        return machine_address((void *)start_info->pt_base) + random_below(PAGE_SIZE);
    case 3:
        return (uint64_t)random_below(0x8000) * PAGE_SIZE + random_below(PAGE_SIZE);
    default:
        return (uint64_t)random_next() << 32 | random_next();
    }
}

/* Frames of our own among the words, or every list of frames would be refused at its first. */
void arena_stir(void)
{
    for (unsigned i = 0; i < 64; i++) {
        uint32_t place = random_below(ARENA_WORDS);

        arena[place] = random_below(8) == 0 ? frame_of(&arena[place]) : word_any();
    }
}
