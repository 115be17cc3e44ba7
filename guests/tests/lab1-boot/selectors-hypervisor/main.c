/* Loads the hypervisor's selectors into every segment register, by mov and pop, and jumps and calls through them. In
   the guest's own table they do not exist: #GP with the selector, its RPL removed. */
/* expect: success */
/* native: yes */
#include "test.h"

static uint32_t selector;

#define LOAD(name, instructions)                                            \
    static void name(void)                                                  \
    {                                                                       \
        __asm__ volatile(instructions : : "r"(selector) : "memory");        \
    }

LOAD(load_ds, "mov %w0, %%ds")
LOAD(load_es, "mov %w0, %%es")
LOAD(load_fs, "mov %w0, %%fs")
LOAD(load_gs, "mov %w0, %%gs")
LOAD(load_ss, "mov %w0, %%ss")
LOAD(pop_ds, "push %0; pop %%ds")
LOAD(pop_gs, "push %0; pop %%gs")
LOAD(jump, "push %0; push $0; ljmp *(%%esp)")
LOAD(call, "push %0; push $0; lcall *(%%esp)")

static void check_selector(uint32_t bad)
{
    selector = bad;
    print("selectors: %x\n", bad);
    test_expect("ds", load_ds, VECTOR_PROTECTION, bad & 0xFFFC);
    test_expect("es", load_es, VECTOR_PROTECTION, bad & 0xFFFC);
    test_expect("fs", load_fs, VECTOR_PROTECTION, bad & 0xFFFC);
    test_expect("gs", load_gs, VECTOR_PROTECTION, bad & 0xFFFC);
    test_expect("ss", load_ss, VECTOR_PROTECTION, bad & 0xFFFC);
    test_expect("pop ds", pop_ds, VECTOR_PROTECTION, bad & 0xFFFC);
    test_expect("pop gs", pop_gs, VECTOR_PROTECTION, bad & 0xFFFC);
    test_expect("far jump", jump, VECTOR_PROTECTION, bad & 0xFFFC);
    test_expect("far call", call, VECTOR_PROTECTION, bad & 0xFFFC);
}

void test_run(void)
{
    static const uint16_t selectors[] = { 0xE008, 0xE010, 0xE019, 0xE021, 0xE02B, 0xE033, 0xE040, 0xE048, 0xFFF8,
                                          0x005B };

    for (unsigned i = 0; i < sizeof(selectors) / sizeof(selectors[0]); i++)
        check_selector(selectors[i]);
    test_success();
}
