/* A flat GDT with kernel and user segments and a few that are wrong on purpose. Loaders promise no usable GDTR, so this
   is the first thing each kernel does. Accessed bits are set beforehand: the processor need not write them. */
#include "segments.h"

#include <stddef.h>

#include "cpu.h"

/*   63      56 55  52 51  48 47    40 39      32 31              16 15               0
    | base    | G D  | limit| P DPL  | base     | base             | limit            |
    | 31..24  | L A  |19..16| S type | 23..16   | 15..0            | 15..0            |
   Descriptor layout, high dword: base 31..24, flags, limit 19..16, access, base 23..16 (SDM vol. 3, figure 3-8). */
#define DESCRIPTOR(base, limit, flags, access)                                                      \
    (((uint64_t)((base) & 0xFF000000u) << 32) | ((uint64_t)(flags) << 52) |                         \
     ((uint64_t)((limit) & 0xF0000u) << 32) | ((uint64_t)(access) << 40) |                          \
     ((uint64_t)((base) & 0xFFFFFFu) << 16) | ((limit) & 0xFFFFu))

#define FLAGS_FLAT          0xC     /* 4 KiB units, 32 bits */
#define ACCESS_CODE         0x9B    /* present, ring 0, readable, accessed */
#define ACCESS_DATA         0x93    /* present, ring 0, writable, accessed */
#define ACCESS_READ_ONLY    0x91    /* as ACCESS_DATA without the writable bit */
#define ACCESS_TSS          0x89    /* present, 32-bit TSS, available (busy would be 0x8B) */
#define ACCESS_CALL_GATE    0x8C    /* S clear: the type is one of the system's */
#define ACCESS_RING3        0x60    /* both bits of the DPL */
#define ACCESS_PRESENT      0x80

/* esp0 is set each time before ring 3 can run; ss0 never changes. */
struct task_state task_state = { .ss0 = SELECTOR_KERNEL_DATA, .bitmap = sizeof(struct task_state) << 16 };

/* Entry 0 is the null descriptor: the processor never reads it, so it may be anything; ours is zero. The TSS's entry
   is filled by task_describe. Writable: a running processor marks descriptors busy and accessed. */
static uint64_t gdt[SELECTOR_BEYOND / 8] __attribute__((aligned(16))) = {
    [SELECTOR_KERNEL_CODE / 8] = DESCRIPTOR(0, 0xFFFFF, FLAGS_FLAT, ACCESS_CODE),
    [SELECTOR_KERNEL_DATA / 8] = DESCRIPTOR(0, 0xFFFFF, FLAGS_FLAT, ACCESS_DATA),
    [SELECTOR_USER_CODE / 8] = DESCRIPTOR(0, 0xFFFFF, FLAGS_FLAT, ACCESS_CODE | ACCESS_RING3),
    [SELECTOR_USER_DATA / 8] = DESCRIPTOR(0, 0xFFFFF, FLAGS_FLAT, ACCESS_DATA | ACCESS_RING3),
    [SELECTOR_ABSENT_DATA / 8] = DESCRIPTOR(0, 0xFFFFF, FLAGS_FLAT, ACCESS_DATA & ~ACCESS_PRESENT),
    [SELECTOR_ABSENT_CODE / 8] = DESCRIPTOR(0, 0xFFFFF, FLAGS_FLAT, ACCESS_CODE & ~ACCESS_PRESENT),
    [SELECTOR_READ_ONLY / 8] = DESCRIPTOR(0, 0xFFFFF, FLAGS_FLAT, ACCESS_READ_ONLY),
    [SELECTOR_SHIFTED_DATA / 8] = DESCRIPTOR(0x1000, 0xFFFFF, FLAGS_FLAT, ACCESS_DATA),
    [SELECTOR_CALL_GATE / 8] = DESCRIPTOR(0, 0, 0, ACCESS_CALL_GATE),
};

/* The base of a static object is no constant expression for C, so the TSS descriptor is made at run time. */
static void task_describe(void)
{
    uint32_t base = (uint32_t)&task_state;

    gdt[SELECTOR_TSS / 8] = DESCRIPTOR(base, sizeof(task_state) - 1, 0, ACCESS_TSS);
}

/* By value: lgdt reads it at once and it need not outlive the call. */
struct table_pointer segments_pointer(void)
{
    return (struct table_pointer){ sizeof(gdt) - 1, (uint32_t)gdt };
}

/* Until CS is loaded the processor goes on with the cached descriptors of the loader, which stay valid. SS comes last:
   nothing here uses the stack in between, and a load of SS holds interrupts for one instruction. */
void segments_load(void)
{
    struct table_pointer pointer = segments_pointer();

    task_describe();
    cpu_lgdt(&pointer);
    /* A far jump, not a far return: de-privileged to ring 3 the jump to an RPL 0 selector still works. */
    __asm__ volatile("ljmp %0, $1f\n"
                     "1: mov %w1, %%ds\n"
                     "   mov %w1, %%es\n"
                     "   mov %w1, %%fs\n"
                     "   mov %w1, %%gs\n"
                     "   mov %w1, %%ss\n"
                     : : "i"(SELECTOR_KERNEL_CODE), "r"(SELECTOR_KERNEL_DATA) : "memory");
}

/* May be called again and again: each ring3_run has another stack. */
void segments_load_task(uint32_t ring0_stack)
{
    task_state.esp0 = ring0_stack;
    task_describe();                /* ltr refuses a TSS that is marked busy already */
    cpu_ltr(SELECTOR_TSS);
}
