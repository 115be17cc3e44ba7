/*
 * The CPU as a pv kernel sees it (public interface): selectors, traps, callbacks, registers, and the calls about them.
 * Layouts and numbers of Xen's arch-x86/xen.h, arch-x86/xen-x86_32.h, xen.h, callback.h and physdev.h. In assembly only
 * the numbers. Selectors that a guest names are never believed: they are raised to its ring and fault when used.
 */
#ifndef RINGLET_ABI_CPU_H
#define RINGLET_ABI_CPU_H

/* The hypervisor's own page of every GDT. Descriptors below are the guest's, in up to 14 pages. */
#define FIRST_RESERVED_GDT_PAGE  14
#define FIRST_RESERVED_GDT_BYTE  0xe000
#define FIRST_RESERVED_GDT_ENTRY 7168

/* Flat segments that all guests have, up to the hypervisor's area. */
#define SELECTOR_RING1_CODE 0xe019
#define SELECTOR_RING1_DATA 0xe021 /* the kernel's stack, too */
#define SELECTOR_RING3_CODE 0xe02b
#define SELECTOR_RING3_DATA 0xe033

/* trap_info.flags */
#define TRAP_INFO_DPL   3 /* bits: outermost ring that may raise it with INT n */
#define TRAP_INFO_MASKS 4 /* the handler is entered with events masked */

/* callback_op: cmd, types, flags */
#define CALLBACK_OP_REGISTER         0 /* struct callback_register */
#define CALLBACK_OP_UNREGISTER       1 /* struct callback_unregister */
#define CALLBACK_EVENT               0 /* upcall */
#define CALLBACK_FAILSAFE            1 /* the guest's state cannot be restored */
#define CALLBACK_SYSCALL             2 /* 64-bit guests only */
#define CALLBACK_SYSENTER_DEPRECATED 3
#define CALLBACK_NMI                 4
#define CALLBACK_SYSENTER            5 /* from ring 3 */
#define CALLBACK_SYSCALL32           7 /* from ring 3 */
#define CALLBACK_MASK_EVENTS         1 /* flag: entered with events masked */

/* vcpu_guest_context.flags */
#define VGCF_I387_VALID               1  /* fpu_ctxt holds something */
#define VGCF_IN_KERNEL                4  /* starts in ring 1 */
#define VGCF_FAILSAFE_DISABLES_EVENTS 8
#define VGCF_SYSCALL_DISABLES_EVENTS  16
#define VGCF_ONLINE                   32

/* vm_assist: cmd, then types, which are bit numbers of vcpu_guest_context.vm_assist. */
#define VM_ASSIST_ENABLE               0
#define VM_ASSIST_DISABLE              1
#define VM_ASSIST_4GB_SEGMENTS         0
#define VM_ASSIST_4GB_SEGMENTS_NOTIFY  1
#define VM_ASSIST_WRITABLE_PAGETABLES  2
#define VM_ASSIST_PAE_EXTENDED_CR3     3 /* L3 above 4 GiB; CR3 is read as mfn << 12 | mfn >> 20 */
#define VM_ASSIST_ARCHITECTURAL_IOPL   4 /* IOPL in frames and by iret, as without a hypervisor */
#define VM_ASSIST_RUNSTATE_UPDATE_FLAG 5

/* physdev_op: cmd */
#define PHYSDEV_IRQ_STATUS_QUERY 5 /* struct physdev_irq_status_query */
#define PHYSDEV_SET_IOPL         6 /* struct physdev_set_iopl */
#define PHYSDEV_SET_IOBITMAP     7 /* struct physdev_set_iobitmap */
#define PHYSDEV_EOI              12 /* struct physdev_eoi */

#ifndef __ASSEMBLER__
#include <stdint.h>

/* set_trap_table takes an array of these, ended by address 0. */
struct trap_info {
    uint8_t vector;
    uint8_t flags; /* TRAP_INFO_* */
    uint16_t cs;
    uint32_t address; /* of the handler, in cs */
};

struct xen_callback {
    uint32_t cs;
    uint32_t eip;
};

struct callback_register {
    uint16_t type;  /* CALLBACK_EVENT ... */
    uint16_t flags; /* CALLBACK_MASK_EVENTS */
    struct xen_callback address;
};

struct callback_unregister {
    uint16_t type;
    uint16_t _unused;
};

struct cpu_user_regs {
    uint32_t ebx;
    uint32_t ecx;
    uint32_t edx;
    uint32_t esi;
    uint32_t edi;
    uint32_t ebp;
    uint32_t eax;
    uint16_t error_code;   /* the hypervisor's own */
    uint16_t entry_vector; /* the hypervisor's own */
    uint32_t eip;
    uint16_t cs;
    uint8_t saved_upcall_mask; /* bits 16-23 of the CS word in a bounce frame, too */
    uint8_t _pad0;
    uint32_t eflags; /* IF is !saved_upcall_mask */
    uint32_t esp;
    uint16_t ss, _pad1;
    uint16_t es, _pad2;
    uint16_t ds, _pad3;
    uint16_t fs, _pad4;
    uint16_t gs, _pad5;
};

/* What vcpu_op initialise takes: all of a vcpu. */
struct vcpu_guest_context {
    struct {
        uint8_t x[512]; /* as FXSAVE writes it */
    } fpu_ctxt;
    uint32_t flags; /* VGCF_* */
    struct cpu_user_regs user_regs;
    struct trap_info trap_ctxt[256];
    uint32_t ldt_base; /* linear, page-aligned */
    uint32_t ldt_ents; /* 0 .. 8192 descriptors */
    uint32_t gdt_frames[16]; /* machine frames; 14 can be used */
    uint32_t gdt_ents;       /* 0 .. FIRST_RESERVED_GDT_ENTRY descriptors */
    uint32_t kernel_ss; /* the stack for traps from ring 3 */
    uint32_t kernel_sp;
    uint32_t ctrlreg[8];  /* CR0 .. CR7; CR3 as mfn << 12 | mfn >> 20 */
    uint32_t debugreg[8]; /* DR0 .. DR7 */
    uint32_t event_callback_cs;
    uint32_t event_callback_eip;
    uint32_t failsafe_callback_cs;
    uint32_t failsafe_callback_eip;
    uint32_t vm_assist; /* bits 1 << VM_ASSIST_* types */
};

/* multicall takes an array of these. */
struct multicall_entry {
    uint32_t op;     /* HYPERCALL_*, but no multicall */
    uint32_t result; /* written when this entry is done; a signed number */
    uint32_t args[6];
};

struct physdev_eoi {
    uint32_t irq;
};

struct physdev_irq_status_query {
    uint32_t irq;
    uint32_t flags; /* out */
};

struct physdev_set_iopl {
    uint32_t iopl; /* 0 .. 3: the ring from 1 on that may use ports; 1 for the kernel */
};

struct physdev_set_iobitmap {
    uint32_t bitmap; /* guest address; a bit set: that port traps */
    uint32_t nr_ports;
};

_Static_assert(sizeof(struct trap_info) == 8, "Xen's arch-x86/xen.h on i386");
_Static_assert(sizeof(struct callback_register) == 12, "Xen's callback.h on i386");
_Static_assert(sizeof(struct cpu_user_regs) == 68, "Xen's arch-x86/xen-x86_32.h");
_Static_assert(sizeof(struct vcpu_guest_context) == 2800, "Xen's arch-x86/xen.h on i386");
_Static_assert(sizeof(struct multicall_entry) == 32, "Xen's xen.h on i386");
#endif

#endif
