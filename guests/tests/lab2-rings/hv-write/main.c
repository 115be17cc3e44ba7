/* Writes where the hypervisor's code, tables and stacks are. Each must be stopped; if one is not, the hypervisor
   will not live to tell. */
/* expect: success */
/* segments: limits */
#include "test.h"

/* A descriptor in the window would be ring 0 at the next load; a gate in the IDT, at the next trap. */
OPERATION(image, "movl $0xCCCCCCCC, 0xF8100000")
OPERATION(direct_map, "movl $0xCCCCCCCC, 0xF8000000")
OPERATION(gate_tables, "movl $0, 0xF6801000")           /* IDT and TSSs */
OPERATION(gate_text, "movl $0xCCCCCCCC, 0xF6802000")
OPERATION(gdt_window, "movl $0x0000FFFF, 0xF6810000")   /* the live descriptors of this domain */
OPERATION(gdt_reserved, "movl $0x0000FFFF, 0xF681E008") /* the hypervisor's own page of them */
OPERATION(ldt_window, "movl $0x0000FFFF, 0xF6820000")
OPERATION(machine_table, "movl $0, 0xF5800000")
OPERATION(by_string, "push %%edi; mov $0xF8100000, %%edi; mov $64, %%ecx; rep stosl; pop %%edi")
OPERATION(by_exchange, "lock incl 0xF8100000")
USER_OPERATION(program_image, "movl $0xCCCCCCCC, 0xF8100000")
USER_OPERATION(program_gdt, "movl $0x0000FFFF, 0xF6810000")

void test_run(void)
{
    test_expect_closed("image", image);
    test_expect_closed("direct map", direct_map);
    test_expect_closed("IDT", gate_tables);
    test_expect_closed("entry code", gate_text);
    test_expect_closed("GDT", gdt_window);
    test_expect_closed("GDT, reserved page", gdt_reserved);
    test_expect_closed("LDT", ldt_window);
    test_expect_closed("machine-to-physical table", machine_table);
    test_expect_closed("by a string instruction", by_string);
    test_expect_closed("by a locked instruction", by_exchange);
    test_expect_closed("ring 3, image", program_image);
    test_expect_closed("ring 3, GDT", program_gdt);
    test_success();
}
