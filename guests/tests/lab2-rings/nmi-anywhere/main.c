/* Non-maskable interrupts while the kernel makes hypercalls, faults and waits, with FS and GS of its own tables: each
   is delivered once, and nothing else changes. The word `wait` has it go on until ten have come, from whoever watches
   (QEMU's monitor: nmi); without it none need come. */
/* expect: success */
#include "test.h"

#define ROUNDS 2000
#define WANTED 10

static uint64_t ldt[DESCRIPTORS_PER_PAGE] __attribute__((aligned(4096)));
static volatile uint32_t word = 0x12345678;
static volatile uint32_t count __attribute__((used));   /* of NMIs; counted by the handler */

extern const char nmi_handler[];

/* The frame has no error code; iret ends the NMI. */
__asm__(".text\n"
        "nmi_handler: incl count\n"
        "push %eax; mov $23, %eax; int $0x82; ud2");

OPERATION(fault, "ud2")

static uint32_t fs_word(void)
{
    uint32_t value;

    __asm__ volatile("mov %%fs:0, %0" : "=r"(value));
    return value;
}

/* GDT entry 1 for FS, LDT entry 1 for GS, if there is one. */
static void segments_load(void)
{
    struct mmuext_op operation = { .cmd = MMUEXT_SET_LDT, .arg1 = (uint32_t)ldt, .arg2 = 16 };

    gdt_page[1] = ldt[1] = descriptor_pack((uint32_t)&word, 0xFFF, DATA_OF(1), FLAT_FLAGS);
    test_result("set_gdt", gdt_load(16), 0);
    descriptors_protect(ldt);
    fs_write(SELECTOR_OF(1, 1));
    if (hypercall_mmuext_op(&operation, 1) == 0)
        gs_write(SELECTOR_OF(1, 1) | 4);
}

void test_run(void)
{
    struct callback_register callback = { .type = CALLBACK_NMI, .address.cs = SELECTOR_RING1_CODE };

    callback.address.eip = (uint32_t)nmi_handler;
    test_result("callback", hypercall_callback_op(CALLBACK_OP_REGISTER, &callback), 0);
    segments_load();
    print("ready\n");
    for (uint32_t i = 0; i < ROUNDS || (option_given("wait") && count < WANTED); i++) {
        test_result("page size", hypercall_xen_version(XENVER_PAGESIZE, NULL), 4096);
        test_expect("ud2", fault, VECTOR_OPCODE, 0);
        test_equal("word at FS:0", fs_word(), word);
        if (option_given("wait"))
            hypercall_sched_op(SCHED_YIELD, NULL);
    }
    print("%u NMIs\n", count);
    test_success();
}
