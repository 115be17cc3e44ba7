/* Every kind of descriptor that must not come into force, through set_gdt and through update_descriptor. What is
   refused leaves the table as it was; what is mended can then not reach the hypervisor. */
/* expect: success */
/* segments: limits */
#include "test.h"

#define INDEX       1
#define SYSTEM(type) (ACCESS_PRESENT | ACCESS_DPL(1) | (type))

/* Refused by both. Limits in bytes are never mended, ones in pages are. */
static const struct {
    const char *name;
    uint64_t descriptor;
} refused[] = {
    { "16-bit TSS", DESCRIPTOR(0, 0x67, SYSTEM(0x1), 0) },
    { "LDT", DESCRIPTOR(0, 0xFFFF, SYSTEM(0x2), 0) },
    { "busy 16-bit TSS", DESCRIPTOR(0, 0x67, SYSTEM(0x3), 0) },
    { "16-bit call gate", GATE(SELECTOR_RING1_CODE, 0, SYSTEM(0x4), 0) },
    { "task gate", GATE(0xE000, 0, SYSTEM(0x5), 0) },
    { "16-bit interrupt gate", GATE(SELECTOR_RING1_CODE, 0, SYSTEM(0x6), 0) },
    { "16-bit trap gate", GATE(SELECTOR_RING1_CODE, 0, SYSTEM(0x7), 0) },
    { "type 0", DESCRIPTOR(0, 0, SYSTEM(0x0), 0) },
    { "TSS", DESCRIPTOR(0, 0x67, SYSTEM(0x9), 0) },
    { "busy TSS", DESCRIPTOR(0, 0x67, SYSTEM(0xB), 0) },
    { "interrupt gate", GATE(SELECTOR_RING1_CODE, 0, SYSTEM(0xE), 0) },
    { "trap gate", GATE(SELECTOR_RING1_CODE, 0, SYSTEM(0xF), 0) },
    { "call gate to ring 0", GATE(0xE008, 0xF8100000, SYSTEM(GATE_CALL), 0) },
    { "call gate to ring 0, RPL 1", GATE(0xE009, 0xF8100000, SYSTEM(GATE_CALL), 0) },
    { "call gate to ring 0, RPL 3", GATE(0xE00B, 0xF8100000, SYSTEM(GATE_CALL), 0) },
    { "call gate to the double-fault task", GATE(0xE001, 0, SYSTEM(GATE_CALL), 0) },
    { "call gate with bits above its count", GATE(SELECTOR_RING1_CODE, 0, SYSTEM(GATE_CALL), 0x20) },
    { "data based in the hypervisor", DESCRIPTOR(0xF8100000, 0xF, DATA_OF(1), FLAT_FLAGS) },
    { "code based in the hypervisor", DESCRIPTOR(0xF8100000, 0xF, CODE_OF(1), FLAT_FLAGS) },
    { "data based at the gate area", DESCRIPTOR(SEGMENT_END, 0, DATA_OF(3), FLAG_32BIT) },
    { "data that reaches in, in bytes", DESCRIPTOR(SEGMENT_END - 0x2000, 0xFFFFF, DATA_OF(1), FLAG_32BIT) },
    { "expand-down that reaches in, in bytes", DESCRIPTOR(0, 0, DATA_OF(1) | ACCESS_EXPAND_DOWN, FLAG_32BIT) },
    { "long-mode code", DESCRIPTOR(0, FLAT_LIMIT, CODE_OF(1), FLAG_GRANULAR | FLAG_LONG) },
};

/* Accepted, and then harmless. */
static const struct {
    const char *name;
    uint64_t descriptor;
} mended[] = {
    { "flat data", DESCRIPTOR(0, 0xFFFFF, DATA_OF(1), FLAT_FLAGS) },
    { "flat data of ring 0", DESCRIPTOR(0, 0xFFFFF, DATA_OF(0), FLAT_FLAGS) },
    { "flat data of ring 3", DESCRIPTOR(0, 0xFFFFF, DATA_OF(3), FLAT_FLAGS) },
    { "flat expand-down", DESCRIPTOR(0, 0, DATA_OF(1) | ACCESS_EXPAND_DOWN, FLAT_FLAGS) },
    { "data based high", DESCRIPTOR(0xC0000000, 0xFFFFF, DATA_OF(1), FLAT_FLAGS) },
    { "read-only data", DESCRIPTOR(0, 0xFFFFF, ACCESS_PRESENT | ACCESS_DPL(1) | ACCESS_SEGMENT, FLAT_FLAGS) },
    { "absent TSS", DESCRIPTOR(0, 0x67, 0x09, 0) },
};

OPERATION(reach, "mov $0x9, %%eax; mov %%eax, %%fs; mov %%fs:0xF8100000, %%eax")
OPERATION(reach_with_base, "mov $0x9, %%eax; mov %%eax, %%fs; mov %%fs:0x38100000, %%eax")

/* A page that has been in a table cannot be written afterwards where its type counts: each try takes a new one. */
static int32_t page_load(uint64_t descriptor)
{
    static uint64_t fresh[32][DESCRIPTORS_PER_PAGE] __attribute__((aligned(4096)));
    static unsigned count;
    uint64_t *next = fresh[count++];
    uint32_t frame = frame_of(next);

    next[INDEX] = descriptor;           /* a page that was never a table may be written */
    descriptors_protect(next);
    return hypercall_set_gdt(&frame, 16);
}

/* Both ways in. update_descriptor must also have left alone what stood in the table. */
static void refused_check(void)
{
    for (unsigned i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        test_result(refused[i].name, page_load(refused[i].descriptor), -EINVAL);
        test_result(refused[i].name, gdt_set(INDEX, refused[i].descriptor), -EINVAL);
        test_check(gdt_page[INDEX] == 0, refused[i].name);
    }
}

/* Reaching for the hypervisor's image through it must fail, whichever of the two lines of defence does it. */
static void mended_check(void)
{
    for (unsigned i = 0; i < sizeof(mended) / sizeof(mended[0]); i++) {
        bool is_based = (mended[i].descriptor >> 56) == 0xC0;
        struct trap_record record = { .cr2 = 0 };

        test_result(mended[i].name, gdt_set(INDEX, mended[i].descriptor), 0);
        if (!trap_happens(is_based ? reach_with_base : reach, &record))
            test_failure(mended[i].name);
        fs_write(SELECTOR_RING1_DATA);
    }
    test_result("call gate into our own code", gdt_set(INDEX, gate_pack(SELECTOR_RING1_CODE, 0x100000, 0xAC, 0)), 0);
}

void test_run(void)
{
    test_result("set_gdt", gdt_load(16), 0);
    refused_check();
    test_result("set_gdt again", gdt_load(16), 0);
    mended_check();
    test_success();
}
