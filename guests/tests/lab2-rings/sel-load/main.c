/* Loads every wrong kind of selector into each segment register, in ring 1 and ring 3: the processor refuses, the
   exception is ours, and its error code names the selector. */
/* expect: success */
#include "test.h"

static volatile uint32_t selector __attribute__((used));
static volatile uint32_t program_selector __attribute__((used)) USER_DATA;

/* The register is put back: after a null one C code could not go on. */
OPERATION(load_ds, "push %%ds; mov selector, %%eax; mov %%eax, %%ds; pop %%ds")
OPERATION(load_es, "push %%es; mov selector, %%eax; mov %%eax, %%es; pop %%es")
OPERATION(load_fs, "push %%fs; mov selector, %%eax; mov %%eax, %%fs; pop %%fs")
OPERATION(load_gs, "push %%gs; mov selector, %%eax; mov %%eax, %%gs; pop %%gs")
OPERATION(load_ss, "mov selector, %%eax; mov %%eax, %%ss")
OPERATION(use_null, "push %%fs; xor %%eax, %%eax; mov %%eax, %%fs; mov %%fs:0x100000, %%eax; pop %%fs")
USER_OPERATION(program_ds, "mov program_selector, %%eax; mov %%eax, %%ds")
USER_OPERATION(program_ss, "mov program_selector, %%eax; mov %%eax, %%ss")

/* Ring 0's, system descriptors, empty entries, beyond the table, in an LDT that is not there. */
static const uint16_t bad[] = {
    0xE000, 0xE008, 0xE009, 0xE00B, 0xE010, 0xE011, 0xE013, 0xE040, 0xE043, 0xE048, 0xE058, 0x0008, 0x000B, 0x1000,
    0xDFF8, 0xF000, 0xFFF8, 0xFFFB, 0x0004, 0x0007, 0x1007, 0xFFFF,
};

/* The processor clears the RPL in the error code; index and table bit stay. */
static void bad_check(void (*operation)(void), volatile uint32_t *place)
{
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        *place = bad[i];
        test_expect("bad selector", operation, VECTOR_PROTECTION, bad[i] & ~3u);
    }
}

/* A stack must be data, writable, and of exactly this ring. */
static void stack_check(void)
{
    static const uint16_t wrong[] = { SELECTOR_RING1_CODE, SELECTOR_RING3_DATA, SELECTOR_RING1_DATA & ~3 };

    bad_check(load_ss, &selector);
    selector = 0;
    test_expect("null stack", load_ss, VECTOR_PROTECTION, 0);
    for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        selector = wrong[i];
        test_expect("wrong stack", load_ss, VECTOR_PROTECTION, wrong[i] & ~3u);
    }
}

/* All four null selectors, 0 to 3, may be loaded. Only use is forbidden. */
static void null_check(void)
{
    static void (*const loads[])(void) = { load_ds, load_es, load_fs, load_gs };

    for (unsigned i = 0; i < sizeof(loads) / sizeof(loads[0]); i++) {
        bad_check(loads[i], &selector);
        for (selector = 0; selector < 4; selector++)
            test_expect_quiet("null", loads[i]);
    }
}

/* An emulator may let a null selector be used; then it is still our own memory that is read. */
void test_run(void)
{
    struct trap_record record = { .cr2 = 0 };

    null_check();
    stack_check();
    bad_check(program_ds, &program_selector);
    bad_check(program_ss, &program_selector);
    program_selector = SELECTOR_RING1_DATA;
    test_expect("ring 1's data in ring 3", program_ds, VECTOR_PROTECTION, SELECTOR_RING1_DATA & ~3);
    if (trap_happens(use_null, &record))
        test_equal("use of a null selector", record.frame.vector, VECTOR_PROTECTION);
    test_success();
}
