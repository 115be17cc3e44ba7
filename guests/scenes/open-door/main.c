/* For the lecture scene "open-door": a ring-1 kernel that looks for its own name in the hypervisor's memory, and writes
   another one there. Where it is kept out it says by which exception. */
#include "test.h"

#define DIRECT_MAP 0xF8000000u  /* of all memory, in the hypervisor's part */
#define SEARCHED   0x00800000u  /* bytes of it: the hypervisor allocates from the bottom */
#define NAME_WORDS 4            /* struct domain has 16 bytes for it */

static const char old_name[5] = "door", new_name[5] = "root";
static volatile uint32_t page, open_pages, changed; /* the page that is being looked at, and what came of all */

static uint32_t word_of(const char *text)
{
    return *(const uint32_t *)(const void *)text;
}

static bool is_name(const volatile uint32_t *place)
{
    return place[0] == word_of(old_name) && (place[1] | place[2] | place[3]) == 0;
}

/* The first read of a page decides. What the hypervisor holds read-only has no such name. The labels: the scene's. */
static void __attribute__((noinline)) page_try(void)
{
    volatile uint32_t *place = (volatile uint32_t *)page;
    uint32_t first;

    __asm__ volatile(".global door_reads, door_has_read\n"
                     "door_reads: movl %1, %0\n"
                     "door_has_read:" : "=r"(first) : "m"(*place));
    for (uint32_t i = 0; i <= PAGE_SIZE / 4 - NAME_WORDS; i++)
        if (is_name(place + i)) {
            __asm__ volatile(".global door_writes, door_wrote\n"
                             "door_writes: movl %1, %0\n"
                             "door_wrote:" : "=m"(place[i]) : "r"(word_of(new_name)));
            changed++;
        }
    open_pages++;
}

/* One page or another of an open map is a hole, as the one below the hypervisor's stack. */
void test_run(void)
{
    struct trap_record record = { .cr2 = 0 };

    print("I am in ring 1, and look at the hypervisor's memory\n");
    for (page = DIRECT_MAP; page < DIRECT_MAP + SEARCHED; page += PAGE_SIZE)
        trap_happens(page_try, &record);
    if (open_pages == 0)
        print("kept out by exception %u, error code %x\n", record.frame.vector, record.frame.error);
    else
        print("%u pages were open, and %u word(s) are changed\n", open_pages, changed);
    test_success();
}
