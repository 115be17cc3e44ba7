/*
 * Descriptors and gates, and the three tables the CPU reads them from (floor 1).
 *
 * Owns the hypervisor's GDT page, the IDT and both TSSs. They live in the image but the CPU sees them through the
 * gate area, which stays mapped whatever address space is loaded. Invariant: no descriptor in the hypervisor's page
 * has a DPL above 0 here, and every gate is DPL 0 except breakpoint and overflow, so INT n from a guest is #GP.
 *
 *   63      56 55  52 51   48 47      40 39            16 15             0
 *   +---------+------+-------+----------+----------------+---------------+
 *   | base    | G D  | limit | P DPL S  | base           | limit         |   segment
 *   | 31..24  | 0 A  | 19..16| type     | 23..0          | 15..0         |
 *   +---------+------+-------+----------+-------+--------+---------------+
 *   | offset 31..16          | P DPL 0  | 0     | selector | offset 15..0 |   gate
 *   |                        | type     |       |          |              |
 *   +------------------------+----------+-------+----------+--------------+
 */
#include "exercise.h"
#include "segments.h"

/*
 * Exercise 1.1: the four functions of this file, and idt_fill() in tables.c. Where each field goes is in the picture
 * above (SDM vol. 3 figures 3-8 and 6-2); struct segment and struct gate are explained in segments.h.
 *
 * A limit above 0xfffff does not fit in 20 bits: it is kept in units of 4 KiB, with G set. Unpacking gives it back in
 * bytes: the last page belongs to the segment whole, so the low 12 bits are ones. AVL and the bit beside it stay 0.
 * Hint: work on two uint32_t and join them at the end; shifting into the sign bit of an int is undefined.
 */
uint64_t segment_pack(const struct segment *segment)
{
    (void)segment;
    EXERCISE("1.1");
}

struct segment segment_unpack(uint64_t descriptor)
{
    (void)descriptor;
    EXERCISE("1.1");
}

/* Exercise 1.1, gates: the offset is in two halves at the two ends; bits 32 to 39 are 0. */
uint64_t gate_pack(const struct gate *gate)
{
    (void)gate;
    EXERCISE("1.1");
}

struct gate gate_unpack(uint64_t descriptor)
{
    (void)descriptor;
    EXERCISE("1.1");
}
