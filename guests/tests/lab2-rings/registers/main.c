/* Hypercalls leave all registers but EAX, and the flags, as they were; so do traps and iret. Segment registers with
   selectors of our own included. */
/* expect: success */
#include "test.h"

/* EAX is the result: all others must be what they were. */
static void call_check(const char *name, struct hypercall_registers given)
{
    struct hypercall_registers found = given;

    hypercall_raw(&found);
    test_equal(name, found.ebx, given.ebx);
    test_equal(name, found.ecx, given.ecx);
    test_equal(name, found.edx, given.edx);
    test_equal(name, found.esi, given.esi);
    test_equal(name, found.edi, given.edi);
    test_equal(name, found.ebp, given.ebp);
}

/* Numbers that do nothing with these arguments. */
static void calls_check(void)
{
    static const uint32_t numbers[] = {
        HYPERCALL_XEN_VERSION, HYPERCALL_VM_ASSIST, HYPERCALL_CONSOLE_IO, HYPERCALL_CALLBACK_OP, HYPERCALL_PHYSDEV_OP,
        HYPERCALL_GET_DEBUGREG, 63, 0xFFFFFFFF,
    };

    for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        call_check("register after a call", (struct hypercall_registers){
            numbers[i], 0x81111111, 0x82222222, 0x83333333, 0x84444444, 0x85555555, 0x86666666 });
    call_check("register after a yield", (struct hypercall_registers){
        HYPERCALL_SCHED_OP, SCHED_YIELD, 0x82222222, 0x83333333, 0x84444444, 0x85555555, 0x86666666 });
}

/* CF and DF; the direction flag is the one a hypervisor must change for itself. */
static void flags_check(void)
{
    uint32_t flags;

    __asm__ volatile("std; stc; int $0x82; pushf; pop %0; cld"
                     : "=r"(flags) : "a"(HYPERCALL_XEN_VERSION), "b"(XENVER_PAGESIZE) : "memory", "cc");
    test_equal("CF and DF after a call", flags & (EFLAGS_CF | EFLAGS_DF), EFLAGS_CF | EFLAGS_DF);
}

/* A null selector in ES over a yield: it must be kept null, and not make the way back fault. */
static void segments_check(void)
{
    gdt_page[1] = descriptor_pack(0, FLAT_LIMIT, DATA_OF(1), FLAT_FLAGS);
    gdt_page[2] = descriptor_pack(0, FLAT_LIMIT, DATA_OF(3), FLAT_FLAGS);
    test_result("set_gdt", gdt_load(16), 0);
    fs_write(SELECTOR_OF(1, 1));
    gs_write(SELECTOR_OF(2, 3));
    es_write(0);
    hypercall_sched_op(SCHED_YIELD, NULL);
    test_equal("ES, null", es_read(), 0);
    es_write(SELECTOR_RING1_DATA);
    test_equal("FS", fs_read(), SELECTOR_OF(1, 1));
    test_equal("GS", gs_read(), SELECTOR_OF(2, 3));
    test_equal("DS", ds_read(), SELECTOR_RING1_DATA);
    test_equal("SS", ss_read(), SELECTOR_RING1_DATA);
    test_equal("CS", cs_read(), SELECTOR_RING1_CODE);
}

/* Handled, not abandoned: all of it comes back through the iret hypercall. */
static struct trap_frame *pass(struct trap_frame *frame)
{
    return frame;
}

/* Numbers that do not occur otherwise, so that swapped registers show. */
static void trap_check(void)
{
    uint32_t eax = 0x81111111, ecx = 0x82222222, edx = 0x83333333, ebx = 0x84444444, esi = 0x85555555, edi = 0x86666666;

    trap_set_handler(VECTOR_BREAKPOINT, pass);
    __asm__ volatile("int3" : "+a"(eax), "+c"(ecx), "+d"(edx), "+b"(ebx), "+S"(esi), "+D"(edi));
    test_check(eax == 0x81111111 && ecx == 0x82222222 && edx == 0x83333333, "EAX, ECX or EDX after a trap");
    test_check(ebx == 0x84444444 && esi == 0x85555555 && edi == 0x86666666, "EBX, ESI or EDI after a trap");
}

void test_run(void)
{
    calls_check();
    flags_check();
    segments_check();
    trap_check();
    test_success();
}
