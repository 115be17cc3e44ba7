/*
 * Machines for lab 1's unit checks (host side): a bare guest with seeded registers and the tables a check fills, sent
 * to the executor, and a comparison of everything that came back. Expected machines are made by the checks from the
 * manual's words; what a check does not change must not change.
 */
#ifndef RINGLET_CHECK_MACHINE_H
#define RINGLET_CHECK_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "bare.h"
#include "check.h"
#include "decode.h"
#include "wire.h"

/* Guest-physical places in WIRE_MEMORY. */
#define PLACE_CODE       0x0100 /* EIP, more or less */
#define PLACE_DATA       0x0800
#define PLACE_GDT        0x1000
#define PLACE_IDT        0x2000
#define PLACE_TASK       0x2900
#define PLACE_INNER      0x2f00 /* top of the ring-0 stack in the TSS */
#define PLACE_STACK      0x3f00 /* ESP, more or less */

#define GUEST_CODE0 0x08
#define GUEST_DATA0 0x10
#define GUEST_CODE3 0x1b
#define GUEST_DATA3 0x23
#define GUEST_TASK  0x28
#define GUEST_FREE  0x30        /* first selector without a descriptor; the table's limit is at 0x80 */

#define FLAGS_CARRY 0x001u
#define FLAGS_TF    0x100u
#define FLAGS_IF    0x200u
#define FLAGS_DF    0x400u
#define FLAGS_NT    0x4000u
#define FLAGS_FIXED 0x002u

/* A flat guest in virtual ring 0, interrupts off, GDT, TSS and an empty IDT in its memory, registers from the seed. */
void machine_make(struct wire_machine *machine);

/* The same guest in virtual ring 3. */
void machine_make_user(struct wire_machine *machine);

/* A descriptor of the guest's GDT, from figure 3-8 of SDM vol. 3; flags: G D as in bits 52-55. */
void machine_segment(struct wire_machine *machine, uint16_t selector, uint32_t base, uint32_t limit, uint8_t access,
                     uint8_t flags);

/* A gate of its IDT (figure 6-2). */
void machine_gate(struct wire_machine *machine, uint8_t vector, uint16_t selector, uint32_t offset, uint8_t access);

void machine_store(struct wire_machine *machine, uint32_t address, uint32_t value, unsigned size);
uint32_t machine_load(const struct wire_machine *machine, uint32_t address, unsigned size);

/* An instruction without operands; a memory operand is added by insn_memory(). */
struct wire_insn insn_make(uint8_t op, uint8_t operand_size);
void insn_memory(struct wire_insn *insn, uint8_t segment, uint8_t base, uint8_t index, uint8_t scale,
                 uint32_t displacement);
void insn_register(struct wire_insn *insn, uint8_t reg);

/* "eax" and so on, by number. */
extern const char *const register_names[8];
uint32_t *machine_register(struct wire_machine *machine, unsigned reg);

/* Runs emulate() on the machine; the outcome stays valid until the next call of any of these. */
const struct wire_outcome *emulate_run(const struct wire_machine *machine, const struct wire_insn *insn);
const struct wire_outcome *deliver_run(const struct wire_machine *machine, uint32_t kind, uint8_t vector,
                                       uint16_t error, uint32_t next_eip);
const struct wire_outcome *iret_run(const struct wire_machine *machine, uint32_t size);

/* Fails unless the result is that fault, in words: "#GP(0)". */
void expect_fault(uint32_t expected, uint32_t observed);

/* Fails at the first register, virtual register or byte of memory that differs. */
void expect_machine(const struct wire_machine *expected, const struct wire_machine *observed);

/* Both, and the guest lives. */
void expect_outcome(const struct wire_machine *expected, uint32_t fault, const struct wire_outcome *observed);

#endif
