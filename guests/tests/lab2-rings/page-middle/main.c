/* Jumps to every byte of the hypercall page but the beginnings of its slots: what is there are pieces of
   instructions and breakpoints. Each jump comes back or is an exception of ours. */
/* expect: success */
#include "string.h"
#include "test.h"

/* Pieces add to it, and it to EAX: with zeros in it and an address whose low byte is 0 nothing goes far
   astray. */
static uint32_t scratch[512] __attribute__((used, aligned(256)));
static volatile uint32_t target __attribute__((used)), saved __attribute__((used));

/* The stack suits ret, and the slot of iret. EAX is a place that may be written and no number of a call; the arguments
   make no call do anything. */
OPERATION(jump, "push %%ebx; push %%esi; push %%edi; push %%ebp; mov %%esp, saved\n"
                "push $0xE033; push $scratch; push $2; push $0xE019; push $1f\n"
                "mov $scratch + 1024, %%eax; mov $-1, %%ebx; mov $-1, %%ecx; mov $-1, %%edx; mov $-1, %%esi\n"
                "mov $-1, %%edi; mov $scratch + 1024, %%ebp; jmp *target\n"
                "1: mov $0xE021, %%eax; mov %%eax, %%ds; mov %%eax, %%es; mov saved, %%esp\n"
                "pop %%ebp; pop %%edi; pop %%esi; pop %%ebx; cld")

/* Not the beginning of a slot, which is a call; nor the byte behind it where, read as an opcode, it is no longer one of
   the arithmetic ones below 0x40, but pops EAX off our stack or jumps. */
static bool is_harmless(uint32_t offset)
{
    uint32_t slot = offset / HYPERCALL_STUB_SIZE, place = offset % HYPERCALL_STUB_SIZE;

    return place > 1 || (place == 1 && slot < 0x40);
}

void test_run(void)
{
    uint32_t exceptions = 0;
    struct trap_record record;

    for (uint32_t offset = 0; offset < PAGE_SIZE; offset++) {
        if (!is_harmless(offset))
            continue;
        target = (uint32_t)hypercall_page + offset;
        failsafe_catch(true);       /* a piece may have been a call that takes any argument: this, or stack_switch */
        hypercall_stack_switch(SELECTOR_RING1_DATA, (uint32_t)trap_stack_top);
        memset(scratch, 0, sizeof(scratch));
        exceptions += trap_happens(jump, &record);
    }
    print("page-middle: %u exceptions\n", exceptions);
    test_check(exceptions > 0, "no jump met a breakpoint");
    test_result("call", hypercall_xen_version(XENVER_PAGESIZE, NULL), 4096);
    test_success();
}
