/*
 * Single steps that the guest must not notice (floor 1). We lend a guest TF to get it back after one instruction: in
 * the shadow of STI, and to watch it (watch.h). PUSHF and POPF do not trap, so they would show the guest a TF that is
 * ours, or have us take away one that is its own. Invariant: step_pushes_flags tells whether the instruction being
 * stepped is a PUSHF. Called by bare_trap.c.
 */
#include "bare_step.h"
#include <stdint.h>
#include "bare.h"
#include "decode.h"

/* Opcodes; and where TF lies in an EFLAGS image on the stack: bit 8, that is bit 0 of its second byte. */
#define PUSHF 0x9c
#define POPF  0x9d
#define TF_BYTE 1u    /* of the flags image, whose size is 2 or 4 */
#define TF_BIT  0x01u

/* The opcode at EIP behind prefixes that PUSHF and POPF can have; 0 when there is none to see. */
static uint8_t next_opcode(struct bare *guest)
{
    const uint8_t *bytes;
    unsigned count = bare_fetch(guest, &bytes);

    for (unsigned i = 0; i < count; i++)
        if (bytes[i] != 0x66 && bytes[i] != 0x67 && bytes[i] != 0xf2 && bytes[i] != 0xf3)
            return bytes[i];
    return 0;
}

/* The flags on top of the guest's stack; NULL when there is no stack, which the instruction will find out itself. */
static uint8_t *stack_flags(struct bare *guest)
{
    struct segment stack;

    if (!bare_segment(guest, guest->frame->ss, &stack))
        return NULL;
    return bare_linear(guest, stack.base + (stack.is_32bit ? guest->frame->esp : (uint16_t)guest->frame->esp), 2);
}

/*
 *      PUSHF under our TF    the image on the stack has a TF that is not the guest's: taken out afterwards
 *      POPF under our TF     sets TF from the stack: when that is set, the guest wants steps of its own, and who it
 *                            was that set the flag could not be told afterwards, so ours is not lent
 *
 * Called again for each step, with EIP at the instruction that is about to run.
 */
bool bare_step_prepare(struct bare *guest)
{
    uint8_t opcode = next_opcode(guest);
    const uint8_t *flags = opcode == POPF ? stack_flags(guest) : NULL;

    guest->step_pushes_flags = opcode == PUSHF;
    return flags == NULL || !(flags[TF_BYTE] & TF_BIT);
}

/* ESP is below the image now, as PUSHF left it; a stack that is gone has been faulted on already. */
void bare_step_settle(struct bare *guest)
{
    uint8_t *flags = guest->step_pushes_flags ? stack_flags(guest) : NULL;

    if (flags != NULL)
        flags[TF_BYTE] &= (uint8_t)~TF_BIT;
    guest->step_pushes_flags = false;
}
