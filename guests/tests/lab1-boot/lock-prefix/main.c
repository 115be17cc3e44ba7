/* Puts the lock prefix, alone and among others, before instructions that must not have it: #UD, without their effect.
   */
/* expect: success */
/* native: no */
#include "test.h"

#define CODE_SIZE 8

static uint8_t code[CODE_SIZE];

static const uint8_t locked[][CODE_SIZE] = {
    { 0xF0, 0xFA, 0xC3 },               /* cli */
    { 0xF0, 0xFB, 0xC3 },               /* sti */
    { 0xF0, 0xF4, 0xC3 },               /* hlt */
    { 0xF0, 0xEC, 0xC3 },               /* in */
    { 0xF0, 0xE6, 0x80, 0xC3 },         /* out */
    { 0xF0, 0x66, 0xEF, 0xC3 },         /* out, operand size after lock */
    { 0x66, 0xF0, 0xEF, 0xC3 },         /* ... and before it */
    { 0xF0, 0x0F, 0x06, 0xC3 },         /* clts */
    { 0xF0, 0x0F, 0x20, 0xC0, 0xC3 },   /* mov from cr0 */
    { 0xF0, 0x0F, 0x08, 0xC3 },         /* invd */
    { 0xF0, 0xCD, 0x42, 0xC3 },         /* int */
    { 0xF3, 0xF0, 0x6E, 0xC3 },         /* rep outsb */
};

static void execute(void)
{
    __asm__ volatile("call *%0" : : "r"(code), "a"(0), "d"(0x80), "c"(1), "S"(code) : "memory", "cc");
}

void test_run(void)
{
    for (unsigned i = 0; i < sizeof(locked) / sizeof(locked[0]); i++) {
        struct trap_record record;

        for (unsigned byte = 0; byte < CODE_SIZE; byte++)
            code[byte] = locked[i][byte];
        print("lock-prefix: %x %x %x\n", code[0], code[1], code[2]);
        record = test_expect("lock", execute, VECTOR_OPCODE, 0);
        test_check(record.eip == (uint32_t)code, "#UD points elsewhere");
    }
    test_success();
}
