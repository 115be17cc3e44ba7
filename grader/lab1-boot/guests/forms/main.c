/* Privileged instructions in many encodings. LMSW takes its operand in every form there is, and what it did shows in
   CR0; nothing else is needed, no IDT and no port but the exit's. */
#include "cpu.h"
#include "evidence.h"
#include "io.h"
#include "wire.h"

void guest_main(void);

#define SEEN   (CR0_PE | 0x2u | CR0_EM | CR0_TS)
#define LOW    0x8000 /* for 16-bit addresses */

uint16_t forms_words[8] __attribute__((aligned(8)));

/* A machine status word of the seed: PE, and MP, EM, TS at random. */
static uint16_t word_draw(void)
{
    return (uint16_t)((evidence_random() & 0xfffe) | CR0_PE);
}

static uint32_t form_begin(void)
{
    cr0_write(CR0_PE | 0x10u);
    return word_draw();
}

static void form_end(uint32_t form)
{
    evidence_put(FORMS_FIRST + form, cr0_read() & SEEN);
}

/* The word lies at `place`; the operand reaches it by the registers named. */
#define FORM(number, text, ...)                                                                                    \
    do {                                                                                                           \
        *(volatile uint16_t *)place = (uint16_t)form_begin();                                                      \
        __asm__ volatile(text : : __VA_ARGS__ : "memory");                                                         \
        form_end(number);                                                                                          \
    } while (0)

static void forms_plain(uint32_t place)
{
    uint32_t word = form_begin();

    __asm__ volatile("lmsw %w0" : : "r"(word));
    form_end(0);
    FORM(1, "lmsw (%0)", "b"(place));
    FORM(2, "lmsw 0x7f(%0)", "S"(place - 0x7f));
    FORM(3, "lmsw -0x12345(%0)", "D"(place + 0x12345));
    FORM(4, "lmsw forms_words", "i"(0));
    FORM(5, "xchgl %%ebp, %0; lmsw 8(%%ebp); xchgl %%ebp, %0", "a"(place - 8));
}

static void forms_sib(uint32_t place)
{
    FORM(6, "lmsw (%0,%1,4)", "b"(place - 40), "S"(10));
    FORM(7, "lmsw 4(%0,%1,2)", "a"(place + 8), "D"(-6));
    FORM(8, "lmsw -64(,%0,8)", "c"((place + 64) / 8));
    FORM(9, "xchgl %%esp, %0; lmsw 16(%%esp); xchgl %%esp, %0", "a"(place - 16));
}

static void forms_prefixed(uint32_t place)
{
    volatile uint16_t *low = (uint16_t *)LOW;

    FORM(10, ".byte 0x66, 0x2e, 0xf2, 0x64; lmsw (%0)", "b"(place));
    *low = (uint16_t)form_begin();
    __asm__ volatile(".byte 0x67, 0x0f, 0x01, 0x70, 0xfe" /* lmsw [bx + si - 2] */
                     : : "b"(0xabcd0000u | (LOW - 0x100)), "S"(0x55550102u) : "memory");
    form_end(11);
}

void guest_main(void)
{
    uint32_t value;

    forms_plain((uint32_t)forms_words);
    forms_sib((uint32_t)forms_words);
    forms_prefixed((uint32_t)forms_words);
    value = form_begin() & SEEN;
    cr0_write(value | 0x10u);
    __asm__ volatile(".byte 0x0f, 0x20, 0x03" : "=b"(value)); /* mov ebx, cr0 with mod 0 */
    evidence_put(FORMS_MOV, value & SEEN);
    evidence_seal();
    port_write8(PORT_EXIT, 0);
}
