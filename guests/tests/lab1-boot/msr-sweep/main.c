/* Reads and writes model-specific registers all over. Those that are not there must raise #GP(0) in the guest; none
   may reach the real processor: EFER or the SYSENTER registers in a guest's hands would be the end of isolation. */
/* expect: success */
/* native: no */
#include "test.h"

static uint32_t number;

static void read_it(void)
{
    cpu_rdmsr(number);
}

static void write_it(void)
{
    cpu_wrmsr(number, 0xF8100000F8100000ull);
}

/* Either it works or it is #GP(0). */
static void check_msr(void)
{
    struct trap_record record;

    if (trap_happens(read_it, &record))
        test_check(record.vector == VECTOR_PROTECTION && record.error == 0, "rdmsr raised something else than #GP(0)");
    if (trap_happens(write_it, &record))
        test_check(record.vector == VECTOR_PROTECTION && record.error == 0, "wrmsr raised something else than #GP(0)");
}

void test_run(void)
{
    static const uint32_t dangerous[] = { 0x1B, 0xC0000080, 0xC0000081, 0xC0000082,
                                          0xC0010015, 0xFFFFFFFF };

    for (number = 0; number < 0x800; number++)
        check_msr();
    for (unsigned i = 0; i < sizeof(dangerous) / sizeof(dangerous[0]); i++) {
        number = dangerous[i];
        test_expect("wrmsr", write_it, VECTOR_PROTECTION, 0);
    }
    number = MSR_TSC;
    test_check(!trap_happens(read_it, &(struct trap_record){ 0, 0, 0, 0, 0 }), "the TSC cannot be read");
    test_success();
}
