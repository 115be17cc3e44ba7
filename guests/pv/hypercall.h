/* One inline function for each hypercall of floor 2 (and the few of floor 3 that test kernels ask for): number in EAX,
   arguments in EBX, ECX, EDX, ESI, EDI, EBP, the result in EAX (abi.md 1.7). All go through the hypercall page, so a
   kernel is independent of how the hypervisor is entered. Results are 0 or more, or a negated error of errors.h.
   "memory" stands everywhere: the hypervisor reads and writes what arguments point to. */
#ifndef PV_HYPERCALL_H
#define PV_HYPERCALL_H

#include <stdint.h>

#include "abi_console.h"
#include "abi_cpu.h"
#include "abi_hypercall.h"
#include "abi_memory.h"
#include "abi_sched.h"
#include "abi_shared.h"
#include "abi_start.h"
#include "abi_version.h"
#include "errors.h"


extern char hypercall_page[4096];

/* Argument registers are inputs and outputs: a debugging Xen destroys them. EBP stays the frame pointer; calls with a
   sixth argument go through hypercall_raw. `number` must be a constant: it becomes part of the call instruction. */
static inline __attribute__((always_inline)) int32_t hypercall_call(const uint32_t number, uint32_t a, uint32_t b,
                                                                    uint32_t c, uint32_t d, uint32_t e)
{
    int32_t result;

    __asm__ volatile("call hypercall_page + %c[offset]"
                     : "=a"(result), "+b"(a), "+c"(b), "+d"(c), "+S"(d), "+D"(e)
                     : [offset] "i"(number * HYPERCALL_STUB_SIZE) : "memory", "cc");
    return result;
}

/* All registers as the hypervisor gets and leaves them, and any number: `int 0x82` itself (traps.S). */
struct hypercall_registers {
    uint32_t eax, ebx, ecx, edx, esi, edi, ebp; /* number, six arguments */
};
void hypercall_raw(struct hypercall_registers *registers);

/* list: up to an entry with eip 0; NULL forgets all handlers. */
static inline int32_t hypercall_set_trap_table(const struct trap_info *list)
{
    return hypercall_call(HYPERCALL_SET_TRAP_TABLE, (uint32_t)list, 0, 0, 0, 0);
}

/* frames: machine frames with 512 descriptors each; entries: descriptors in all, 0 takes the table away. */
static inline int32_t hypercall_set_gdt(const uint32_t *frames, uint32_t entries)
{
    return hypercall_call(HYPERCALL_SET_GDT, (uint32_t)frames, entries, 0, 0, 0);
}

/* Where traps from ring 3 find their stack. */
static inline int32_t hypercall_stack_switch(uint32_t ss, uint32_t esp)
{
    return hypercall_call(HYPERCALL_STACK_SWITCH, ss, esp, 0, 0, 0);
}

/* event: upcalls; failsafe: a context that cannot be gone back to. A CS of 0: none. */
static inline int32_t hypercall_set_callbacks(uint32_t event_cs, uint32_t event_eip, uint32_t failsafe_cs,
                                              uint32_t failsafe_eip)
{
    return hypercall_call(HYPERCALL_SET_CALLBACKS, event_cs, event_eip, failsafe_cs, failsafe_eip, 0);
}

/* set: the next FPU instruction is #NM; 0: no more. */
static inline int32_t hypercall_fpu_taskswitch(uint32_t set)
{
    return hypercall_call(HYPERCALL_FPU_TASKSWITCH, set, 0, 0, 0, 0);
}

/* number: 0 to 3 addresses, 6 status, 7 control. */
static inline int32_t hypercall_set_debugreg(uint32_t number, uint32_t value)
{
    return hypercall_call(HYPERCALL_SET_DEBUGREG, number, value, 0, 0, 0);
}

/* The value itself, so an address above 2 GiB looks negative. */
static inline int32_t hypercall_get_debugreg(uint32_t number)
{
    return hypercall_call(HYPERCALL_GET_DEBUGREG, number, 0, 0, 0, 0);
}

/* address: machine address of the descriptor, a multiple of 8. */
static inline int32_t hypercall_update_descriptor(uint64_t address, uint64_t descriptor)
{
    return hypercall_call(HYPERCALL_UPDATE_DESCRIPTOR, (uint32_t)address, (uint32_t)(address >> 32),
                          (uint32_t)descriptor, (uint32_t)(descriptor >> 32), 0);
}

/* Results stand in the entries; the call's own says whether the list could be read. */
static inline int32_t hypercall_multicall(struct multicall_entry *list, uint32_t count)
{
    return hypercall_call(HYPERCALL_MULTICALL, (uint32_t)list, count, 0, 0, 0);
}

/* entry: a whole page-table entry, with a machine frame; flags: UVMF_*. */
static inline int32_t hypercall_update_va_mapping(uint32_t address, uint64_t entry, uint32_t flags)
{
    return hypercall_call(HYPERCALL_UPDATE_VA_MAPPING, address, (uint32_t)entry, (uint32_t)(entry >> 32), flags, 0);
}

/* command: XENVER_*; buffer: its structure, or NULL where it has none. */
static inline int32_t hypercall_xen_version(uint32_t command, void *buffer)
{
    return hypercall_call(HYPERCALL_XEN_VERSION, command, (uint32_t)buffer, 0, 0, 0);
}

/* CONSOLE_WRITE: 0 when all was taken; CONSOLE_READ: how many bytes there were. */
static inline int32_t hypercall_console_io(uint32_t command, uint32_t count, const void *buffer)
{
    return hypercall_call(HYPERCALL_CONSOLE_IO, command, count, (uint32_t)buffer, 0, 0);
}

/* VM_ASSIST_ENABLE or VM_ASSIST_DISABLE, and which. */
static inline int32_t hypercall_vm_assist(uint32_t command, uint32_t type)
{
    return hypercall_call(HYPERCALL_VM_ASSIST, command, type, 0, 0, 0);
}

/* How many were done is not asked for: tests give one operation at a time. */
static inline int32_t hypercall_mmuext_op(const struct mmuext_op *list, uint32_t count)
{
    return hypercall_call(HYPERCALL_MMUEXT_OP, (uint32_t)list, count, 0, DOMID_SELF, 0);
}

/* The same for entries of page tables, by the machine address of each; `done` may be NULL. */
static inline int32_t hypercall_mmu_update(const struct mmu_update *list, uint32_t count, uint32_t *done)
{
    return hypercall_call(HYPERCALL_MMU_UPDATE, (uint32_t)list, count, (uint32_t)done, DOMID_SELF, 0);
}

/* MEMORY_*, and its structure. */
static inline int32_t hypercall_memory_op(uint32_t command, void *argument)
{
    return hypercall_call(HYPERCALL_MEMORY_OP, command, (uint32_t)argument, 0, 0, 0);
}

/* SCHED_*, and its structure, or NULL where it has none. */
static inline int32_t hypercall_sched_op(uint32_t command, const void *argument)
{
    return hypercall_call(HYPERCALL_SCHED_OP, command, (uint32_t)argument, 0, 0, 0);
}

/* CALLBACK_OP_*, and struct callback_register or callback_unregister. */
static inline int32_t hypercall_callback_op(uint32_t command, const void *argument)
{
    return hypercall_call(HYPERCALL_CALLBACK_OP, command, (uint32_t)argument, 0, 0, 0);
}

/* PHYSDEV_*, and its structure. */
static inline int32_t hypercall_physdev_op(uint32_t command, const void *argument)
{
    return hypercall_call(HYPERCALL_PHYSDEV_OP, command, (uint32_t)argument, 0, 0, 0);
}

#endif
