/*
 * The ways in and out that ring-1 guests need (floor 2). All of it but the probe lies in the gate area, which is mapped
 * on both sides of a change of address space.
 *
 *      GATE_TRAP + 4096 ->  | SS ESP EFLAGS CS EIP |   pushed by the CPU
 *                           | error, vector        |   by the stub: here 0 and 0x82
 *                           | EAX ... EDI          |   PUSHA
 *                           | DS ES FS GS          |
 *             frame, ESP -> +----------------------+   struct trap_frame, as entry.S leaves it too
 *
 * A hypercall has a path of its own, because it is what a ring-1 kernel does most: it can only come from a guest
 * (its gate has DPL 1, and ring 0 has no INT 0x82), so nothing is tested, and C is told nothing but where the frame is.
 */
#include "abi_hypercall.h"
#include "layout.h"
#include "ring_numbers.h"

/* Complete the frame; EBX = the frame, ES = DS = ours. The guest's segments are not to be trusted, nor is its DF. */
        .macro  frame_save
        pusha                                      /* EAX ECX EDX EBX ESP EBP ESI EDI, as the guest has them */
        pushl   %ds                                /* the guest's: upper halves mean nothing */
        pushl   %es
        pushl   %fs                                /* FS and GS stay loaded: ring 0 uses neither */
        pushl   %gs                                /* the lowest address: the frame begins here */
        cld                                        /* the C calling convention wants DF clear */
        movl    $SELECTOR_DATA, %eax               /* flat, ring 0: SS is already, from the TSS */
        movl    %eax, %ds
        movl    %eax, %es                          /* string instructions write there */
        movl    %esp, %ebx                         /* survives calls */
        xorl    %ebp, %ebp                         /* backtraces end here */
        .endm

/* Take the frame at ESP apart again. What can fault here is told in failsafe.c. */
        .macro  frame_restore
        popl    %gs                                /* #GP, #NP here: the descriptor may be gone by now */
        popl    %fs
        popl    %es
        popl    %ds                                /* the guest's again: from here on only the stack is ours */
        popa                                       /* cannot fault: the trap page is mapped */
        addl    $8, %esp                           /* vector and error code */
        iret                                       /* to ring 1 or 3; loads CS and SS, so it may fault, too */
        .endm

/* From the guest's address space to ours: everything is mapped in it, and the trap page at the same address. */
        .macro  space_enter
        movl    $(hypervisor_l3 - DIRECT_BASE), %eax /* a physical address; EAX has been saved */
        movl    %eax, %cr3                         /* forgets all of the guest's TLB entries, too */
        .endm

/* And back: from here on only the gate area is there. The variable is settled by isolation_enter(). */
        .macro  space_leave
        movl    isolation_exit_cr3, %eax           /* the last access to memory outside the gate area */
        movl    %eax, %cr3                         /* EAX is restored by POPA */
        .endm

        .section .gate.text, "ax"

        /* Segments mode: the hypervisor is mapped all the time, so this is all there is to it. */
        .globl  ring_hypercall_in
        .balign 16
ring_hypercall_in:
        pushl   $0                                 /* no error code */
        pushl   $HYPERCALL_VECTOR
        frame_save
        movl    $stack_top, %esp                   /* a guest was running, so our stack is empty */
        movl    %ebx, %eax                         /* first argument: C here is compiled with -mregparm=3 */
        call    ring_hypercall
        movl    %ebx, %esp                         /* all frames lie there, whoever is next */
        frame_restore

        /* Paging mode: the same with a change of address space at either end. */
        .globl  ring_paged_hypercall_in
        .balign 16
ring_paged_hypercall_in:
        pushl   $0
        pushl   $HYPERCALL_VECTOR
        frame_save
        space_enter                                /* before the stack is touched: it is not mapped in the guest's */
        movl    $stack_top, %esp
        movl    %ebx, %eax                         /* the frame */
        call    ring_hypercall
        movl    %ebx, %esp                         /* the trap page: mapped in both spaces */
        .globl  ring_paged_out
ring_paged_out:                                    /* entry_resume comes here too, with ESP at the frame */
        space_leave
        frame_restore

        /*
         * Paging mode, all other traps. A bare guest's end here too: its tables have the hypervisor in them, so the
         * change is of no use, and does no harm. Back into ring 0 goes to the very tables it came with: what was
         * interrupted can be the idle loop, the first instruction of a stub, or a way out.
         */
        .globl  ring_paged_in
        .balign 16
ring_paged_in:
        frame_save
        movl    %cr3, %esi                         /* survives calls; of use only to the return into ring 0 */
        space_enter
        movl    FRAME_EFLAGS(%ebx), %eax
        movb    FRAME_CS(%ebx), %al                /* VM with the RPL: in virtual-8086 mode CS has no RPL */
        testl   $(EFLAGS_VM_BIT | 3), %eax
        jz      1f                                 /* RPL 0 and no VM: it was ring 0 */
        movl    $stack_top, %esp                   /* from a guest: our stack is empty */
        movl    %ebx, %eax
        call    trap_dispatch                      /* may also go out another way, and never return */
        movl    %ebx, %esp
        jmp     ring_paged_out                     /* to whichever guest is next */
1:      movl    %ebx, %eax                         /* from ring 0: stay on this stack */
        call    trap_dispatch                      /* an interrupt of the idle loop, or an edge that is settled */
        movl    %esi, %cr3                         /* an NMI can come behind space_leave: no guest runs on our tables */
        movl    %ebx, %esp
        frame_restore

        /* Not in the gate area: it runs at boot only. Arguments in EAX and EDX. */
        .text
        .globl  ring_probe, ring_probe_load, ring_probe_done
ring_probe:
        movl    %eax, %fs                          /* the segment made for it: a descriptor is read now */
ring_probe_load:
        movb    %fs:(%edx), %al                    /* #GP here, where limits are enforced */
ring_probe_done:
        xorl    %eax, %eax
        movl    %eax, %fs                          /* null, as before */
        ret

        .section .note.GNU-stack, "", @progbits
