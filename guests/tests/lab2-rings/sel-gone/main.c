/* Takes away the descriptor of a selector that is loaded, then traps: the way back to the kernel reloads it. Either
   that comes back as the failsafe callback, or the register was left alone; the hypervisor must not stumble. */
/* expect: success */
#include "test.h"

#define DATA_INDEX 1
#define CODE_INDEX 2

static const uint64_t data = DESCRIPTOR(0, FLAT_LIMIT, DATA_OF(1), FLAT_FLAGS);
static const uint64_t code = DESCRIPTOR(0, FLAT_LIMIT, CODE_OF(1), FLAT_FLAGS);

/* After the call there is a fault at once, so that something is caught either way. */
#define GONE(name, load)                                                    \
    static void name(void)                                                  \
    {                                                                       \
        load;                                                               \
        gdt_set(DATA_INDEX, 0);                                             \
        gdt_set(CODE_INDEX, 0);                                             \
        __asm__ volatile("ud2");                                            \
    }

GONE(gone_ds, ds_write(SELECTOR_OF(DATA_INDEX, 1)))
GONE(gone_es, es_write(SELECTOR_OF(DATA_INDEX, 1)))
GONE(gone_fs, fs_write(SELECTOR_OF(DATA_INDEX, 1)))
GONE(gone_gs, gs_write(SELECTOR_OF(DATA_INDEX, 1)))
GONE(gone_all, ds_write(SELECTOR_OF(DATA_INDEX, 1)); es_write(SELECTOR_OF(DATA_INDEX, 1));
     fs_write(SELECTOR_OF(DATA_INDEX, 1)); gs_write(SELECTOR_OF(DATA_INDEX, 1)))
GONE(gone_cs, __asm__ volatile("ljmp $0x11, $1f\n1:" : : : "memory"))

/* Fresh descriptors each time; FS and GS may still hold what has gone. */
static void try(const char *name, void (*operation)(void))
{
    struct trap_record record = { .cr2 = 0 };

    test_result(name, gdt_set(DATA_INDEX, data), 0);
    test_result(name, gdt_set(CODE_INDEX, code), 0);
    test_check(trap_happens(operation, &record), name);
    if (record.frame.vector != VECTOR_FAILSAFE && record.frame.vector != VECTOR_OPCODE)
        test_equal(name, record.frame.vector, VECTOR_FAILSAFE);
    fs_write(SELECTOR_RING1_DATA);
    gs_write(SELECTOR_RING1_DATA);
}

void test_run(void)
{
    failsafe_catch(true);
    test_result("set_gdt", gdt_load(16), 0);
    try("DS", gone_ds);
    try("ES", gone_es);
    try("FS", gone_fs);
    try("GS", gone_gs);
    try("DS, ES, FS and GS", gone_all);
    try("CS", gone_cs);
    test_success();
}
