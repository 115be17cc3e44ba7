/*
 * Carrying out a decoded instruction on the virtual CPU (floor 1, pure).
 */
#ifndef RINGLET_EMULATE_H
#define RINGLET_EMULATE_H

#include "bare.h"
#include "decode.h"

/* Iterations of one REP INS or REP OUTS done at a time: the rest waits for the guest's next turn. */
#define EMULATE_REP_BATCH 64

/*
 * Execute `insn`, which lies at the guest's CS:EIP. On FAULT_NONE the guest's state is as after the instruction, EIP
 * included. On a fault nothing has changed, except that string instructions keep what they had done (as on hardware).
 */
fault_t emulate(struct bare *guest, const struct insn *insn);

/* Operands, shared by the emulate_*.c files. Registers are numbered as the encodings have them. */
extern const uint8_t register_offsets[8];

/* Where the guest's register lies while it does not run: in its trap frame. `reg` as in ModRM. */
static inline uint32_t *register_slot(struct trap_frame *frame, unsigned reg)
{
    return (uint32_t *)(void *)((char *)frame + register_offsets[reg & 7]);
}

/* The low `size` bytes, 1, 2 or 4; apart for 4, since a shift by 32 is undefined in C. */
static inline uint32_t size_mask(unsigned size)
{
    return size == 4 ? UINT32_MAX : (1u << 8 * size) - 1;
}

/* Zero-extended to 32 bits. */
static inline uint32_t register_read(struct trap_frame *frame, unsigned reg, unsigned size)
{
    return *register_slot(frame, reg) & size_mask(size);
}

/* Offset of the memory operand, without its segment's base; value of an r/m operand of 1, 2 or 4 bytes. */
void register_write(struct trap_frame *frame, unsigned reg, unsigned size, uint32_t value);
uint32_t operand_offset(const struct bare *guest, const struct insn *insn);
fault_t operand_read(struct bare *guest, const struct insn *insn, unsigned size, uint32_t *value);

/* The handlers. All have one form, so that a table can hold them; `insn` is where the decoder put it. */
/* emulate_system.c */
fault_t emulate_cr_read(struct bare *guest, const struct insn *insn);
fault_t emulate_cr_write(struct bare *guest, const struct insn *insn);
fault_t emulate_dr_read(struct bare *guest, const struct insn *insn);
fault_t emulate_dr_write(struct bare *guest, const struct insn *insn);
fault_t emulate_clts(struct bare *guest, const struct insn *insn);
fault_t emulate_lmsw(struct bare *guest, const struct insn *insn);
fault_t emulate_rdmsr(struct bare *guest, const struct insn *insn);
fault_t emulate_wrmsr(struct bare *guest, const struct insn *insn);

/* emulate_table.c */
fault_t emulate_lgdt(struct bare *guest, const struct insn *insn);
fault_t emulate_lidt(struct bare *guest, const struct insn *insn);
fault_t emulate_ltr(struct bare *guest, const struct insn *insn);
fault_t emulate_mov_to_ss(struct bare *guest, const struct insn *insn);
fault_t emulate_pop_ss(struct bare *guest, const struct insn *insn);
fault_t emulate_lss(struct bare *guest, const struct insn *insn);

/* emulate_port.c */
fault_t emulate_in(struct bare *guest, const struct insn *insn);
fault_t emulate_out(struct bare *guest, const struct insn *insn);
fault_t emulate_ins(struct bare *guest, const struct insn *insn);
fault_t emulate_outs(struct bare *guest, const struct insn *insn);

/* What only the machine can say: the bare guest's clock for rdmsr(0x10), and ns for its devices. */
uint64_t bare_tsc(void);
uint64_t bare_now(void);
uint8_t bare_clock_register(uint8_t reg);

#endif
