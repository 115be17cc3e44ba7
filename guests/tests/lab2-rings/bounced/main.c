/* Privileged instructions that nobody does for the kernel: each is #GP(0) with EIP at it, from ring 1 and ring 3, with
   prefixes, and wherever the instruction's bytes lie. */
/* expect: success */
#include "test.h"

static const char table_pointer[6] __attribute__((used));
static const char user_pointer[6] __attribute__((used)) USER_DATA;

/* Operands are such that the instruction would do no harm if it were executed after all. */
OPERATION(halt, "hlt")
OPERATION(invalidate, "invd")
OPERATION(load_gdt, "lgdt table_pointer")
OPERATION(load_idt, "lidt table_pointer")
OPERATION(load_ldt, "xor %%eax, %%eax; lldt %%ax")
OPERATION(load_task, "xor %%eax, %%eax; ltr %%ax")
OPERATION(invalidate_page, "invlpg 0x100000")
OPERATION(read_counter, "mov $0xFF, %%ecx; rdpmc")
OPERATION(read_msr, "mov $0x12345678, %%ecx; rdmsr")
OPERATION(write_msr, "mov $0x12345678, %%ecx; xor %%eax, %%eax; xor %%edx, %%edx; wrmsr")
OPERATION(leave_system, "xor %%ecx, %%ecx; xor %%edx, %%edx; sysexit")
OPERATION(clear_interrupts, "cli")
OPERATION(set_interrupts, "sti")
OPERATION(port_read, "in $0x80, %%al")
OPERATION(port_write, "out %%al, $0x80")
OPERATION(port_string, "mov $0x80, %%edx; push %%esi; mov $table_pointer, %%esi; outsb; pop %%esi")
OPERATION(prefixed, ".byte 0x66, 0x2E, 0xF3, 0xF4")     /* hlt all the same */
USER_OPERATION(user_hlt, "hlt")
USER_OPERATION(user_lgdt, "lgdt user_pointer")
USER_OPERATION(user_rdmsr, "mov $0x10, %%ecx; rdmsr")
USER_OPERATION(user_invlpg, "invlpg 0x100000")
USER_OPERATION(user_sysexit, "sysexit")

/* One loop over all of them: what is expected is the same for each. */
static const struct {
    const char *name;
    void (*operation)(void);
} operations[] = {
    { "hlt", halt }, { "invd", invalidate }, { "lgdt", load_gdt }, { "lidt", load_idt }, { "lldt", load_ldt },
    { "ltr", load_task }, { "invlpg", invalidate_page }, { "rdpmc", read_counter }, { "rdmsr", read_msr },
    { "wrmsr", write_msr }, { "sysexit", leave_system }, { "cli", clear_interrupts }, { "sti", set_interrupts },
    { "in", port_read }, { "out", port_write }, { "outs", port_string }, { "hlt with prefixes", prefixed },
    { "ring 3, hlt", user_hlt }, { "ring 3, lgdt", user_lgdt }, { "ring 3, rdmsr", user_rdmsr },
    { "ring 3, invlpg", user_invlpg }, { "ring 3, sysexit", user_sysexit },
};

static char code[2 * PAGE_SIZE] __attribute__((aligned(4096)));

/* Fetching the instruction is a copy of guest memory, too, and two pages make it two pieces. */
static void run_across(void)
{
    __asm__ volatile("call *%0" : : "r"(code + PAGE_SIZE - 1) : "memory", "cc");
}

/* The two bytes of invd on two pages, which are no neighbours in the machine's memory. */
static void across_check(void)
{
    code[PAGE_SIZE - 1] = 0x0F;
    code[PAGE_SIZE] = 0x08;
    code[PAGE_SIZE + 1] = (char)0xC3;
    test_expect("invd across pages", run_across, VECTOR_PROTECTION, 0);
}

void test_run(void)
{
    for (unsigned i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
        test_expect(operations[i].name, operations[i].operation, VECTOR_PROTECTION, 0);
    across_check();
    test_success();
}
