/*
 * Lab 2's executor: included before one of the student's files, has that file use the executor's own functions
 * (executor_machine.c) in place of those of other exercises, so that no mistake is punished twice. The file keeps its
 * own names; the headers that declare the others are read here, under names that nobody calls.
 */
#ifndef RINGLET_FAKE_NAMES_H
#define RINGLET_FAKE_NAMES_H

#define guest_pointer    student_guest_pointer
#define guest_window     student_guest_window
#define copy_from_guest  student_copy_from_guest
#define copy_to_guest    student_copy_to_guest
#define fast_trap_update student_fast_trap_update
#include "fast_trap.h"
#include "guest_copy.h"
#undef guest_pointer
#undef guest_window
#undef copy_from_guest
#undef copy_to_guest
#undef fast_trap_update

void *fake_guest_pointer(const struct pv_vcpu *pv, uint32_t address, bool write);
void *fake_guest_window(const struct pv_vcpu *pv, uint32_t address, uint32_t count, bool write);
int32_t fake_copy_from_guest(const struct pv_vcpu *pv, void *to, uint32_t from, uint32_t count);
int32_t fake_copy_to_guest(const struct pv_vcpu *pv, uint32_t to, const void *from, uint32_t count);
void fake_fast_trap_update(struct pv_vcpu *pv);

#define guest_pointer    fake_guest_pointer
#define guest_window     fake_guest_window
#define copy_from_guest  fake_copy_from_guest
#define copy_to_guest    fake_copy_to_guest
#define fast_trap_update fake_fast_trap_update

#endif
