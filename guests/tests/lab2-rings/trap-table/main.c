/* set_trap_table: lists are merged into the table, end at the first entry without an address, and NULL forgets all. */
/* expect: success */
#include "test.h"

static volatile uint32_t arrived;       /* the vector that came last */
static volatile uint16_t arrived_in;    /* CS of its handler */

/* CS as the handler runs with it, not the frame's. */
static struct trap_frame *note(struct trap_frame *frame)
{
    arrived = frame->vector;
    arrived_in = cs_read();
    return frame;
}

/* Vectors that no exception and no library function uses. */
OPERATION(interrupt_30, "int $0x30")
OPERATION(interrupt_31, "int $0x31")
OPERATION(interrupt_32, "int $0x32")
OPERATION(interrupt_33, "int $0x33")

/* Exactly this vector, and the operation comes to its end. */
static void arrives(const char *name, void (*operation)(void), uint32_t vector)
{
    arrived = 0;
    test_expect_quiet(name, operation);
    test_equal(name, arrived, vector);
}

/* Kernels hand over a vector at a time: a table that replaces would lose the others. */
static void merge_check(void)
{
    trap_install(0x30, 1);
    arrives("a new entry", interrupt_30, 0x30);
    trap_install(0x31, 1);
    arrives("another one", interrupt_31, 0x31);
    arrives("the first is still there", interrupt_30, 0x30);
}

/* What stands behind the end is not read, whatever it is. */
static void end_check(void)
{
    struct trap_info list[3] = { trap_entry_of(0x32, 1), trap_entry_of(0x31, 1), trap_entry_of(0x33, 1) };

    list[1].address = 0;
    test_result("list with an end in it", hypercall_set_trap_table(list), 0);
    arrives("entry before the end", interrupt_32, 0x32);
    test_expect("entry behind the end", interrupt_33, VECTOR_PROTECTION, ERROR_SOFTWARE(0x33));
    arrives("the end's own vector", interrupt_31, 0x31);
}

/* RPL 0 is asked for, ring 1 is what comes. */
static void ring_check(void)
{
    struct trap_info list[2] = { trap_entry_of(0x33, 1), { .address = 0 } };

    list[0].cs = SELECTOR_RING1_CODE & ~3;
    test_result("entry with RPL 0", hypercall_set_trap_table(list), 0);
    arrives("entry with RPL 0", interrupt_33, 0x33);
    test_equal("CS of its handler", arrived_in, SELECTOR_RING1_CODE);
}

/* What has been read before the fault may stay or not: here nothing has. */
static void pointer_check(void)
{
    test_result("list in the hole", hypercall_set_trap_table((void *)ADDRESS_HOLE), -EFAULT);
    test_result("list not mapped", hypercall_set_trap_table((void *)ADDRESS_UNMAPPED), -EFAULT);
    arrives("the table as it was", interrupt_30, 0x30);
}

/* Between the two calls any exception would be the end. */
static void clear_check(void)
{
    test_result("no list", hypercall_set_trap_table(NULL), 0);
    traps_load();
    test_expect("entry after the table was cleared", interrupt_30, VECTOR_PROTECTION, ERROR_SOFTWARE(0x30));
}

void test_run(void)
{
    for (unsigned vector = 0x30; vector <= 0x33; vector++)
        trap_set_handler(vector, note);
    merge_check();
    end_check();
    ring_check();
    pointer_check();
    clear_check();
    test_success();
}
