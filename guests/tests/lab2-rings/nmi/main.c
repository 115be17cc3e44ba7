/* The NMI callback of the first domain: taken while the kernel runs or waits, not again before its iret, and with the
   registers as they were. Somebody has to press the button: `wait=spin` or `wait=block` on the command line says that
   somebody will, twice, and type a key after the second time (grader/system/test_nmi.c). Without it there is nothing to
   wait for. */
/* expect: success */
#include "test.h"

static volatile uint32_t seen;      /* NMIs so far */
static volatile bool too_early;     /* a second one within the first's handler */

/* Registers as the interrupted code has them; the way back is the iret hypercall, which ends the NMI. */
__asm__(".text\n"
        "nmi_entry: pusha\n"
        "call nmi_handle\n"
        "popa\n"
        "jmp hypercall_page + 23 * 32\n");
extern const char nmi_entry[];
void nmi_handle(void);

/* In the first one: until a key says that the second has been sent. It must not be here yet. */
void nmi_handle(void)
{
    char key;

    seen++;
    if (seen != 1)
        return;
    print("nmi: in the handler\n");
    while (hypercall_console_io(CONSOLE_READ, 1, &key) == 0)
        ;
    too_early = seen != 1;
}

/* With a value in EBX that the handler's code destroys if it is not kept. */
static uint32_t spin_until(uint32_t count)
{
    uint32_t kept;

    __asm__ volatile("1: cmp %2, %1; jb 1b" : "=b"(kept) : "m"(seen), "r"(count), "0"(0x600DBEEF) : "memory", "cc");
    return kept;
}

static void wait_for(uint32_t count)
{
    if (option_given("wait=block"))
        while (seen < count)
            hypercall_sched_op(SCHED_BLOCK, NULL);
    else
        test_equal("EBX across an NMI", spin_until(count), 0x600DBEEF);
}

void test_run(void)
{
    struct callback_register request = {
        .type = CALLBACK_NMI, .address = { SELECTOR_RING1_CODE, (uint32_t)nmi_entry },
    };

    if (!option_given("wait=block") && !option_given("wait=spin"))
        test_skip("nobody will send an NMI");
    test_result("register", hypercall_callback_op(CALLBACK_OP_REGISTER, &request), 0);
    print("nmi: ready\n");
    wait_for(2);
    test_check(!too_early, "a second NMI came before the iret of the first");
    test_equal("NMIs", seen, 2);
    test_success();
}
