/* What the domain builder reads (notes), what it enters (start), and what it fills in (the hypercall page). */
#include "abi_start.h"

/* One note: sizes, type, the owner's name, then the descriptor (abi.md 1.1). */
        .macro  NOTE type, description:vararg
        .align  4
        .long   4, 2f - 1f, \type       /* namesz, descsz, type */
        .asciz  "Xen"                   /* 4 bytes with its NUL */
1:      \description
2:      .align  4                       /* padding does not count in descsz */
        .endm

        .section .note.Xen, "a", @note
        NOTE    XEN_NOTE_ENTRY, .long start
        NOTE    XEN_NOTE_HYPERCALL_PAGE, .long hypercall_page
        NOTE    XEN_NOTE_VIRT_BASE, .long 0     /* page 0 of our memory is at address 0 */
        NOTE    XEN_NOTE_PADDR_OFFSET, .long 0  /* p_paddr = p_vaddr: nothing to subtract */
        NOTE    XEN_NOTE_XEN_VERSION, .asciz "xen-3.0"
        NOTE    XEN_NOTE_GUEST_OS, .asciz "one-purpose kernel"
        NOTE    XEN_NOTE_LOADER, .asciz "generic"       /* refused without it */
        NOTE    XEN_NOTE_PAE_MODE, .asciz "yes"
        NOTE    XEN_NOTE_FEATURES, .asciz "!writable_page_tables|pae_pgdir_above_4gb"

        .text
        .global start
start:                                  /* ESI -> start_info; ring 1, flat segments, upcalls masked */
        cld                             /* the ABI of C wants DF clear */
        mov     $stack_top, %esp        /* the builder's boot stack has one page: too few for tests */
        xor     %ebp, %ebp              /* the last frame of a backtrace */
        push    %esi                    /* argument: struct start_info * */
        call    pv_main                 /* never returns */
        ud2                             /* no trap table would make this the end as well */

/* Filled in by the builder with a stub for each number. Until then, and forever where none does: ret, so that a call
   comes back without an effect instead of running into whatever follows. */
        .align  4096
        .global hypercall_page
hypercall_page:
        .fill   4096, 1, 0xC3

        .bss                            /* not in the file: the builder clears it */
        .align  4096
        .skip   16384                   /* the main flow's; traps from ring 1 go on here, too */
        .global stack_top
stack_top:
        .global trap_stack_top
        .skip   8192                    /* traps from ring 3 start at its top: see stack_switch in test.c */
trap_stack_top:

        .section .note.GNU-stack, "", @progbits
