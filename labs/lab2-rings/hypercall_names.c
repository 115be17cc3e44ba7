/*
 * The names of the hypercalls (floor 2), for the log alone: who reads "belongs to a higher floor" shall not have to
 * look up a number. Numbers and names: Xen public header xen.h; numbers from 48 on are an architecture's own and have
 * none.
 */
#include <stddef.h>
#include "abi_hypercall.h"
#include "hypercall.h"

/* In order of their numbers; test_hypercall.c compares each with abi_hypercall.h. 11 is no call. */
static const char *const names[HYPERCALLS_MAX] = {
    "set_trap_table", "mmu_update", "set_gdt", "stack_switch", "set_callbacks", "fpu_taskswitch", "sched_op_compat",
    "platform_op", "set_debugreg", "get_debugreg", "update_descriptor", "11", "memory_op", "multicall",
    "update_va_mapping", "set_timer_op", "event_channel_op_compat", "xen_version", "console_io",
    "physdev_op_compat", "grant_table_op", "vm_assist", "update_va_mapping_otherdomain", "iret", "vcpu_op",
    "set_segment_base", "mmuext_op", "xsm_op", "nmi_op", "sched_op", "callback_op", "xenoprof_op",
    "event_channel_op", "physdev_op", "hvm_op", "sysctl", "domctl", "kexec_op", "tmem_op", "argo_op", "xenpmu_op",
    "dm_op", "hypfs_op",
};

const char *hypercall_name(uint32_t number)
{
    return number < HYPERCALLS_MAX && names[number] != NULL ? names[number] : "?";
}
