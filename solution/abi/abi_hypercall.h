/*
 * Hypercalls (public interface): their numbers, and what every call shares. Included by the hypervisor and by the
 * guests' library, in C and in assembly; the two have nothing else in common. Numbers are those of Xen's xen.h (i386
 * PAE), so that kernels nobody here wrote run unmodified; grader/abi compares each of them with Xen's headers.
 *
 * EAX = number, EBX ECX EDX ESI EDI EBP = arguments; int HYPERCALL_VECTOR; EAX = result, a negated number of errors.h
 * when something is wrong. All other registers keep their values. Which floor offers a call: its HYPERCALL() line.
 */
#ifndef RINGLET_ABI_HYPERCALL_H
#define RINGLET_ABI_HYPERCALL_H

#define HYPERCALL_VECTOR 0x82 /* a gate for rings 0 and 1; ring 3 gets #GP */

#define HYPERCALL_SET_TRAP_TABLE              0
#define HYPERCALL_MMU_UPDATE                  1
#define HYPERCALL_SET_GDT                     2
#define HYPERCALL_STACK_SWITCH                3
#define HYPERCALL_SET_CALLBACKS               4
#define HYPERCALL_FPU_TASKSWITCH              5
#define HYPERCALL_SCHED_OP_COMPAT             6
#define HYPERCALL_PLATFORM_OP                 7
#define HYPERCALL_SET_DEBUGREG                8
#define HYPERCALL_GET_DEBUGREG                9
#define HYPERCALL_UPDATE_DESCRIPTOR           10
#define HYPERCALL_MEMORY_OP                   12
#define HYPERCALL_MULTICALL                   13
#define HYPERCALL_UPDATE_VA_MAPPING           14
#define HYPERCALL_SET_TIMER_OP                15
#define HYPERCALL_EVENT_CHANNEL_OP_COMPAT     16
#define HYPERCALL_XEN_VERSION                 17
#define HYPERCALL_CONSOLE_IO                  18
#define HYPERCALL_PHYSDEV_OP_COMPAT           19
#define HYPERCALL_GRANT_TABLE_OP              20
#define HYPERCALL_VM_ASSIST                   21
#define HYPERCALL_UPDATE_VA_MAPPING_OTHERDOMAIN 22
#define HYPERCALL_IRET                        23 /* does not return: EAX comes from the frame */
#define HYPERCALL_VCPU_OP                     24
#define HYPERCALL_SET_SEGMENT_BASE            25 /* 64-bit guests only */
#define HYPERCALL_MMUEXT_OP                   26
#define HYPERCALL_XSM_OP                      27
#define HYPERCALL_NMI_OP                      28
#define HYPERCALL_SCHED_OP                    29
#define HYPERCALL_CALLBACK_OP                 30
#define HYPERCALL_XENOPROF_OP                 31
#define HYPERCALL_EVENT_CHANNEL_OP            32
#define HYPERCALL_PHYSDEV_OP                  33
#define HYPERCALL_HVM_OP                      34
#define HYPERCALL_SYSCTL                      35
#define HYPERCALL_DOMCTL                      36
#define HYPERCALL_KEXEC_OP                    37
#define HYPERCALL_TMEM_OP                     38
#define HYPERCALL_ARGO_OP                     39
#define HYPERCALL_XENPMU_OP                   40
#define HYPERCALL_DM_OP                       41
#define HYPERCALL_HYPFS_OP                    42

/* The page a kernel asks for with XEN_NOTE_HYPERCALL_PAGE: a stub of this many bytes for each number. */
#define HYPERCALL_STUB_SIZE 32

/* Domain ids: ordinary ones are below DOMID_FIRST_RESERVED; the others stand in for one where a call takes an id. */
#define DOMID_FIRST_RESERVED 0x7ff0
#define DOMID_SELF           0x7ff0 /* the caller */
#define DOMID_IO             0x7ff1 /* owner of device memory */
#define DOMID_XEN            0x7ff2 /* owner of the hypervisor's frames */
#define DOMID_INVALID        0x7ff4 /* owner nobody knows */

/* From here on up the address space is the hypervisor's: pointers in hypercalls end below it. */
#define HYPERVISOR_VIRT_START 0xf5800000
/* The machine-to-physical table: a uint32_t for each frame of the machine. Guests read it, and read nothing above. */
#define MACH2PHYS_VIRT_START  0xf5800000
#define MACH2PHYS_VIRT_END    0xf6800000

#ifndef __ASSEMBLER__
#include <stdint.h>

/*
 * 64 bits on a boundary of four bytes, as i386 lays them out; with it a structure is the same on a 64-bit host.
 * Guest addresses are uint32_t everywhere: they are numbers here, and only the checked copies turn them into pointers.
 */
typedef uint64_t abi_u64 __attribute__((aligned(4)));
#endif

#endif
