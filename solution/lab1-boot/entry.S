/*
 * Entry and exit (floor 1): the only way into the hypervisor and the only way back. This code is linked into the gate
 * area, so that it stays mapped whatever address space is loaded. Called by the CPU through the IDT.
 *
 * From a guest the CPU switches to TSS.esp0, the top of the trap page, so the registers land in the vcpu's own frame:
 *
 *      GATE_TRAP + 4096 ->  | SS          |
 *                           | ESP         |
 *                           | EFLAGS      |   pushed by the CPU
 *                           | CS          |
 *                           | EIP         |
 *                           | error code  |   by the CPU, or 0 by the stub
 *                           | vector      |   by the stub
 *                           | EAX ... EDI |   PUSHA
 *                           | DS ES FS GS |
 *             frame, ESP -> +-------------+   struct trap_frame
 *
 * From ring 0 (the idle loop's interrupt, or a bug) there is no stack switch and no SS:ESP; the frame lies on the
 * hypervisor's own stack.
 */
#include "exercise.h"
#include "layout.h"

#define FRAME_SIZE 76                              /* sizeof(struct trap_frame), asserted in trap.c */
#define FRAME_CS   60                              /* offsetof(struct trap_frame, cs), asserted too */
#define FRAME_EFLAGS 64
#define EFLAGS_VM  0x20000                         /* virtual-8086 mode */
#define GUEST_FRAME (GATE_TRAP + PAGE_SIZE - FRAME_SIZE)

        /* Linked to GATE_TEXT by ringlet.ld: mapped in every address space, ring 0 and read-only (paging.c). */
        .section .gate.text, "ax"

        /*
         * All 256 stubs, 16 bytes each (ENTRY_STUB_SIZE), so that idt_fill() finds them by multiplying. The CPU does
         * not tell a handler which vector it came by: the stub does. Vectors 8, 10-14 and 17 come with an error code
         * (SDM vol. 3 table 6-1); the others get a 0, so that one frame fits all.
         */
        .globl  entry_stubs
        .balign 16
entry_stubs:
        .set    vector, 0
        .rept   256
        .balign 16
        .if     (vector == 17) || ((vector >= 8) && (vector <= 14) && (vector != 9))
        .else
        pushl   $0                                 /* keep the frame the same shape */
        .endif
        pushl   $vector                            /* a whole word, as all of the frame's */
        jmp     *%cs:GATE_PATHS                    /* to entry_common, unless a floor above has a longer way in */
        .set    vector, vector + 1
        .endr

        /*
         * Exercise 1.2: from here to IRET. The stub has pushed error code and vector; all registers are the guest's.
         *  1. Complete the picture at the top: PUSHA, then DS, ES, FS, GS, as struct trap_frame (trap.h) has them.
         *  2. Clear DF, which C relies on. SELECTOR_DATA into DS and ES: nothing the guest loaded is to be trusted.
         *  3. Keep the frame's address in EBX, ESI or EDI, which C functions preserve. EBP = 0: backtraces end here.
         *  4. From a guest, go on at stack_top; from ring 0, stay on this stack: C was interrupted on it and goes on
         *     there. The frame knows. From a guest: VM is set in EFLAGS (FRAME_EFLAGS, EFLAGS_VM), for then CS is no
         *     selector; or the low two bits of CS (FRAME_CS), its ring, are not 0.
         *  5. Call trap_dispatch; with -mregparm=3 its argument, the frame's address, goes in EAX.
         *  6. ESP = the frame again. Whoever runs next, his trap page is mapped there by now.
         *  7. entry_restore: undo step 1 backwards, drop vector and error code, IRET. entry_resume below enters here,
         *     so move this label to where it belongs. (SDM vol. 3 section 6.12.1; vol. 2, PUSHA and IRET)
         */
        .globl  entry_common
entry_common:
#ifdef SOLUTION
        pusha                                      /* EAX ECX EDX EBX ESP EBP ESI EDI */
        pushl   %ds
        pushl   %es
        pushl   %fs
        pushl   %gs
        cld                                        /* the C calling convention wants DF clear */
        movl    $SELECTOR_DATA, %eax
        movl    %eax, %ds                          /* the guest's data segments are not to be trusted */
        movl    %eax, %es
        movl    %esp, %ebx                         /* the frame; EBX survives the call */
        xorl    %ebp, %ebp                         /* backtraces end here */
        movl    FRAME_EFLAGS(%ebx), %eax
        movb    FRAME_CS(%ebx), %al                /* VM with the RPL: in virtual-8086 mode CS has no RPL */
        testl   $(EFLAGS_VM | 3), %eax
        jz      1f                                 /* from ring 0: stay on this stack */
        movl    $stack_top, %esp                   /* from a guest: the hypervisor's stack is empty */
1:      movl    %ebx, %eax                         /* first argument: C here is compiled with -mregparm=3 */
        call    trap_dispatch
        movl    %ebx, %esp                         /* guest frames all lie at GUEST_FRAME, whoever is next */
        .globl  entry_restore
entry_restore:
        popl    %gs
        popl    %fs
        popl    %es
        popl    %ds
        popa
        addl    $8, %esp                           /* vector and error code */
        iret
#else
        .globl  entry_restore
entry_restore:
        EXERCISE("1.2")
#endif

        /* First entry into a guest after boot: there is no call to return from, so the frame's place is loaded. */
        .globl  entry_resume
entry_resume:
        movl    $GUEST_FRAME, %esp                 /* struct trap_frame, at the end of the current trap page */
        jmp     *%cs:GATE_PATHS + 4                /* to entry_restore, or to the way out that belongs to the way in */

        /* Leave whatever ring 0 was in the middle of, and go to a guest from an empty stack. */
        .globl  entry_restart
entry_restart:
        movl    $stack_top, %esp                   /* the old one may be a trap page that is about to be replaced */
        xorl    %ebp, %ebp                         /* backtraces end here */
        jmp     trap_restart

        /*
         * The hypervisor's one stack, empty whenever a guest runs. The page below it is unmapped (paging.c), so
         * running over is a double fault, and that one has a stack of its own (tables.c).
         *
         *      stack_guard: | not mapped | STACK_PAGES * 4 KiB, downward | :stack_top
         */
        .section .stack, "aw", @nobits
        .globl  stack_guard, stack_top
        .balign PAGE_SIZE
stack_guard:                                       /* lowest address */
        .skip   PAGE_SIZE
        .skip   STACK_PAGES * PAGE_SIZE            /* no recursion anywhere: the depth is bounded */
stack_top:                                         /* first address behind it: PUSH counts down before it writes */

        .section .note.GNU-stack, "", @progbits
