/* The 256 entry stubs, the common entry and exit, and the two halves of a caught exception. */

        .set    KERNEL_DATA, 0x10       /* SELECTOR_KERNEL_DATA of segments.h */

        .text
/* Each stub makes the stack look alike:  ..., eflags, cs, eip, error, vector  and goes on to trap_entry. */
        .align  16
        .global trap_stubs
trap_stubs:                             /* stub of vector n: trap_stubs + 16 n */
        .set    vector, 0
        .rept   256                     /* one for each vector an IDT can have */
        .align  16                      /* STUB_SIZE in traps.c */
        /* the processor pushes an error code itself for these (SDM vol. 3, table 6-1) */
        .if     vector != 8 && (vector < 10 || vector > 14) && vector != 17 /* 8, 10 to 14 and 17 come with one */
        push    $0                      /* stands for the error code */
        .endif
        push    $vector                 /* 2 bytes up to 127, 5 above: stubs differ in length, hence the .align */
        jmp     trap_entry              /* all registers still untouched */
        .set    vector, vector + 1
        .endr

/* Stack on the way down: vector, then pusha's eight, then ds, es, fs, gs = struct trap_frame. */
trap_entry:                             /* IF 0: every gate is an interrupt gate */
        pusha                           /* eax first, edi last: ESP as it was before is among them */
        push    %ds                     /* read back by pop %ds below */
        push    %es                     /* each a dword, the selector in its low half */
        push    %fs
        push    %gs
        mov     $KERNEL_DATA, %eax      /* EAX is free: saved by pusha */
        mov     %eax, %ds               /* ring 3 may have left anything there */
        mov     %eax, %es               /* string instructions of C code use it */
        cld                             /* the interrupted code may have been in a std */
        push    %esp                    /* argument: the frame */
        call    trap_dispatch
        mov     %eax, %esp              /* the frame to resume: switching threads is no more than this */
        pop     %gs                     /* may fault only if a handler put a bad selector there */
        pop     %fs
        pop     %es
        pop     %ds
        popa                            /* drops the saved ESP: iret has the right one */
        add     $8, %esp                /* vector and error */
        iret                            /* same ring: eip, cs, eflags; to ring 3: esp and ss as well */

/* int catch_call(void (*operation)(void), uint32_t *place): 0 when operation returned, 1 when catch_resume(place)
   cut it short. place = { esp }; the callee-saved registers wait on the stack above it. */
        .global catch_call
catch_call:
        push    %ebp                    /* the four that C expects to find again */
        push    %ebx
        push    %esi
        push    %edi
        mov     20(%esp), %eax          /* operation: above four registers and the return address */
        mov     24(%esp), %edx          /* place */
        mov     %esp, (%edx)            /* from here on catch_resume may come back to this stack */
        call    *%eax                   /* may never return */
        xor     %eax, %eax              /* it did */
catch_leave:
        pop     %edi
        pop     %esi
        pop     %ebx
        pop     %ebp
        ret                             /* to the caller of catch_call, by either way */

        .global catch_resume
catch_resume:
        mov     4(%esp), %edx           /* place; the stack it is read from is given up next */
        mov     (%edx), %esp            /* all that operation and handler pushed is gone */
        mov     $1, %eax                /* catch_call's second answer */
        jmp     catch_leave             /* registers come from the stack just restored */

        .section .note.GNU-stack, "", @progbits
