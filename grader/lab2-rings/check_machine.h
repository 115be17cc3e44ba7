/*
 * Machines for lab 2's unit checks (host side): a ring-1 guest with seeded registers, trap table and four pages of
 * memory, sent to the executor, and a comparison of everything that came back. Expected machines are made by the checks
 * from the interface's words; what a check does not change must not change.
 */
#ifndef RINGLET_CHECK_MACHINE_H
#define RINGLET_CHECK_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "check.h"
#include "wire.h"

/* Said again, on purpose: selectors and numbers of the public interface. */
#define KERNEL_CODE   0xe019u
#define KERNEL_DATA   0xe021u
#define PROGRAM_CODE  0xe02bu
#define PROGRAM_DATA  0xe033u
#define SET_TRAP_TABLE 0u
#define MULTICALL      13u
#define IRET           23u
#define MINUS_EFAULT ((uint32_t)-14)
#define MINUS_EINVAL ((uint32_t)-22)
#define MINUS_ENOSYS ((uint32_t)-38)

#define FLAG_FIXED 0x00000002u
#define FLAG_TF    0x00000100u
#define FLAG_IF    0x00000200u
#define FLAG_IOPL  0x00003000u
#define FLAG_NT    0x00004000u
#define FLAG_RF    0x00010000u
#define FLAG_VM    0x00020000u
#define FLAG_FREE  0x00240cd5u /* CF PF AF ZF SF DF OF AC ID: nobody's but the guest's */

#define ASSIST_IOPL (1u << 4)

#define WINDOW_END (WIRE_WINDOW + WIRE_MEMORY)

/* A guest in its kernel, all four pages writable, ESP somewhere in the second of them, handlers for most vectors. */
void request_make(struct wire_request *request);

/* It was in a program when the trap came: ring 2 or 3. */
void request_make_program(struct wire_request *request, unsigned ring);

/* A call that the fake table of hypercalls offers. */
void request_offer(struct wire_request *request, uint32_t number, uint32_t result, uint32_t effect);

/* Words of guest memory; the address is a guest's, in the window. */
void machine_store(struct wire_machine *machine, uint32_t address, uint32_t value);
uint32_t machine_load(const struct wire_machine *machine, uint32_t address);

/* Runs it; the outcome stays valid until the next run. */
const struct wire_outcome *machine_run(enum wire_operation operation, const struct wire_request *request);

/* Fails at the first register, field, handler or byte of memory that differs. */
void expect_machine(const struct wire_machine *expected, const struct wire_outcome *outcome);

/* The guest lives, or was crashed once with a reason that holds these words. */
void expect_alive(const struct wire_outcome *outcome);
void expect_crash(const struct wire_outcome *outcome, const char *words);

#endif
