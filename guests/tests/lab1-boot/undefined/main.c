/* Executes what is not an instruction, or not one in this form: #UD each time, pointing at it. */
/* expect: success */
/* native: yes */
#include "test.h"

#define CODE_SIZE 8

static uint8_t code[CODE_SIZE];

static const uint8_t undefined[][CODE_SIZE] = {
    { 0x0F, 0x0B },                     /* ud2 */
    { 0x0F, 0xFF, 0xC0 },               /* ud0 */
    { 0x8C, 0xF8 },                     /* mov from segment register 7 */
    { 0x8E, 0xC8 },                     /* mov to cs */
    { 0x0F, 0x01, 0xD0 | 0x07 },        /* lgdt group, a register where memory is wanted */
    { 0x0F, 0x20, 0xC8 },               /* mov from cr1 */
    { 0x0F, 0x22, 0xE8 },               /* mov to cr5 */
    { 0xFE, 0xF8 },                     /* group 4, no such member */
    { 0x0F, 0x04 },                     /* no such opcode */
    { 0x62, 0xC0 },                     /* bound without memory */
    { 0x8D, 0xC0 },                     /* lea without memory */
    { 0xC5, 0xC0 },                     /* lds without memory */
};

static void execute(void)
{
    __asm__ volatile("call *%0" : : "r"(code) : "memory");
}

void test_run(void)
{
    for (unsigned i = 0; i < sizeof(undefined) / sizeof(undefined[0]); i++) {
        struct trap_record record;

        for (unsigned byte = 0; byte < CODE_SIZE; byte++)
            code[byte] = undefined[i][byte];
        print("undefined: %x %x %x\n", code[0], code[1], code[2]);
        record = test_expect("undefined", execute, VECTOR_OPCODE, 0);
        test_check(record.eip == (uint32_t)code, "#UD points elsewhere");
    }
    test_success();
}
