/* Pointers in hypercalls: what wraps, reaches into the hypervisor's area, runs onto a page that is not mapped or is
   to be written and read-only gives -EFAULT, and nothing has been copied. Segment bases do not matter. */
/* expect: success */
#include "string.h"
#include "test.h"

#define GUARD 0xA5

static char *edge;      /* the last mapped page's end: behind it nothing is mapped */

/* Each initial table maps 2 MiB, so the window ends at the first 4 KiB without an entry. */
static char *edge_find(void)
{
    uint32_t address = (uint32_t)image_end;

    while (page_entry(address) & PAGE_PRESENT)
        address += PAGE_SIZE;
    return (char *)(address & ~(PAGE_SIZE - 1));
}

/* The largest structure that a call writes: 1 KiB. */
static int32_t capabilities(const void *buffer)
{
    return hypercall_xen_version(XENVER_CAPABILITIES, (void *)buffer);
}

/* `address` is a number: a pointer made of it must never be one of the compiler's. */
static void refused(const char *name, uint32_t address)
{
    test_result(name, capabilities((void *)address), -EFAULT);
}

/* Whole structures in forbidden places; the last two would wrap to address 0, which is ours and mapped. */
static void writing(void)
{
    refused("not mapped", ADDRESS_UNMAPPED);
    refused("the hypervisor", ADDRESS_HOLE);
    refused("the gate area", ADDRESS_GATE);
    refused("the machine-to-physical table", MACH2PHYS_VIRT_START);
    refused("the last byte before it", MACH2PHYS_VIRT_START - 1);
    refused("up to the top", 0xFFFFFC00);
    refused("over the top", 0xFFFFFFFF);
    refused("read-only", address_read_only());
}

/* The reachable half must be as it was. */
static void straddling(void)
{
    memset(edge - 512, GUARD, 512);
    refused("half behind the last page", (uint32_t)edge - 512);
    for (uint32_t i = 1; i <= 512; i++)
        test_check((uint8_t)edge[-(int32_t)i] == GUARD, "half of a structure was copied");
    refused("all but a byte behind it", (uint32_t)edge - 1);
    test_check((uint8_t)edge[-1] == GUARD, "a byte of a structure was copied");
    test_result("up to the last byte", capabilities(edge - XENVER_CAPABILITIES_SIZE), 0);
}

/* Structures that a call reads, with their last bytes behind the edge. */
static void reading(void)
{
    struct trap_info *last = (struct trap_info *)edge - 1;

    *last = trap_entry_of(0x30, 1);
    test_result("list without an end", hypercall_set_trap_table(last), -EFAULT);
    last->address = 0;
    test_result("list that ends in time", hypercall_set_trap_table(last), 0);
    test_result("half an entry", hypercall_set_trap_table((void *)(edge - 4)), -EFAULT);
    test_result("callback", hypercall_callback_op(CALLBACK_OP_REGISTER, edge - 8), -EFAULT);
    test_result("frame list", hypercall_set_gdt((uint32_t *)edge - 1, 1024), -EFAULT);
    test_result("read from read-only memory", hypercall_console_io(CONSOLE_WRITE, 0, (void *)address_read_only()), 0);
}

/* DS with a base: a hypervisor that went through it would miss the buffer. */
static void bases(void)
{
    static char buffer[XENVER_CAPABILITIES_SIZE];
    int32_t result;

    gdt_page[2] = descriptor_pack(0x1000, 0xFFFF, DATA_OF(1), FLAT_FLAGS);
    test_result("set_gdt", gdt_load(16), 0);
    __asm__ volatile("push %%ds; push %%es; mov %[selector], %%ds; mov %[selector], %%es; int $0x82; pop %%es; pop %%ds"
                     : "=a"(result) : "0"(HYPERCALL_XEN_VERSION), "b"(XENVER_CAPABILITIES), "c"(buffer),
                       [selector] "d"(SELECTOR_OF(2, 1)) : "memory");
    test_result("call with a base in DS", result, 0);
    test_check(memcmp(buffer, "xen-3.0-x86_32p", 15) == 0, "capabilities did not come to a flat address");
}

void test_run(void)
{
    edge = edge_find();
    writing();
    straddling();
    reading();
    bases();
    test_success();
}
