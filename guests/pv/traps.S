/* 256 entry stubs, the common way in and the way out through the iret hypercall, the two halves of a caught exception,
   and a hypercall with all registers chosen. */
#include "abi_cpu.h"
#include "abi_hypercall.h"

        .text
/* A stub makes all bounce frames alike:   [ss esp] eflags cs eip error vector   and goes on to trap_entry. */
        .align  16
        .global trap_stubs
trap_stubs:                             /* stub of vector n: trap_stubs + 16 n */
        .set    vector, 0
        .rept   256                     /* one for each vector a trap table can have */
        .align  16                      /* STUB_SIZE in traps.c */
        .if     vector != 8 && (vector < 10 || vector > 14) && vector != 17
        push    $0                      /* in place of the error code that this vector has not */
        .endif
        push    $vector                 /* 2 bytes up to 127, 5 above: hence the .align */
        jmp     trap_entry              /* registers still untouched */
        .set    vector, vector + 1
        .endr

        .global failsafe_entry
failsafe_entry:                         /* bounce frame with DS ES FS GS below EIP; all four are null now */
        add     $16, %esp               /* what they were does not matter: nobody goes back there */
        push    $0                      /* no error code */
        push    $257                    /* VECTOR_FAILSAFE */
        jmp     trap_entry

        .global event_entry
event_entry:                            /* event callback: a bounce frame without error code */
        push    $0                      /* as the stubs do */
        push    $256                    /* VECTOR_EVENT; goes on into trap_entry */

/* Stack on the way down: vector, pusha's eight, ds es fs gs = struct trap_frame. From ring 3 this is the stack that
   stack_switch named, from ring 1 the interrupted one. */
trap_entry:
        pusha                           /* eax first, edi last */
        push    %ds                     /* a bounce leaves the four as they were */
        push    %es
        push    %fs
        push    %gs
        mov     $SELECTOR_RING1_DATA, %eax      /* EAX is saved; a program may have left anything in DS */
        mov     %eax, %ds
        mov     %eax, %es               /* string instructions of C code use it */
        cld                             /* DF is left as interrupted, too */
        push    %esp                    /* argument: the frame */
        call    trap_dispatch
        mov     %eax, %esp              /* the frame to resume */
        pop     %gs                     /* faults only if a handler put a bad selector there */
        pop     %fs
        pop     %es
        pop     %ds
        popa                            /* all registers as interrupted; ESP is the hypercall's business */
        add     $8, %esp                /* vector and error */
        jmp     hypercall_page + HYPERCALL_IRET * HYPERCALL_STUB_SIZE    /* pushes EAX; the mask is made from IF */

/* void events_set_mask(bool masked): to ourselves, with IF chosen. */
        .global events_set_mask
events_set_mask:
        pushf                           /* EFLAGS of the frame; the real IF is always set */
        testl   $1, 8(%esp)             /* masked */
        jz      1f
        andl    $~0x200, (%esp)         /* IF clear: masked */
1:      push    $SELECTOR_RING1_CODE    /* same ring: no ESP and SS in the frame */
        push    $2f                     /* EIP */
        jmp     hypercall_page + HYPERCALL_IRET * HYPERCALL_STUB_SIZE    /* a jump: this slot does not return */
2:      ret

/* int catch_call(void (*operation)(void), uint32_t *place): 0 when operation returned, 1 when catch_resume(place)
   cut it short. place = { esp }; flags and callee-saved registers wait on the stack above it. */
        .global catch_call
catch_call:
        push    %ebp                    /* the four that C expects to find again */
        push    %ebx
        push    %esi
        push    %edi
        pushf                           /* an operation may have set NT, AC or DF */
        mov     24(%esp), %eax          /* operation */
        mov     28(%esp), %edx          /* place */
        mov     %esp, (%edx)            /* from here on catch_resume may come back to this stack */
        call    *%eax
        xor     %eax, %eax              /* it did return */
catch_leave:
        popf
        pop     %edi
        pop     %esi
        pop     %ebx
        pop     %ebp
        ret                             /* to the caller of catch_call, by either way */

        .global catch_resume
catch_resume:
        mov     4(%esp), %edx           /* place; the stack it is read from is given up next */
        mov     $SELECTOR_RING1_DATA, %eax
        mov     %eax, %ss               /* an operation may have loaded another one */
        mov     (%edx), %esp            /* all that operation and handler pushed is gone */
        mov     $1, %eax                /* catch_call's second answer */
        jmp     catch_leave

/* void hypercall_raw(struct hypercall_registers *registers): eax ebx ecx edx esi edi ebp, in and out. */
        .global hypercall_raw
hypercall_raw:
        push    %ebp                    /* all but EAX, ECX and EDX belong to the caller */
        push    %ebx
        push    %esi
        push    %edi
        mov     20(%esp), %eax          /* registers */
        mov     4(%eax), %ebx
        mov     8(%eax), %ecx
        mov     12(%eax), %edx
        mov     16(%eax), %esi
        mov     20(%eax), %edi
        mov     24(%eax), %ebp
        mov     (%eax), %eax            /* last: it was the pointer */
        int     $HYPERCALL_VECTOR       /* not through the page, whose slots name the number */
        push    %eax                    /* result, until there is a register for the pointer */
        mov     24(%esp), %eax
        mov     %ebx, 4(%eax)
        mov     %ecx, 8(%eax)
        mov     %edx, 12(%eax)
        mov     %esi, 16(%eax)
        mov     %edi, 20(%eax)
        mov     %ebp, 24(%eax)
        popl    (%eax)                  /* the result */
        pop     %edi
        pop     %esi
        pop     %ebx
        pop     %ebp
        ret

        .section .note.GNU-stack, "", @progbits
