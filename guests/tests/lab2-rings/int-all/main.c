/* `int n` for every n from rings 1 and 3 without a handler: #GP(n * 8 + 2), whatever gate the hypervisor has there,
   be it one of a device or of the double fault. */
/* expect: success */
#include "test.h"

static uint8_t kernel_code[8];
static uint8_t program_code[8] USER_DATA;

/* EAX is a number that no hypercall has, for vector 0x82. */
static void kernel_run(void)
{
    __asm__ volatile("call *%0" : : "r"(kernel_code), "a"(-1) : "memory", "cc");
}

/* EAX is a number that no hypercall has. */
static void program_run(void)
{
    user_run((uint32_t (*)(uint32_t))(uint32_t)program_code, 0xFFFFFFFF);
}

/* int n; ret. Written anew for each vector: 256 functions would say no more. */
static void code_make(uint8_t *code, unsigned vector)
{
    code[0] = 0xCD;
    code[1] = (uint8_t)vector;
    code[2] = 0xC3;
}

/* The exceptions with DPL 3 and ring 3's way back have handlers; 0x82 is the hypervisor's own. */
static bool is_open(unsigned vector)
{
    return vector == VECTOR_BREAKPOINT || vector == VECTOR_OVERFLOW || vector == VECTOR_USER_RETURN;
}

void test_run(void)
{
    for (unsigned vector = 0; vector < 256; vector++) {
        if (is_open(vector))
            continue;
        code_make(kernel_code, vector);
        code_make(program_code, vector);
        if (vector == HYPERCALL_VECTOR)
            test_expect_quiet("int 0x82 in ring 1", kernel_run);
        else
            test_expect("int in ring 1", kernel_run, VECTOR_PROTECTION, ERROR_SOFTWARE(vector));
        test_expect("int in ring 3", program_run, VECTOR_PROTECTION, ERROR_SOFTWARE(vector));
    }
    test_success();
}
