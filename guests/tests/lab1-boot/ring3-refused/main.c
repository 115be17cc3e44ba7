/* In ring 3: every privileged instruction must be #GP(0), a gate for ring 0 #GP with its number, and a breakpoint
   gate without ring-3 permission likewise. Nothing of it may take effect, whatever ring the hypervisor really runs
   this code in. */
/* expect: success */
/* native: yes */
#include "test.h"

#define CODE_SIZE 8

struct refusal {
    uint8_t code[CODE_SIZE];    /* ends with ret */
    uint32_t error;
};

static const struct refusal refusals[] = {
    { { 0xFA, 0xC3 }, 0 },                          /* cli */
    { { 0xFB, 0xC3 }, 0 },                          /* sti */
    { { 0xF4, 0xC3 }, 0 },                          /* hlt */
    { { 0xEC, 0xC3 }, 0 },                          /* in */
    { { 0xEF, 0xC3 }, 0 },                          /* out */
    { { 0x6E, 0xC3 }, 0 },                          /* outsb */
    { { 0x6D, 0xC3 }, 0 },                          /* insd */
    { { 0x0F, 0x06, 0xC3 }, 0 },                    /* clts */
    { { 0x0F, 0x09, 0xC3 }, 0 },                    /* wbinvd */
    { { 0x0F, 0x20, 0xC0, 0xC3 }, 0 },              /* mov from cr0 */
    { { 0x0F, 0x22, 0xD8, 0xC3 }, 0 },              /* mov to cr3 */
    { { 0x0F, 0x23, 0xC0, 0xC3 }, 0 },              /* mov to dr0 */
    { { 0x0F, 0x01, 0x18, 0xC3 }, 0 },              /* lidt (eax) */
    { { 0x0F, 0x01, 0x38, 0xC3 }, 0 },              /* invlpg (eax) */
    { { 0x0F, 0x01, 0xF0, 0xC3 }, 0 },              /* lmsw ax */
    { { 0x0F, 0x00, 0xD8, 0xC3 }, 0 },              /* ltr ax */
    { { 0x0F, 0x30, 0xC3 }, 0 },                    /* wrmsr */
    { { 0x0F, 0x32, 0xC3 }, 0 },                    /* rdmsr */
    { { 0xCD, 0x60, 0xC3 }, 0x60 * 8 + ERROR_IDT }, /* int 0x60 */
    { { 0xCD, 0x20, 0xC3 }, 0x20 * 8 + ERROR_IDT }, /* int with the timer's vector */
    { { 0xCC, 0xC3 }, 3 * 8 + ERROR_IDT },          /* int3 through a gate for ring 0 */
};

#define REFUSALS (sizeof(refusals) / sizeof(refusals[0]))

static volatile uint32_t current;
static volatile uint32_t refused;

static struct trap_frame *protection(struct trap_frame *frame)
{
    const struct refusal *refusal = &refusals[current];

    if (frame->eip == (uint32_t)refusal->code && frame->error == refusal->error && ring3_is_source(frame))
        refused = refused + 1;
    frame->eip = *(uint32_t *)frame->user_esp;      /* as ret would */
    frame->user_esp += 4;
    return frame;
}

static void user_code(void)
{
    static uint32_t scratch[4];

    for (current = 0; current < REFUSALS; current = current + 1)
        __asm__ volatile("call *%0" : : "r"(refusals[current].code), "a"(scratch), "c"(0x174), "d"(PORT_EXIT),
                         "S"(scratch), "D"(scratch) : "memory");
    ring3_leave(0x600D);
}

void test_run(void)
{
    trap_set_handler(VECTOR_PROTECTION, protection);
    test_check(ring3_run(user_code) == 0x600D, "ring 3 did not come back");
    print("ring3-refused: %u of %u refused rightly\n", refused, REFUSALS);
    test_check(refused == REFUSALS, "an instruction was not refused as it should");
    test_success();
}
