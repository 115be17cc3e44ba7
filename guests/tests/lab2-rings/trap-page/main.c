/* Scribbles over the trap page, the one page of the gate area that ring 1 can write where paging isolates: the
   processor pushes there, and the hypervisor must believe nothing it finds there. Then traps of all kinds. */
/* expect: success */
#include "test.h"

OPERATION(scribble, "push %%edi; mov $0xF6800000, %%edi; mov $1024, %%ecx; mov $0xE008E008, %%eax\n"
                    "rep stosl; pop %%edi")
OPERATION(fault, "mov $0x5A5A0001, %%eax; mov $0x5A5A0002, %%ecx; ud2")
USER_OPERATION(program_scribble, "push %%edi; mov $0xF6800000, %%edi; mov $1024, %%ecx; rep stosl; pop %%edi")
USER_OPERATION(program_fault, "ud2")

/* Selectors of ring 0 in every word: whatever is taken from there would be the worst of its kind. */
static void scribble_on(void)
{
    struct trap_record record;

    if (!trap_happens(scribble, &record))
        return;     /* paging: the page is there; nobody should care */
    test_check(record.frame.vector == VECTOR_PAGE || record.frame.vector == VECTOR_PROTECTION, "scribble");
}

/* The frame must be made of what the processor pushed after the scribbling. */
static void traps_check(void)
{
    struct trap_record record = test_expect("fault", fault, VECTOR_OPCODE, 0);

    test_equal("EAX", record.frame.eax, 0x5A5A0001);
    test_equal("ECX", record.frame.ecx, 0x5A5A0002);
    test_equal("CS", record.frame.cs, SELECTOR_RING1_CODE);
}

void test_run(void)
{
    for (unsigned i = 0; i < 16; i++) {
        scribble_on();
        traps_check();
        scribble_on();
        test_result("call", hypercall_xen_version(XENVER_PAGESIZE, NULL), 4096);
        scribble_on();
        hypercall_sched_op(SCHED_YIELD, NULL);
        scribble_on();
        test_expect("ring 3", program_fault, VECTOR_OPCODE, 0);
    }
    test_expect_closed("ring 3 scribbles", program_scribble);
    test_success();
}
