/* The 256 entry stubs, the common entry and exit, and the two halves of a caught exception. */

        .set    KERNEL_DATA, 0x10

        .text
/* Each stub makes the stack look alike:  ..., eflags, cs, eip, error, vector  and goes on to trap_entry. */
        .align  16
        .global trap_stubs
trap_stubs:
        .set    vector, 0
        .rept   256
        .align  16
        /* the processor pushes an error code itself for these (SDM vol. 3, table 6-1) */
        .if     vector != 8 && (vector < 10 || vector > 14) && vector != 17
        push    $0
        .endif
        push    $vector
        jmp     trap_entry
        .set    vector, vector + 1
        .endr

/* Stack on the way down: vector, then pusha's eight, then ds, es, fs, gs = struct trap_frame. */
trap_entry:
        pusha
        push    %ds
        push    %es
        push    %fs
        push    %gs
        mov     $KERNEL_DATA, %eax
        mov     %eax, %ds               /* ring 3 may have left anything there */
        mov     %eax, %es
        cld
        push    %esp                    /* argument: the frame */
        call    trap_dispatch
        mov     %eax, %esp              /* the frame to resume: switching threads is no more than this */
        pop     %gs
        pop     %fs
        pop     %es
        pop     %ds
        popa
        add     $8, %esp                /* vector and error */
        iret

/* int catch_call(void (*operation)(void), uint32_t *place): 0 when operation returned, 1 when catch_resume(place)
   cut it short. place = { esp }; the callee-saved registers wait on the stack above it. */
        .global catch_call
catch_call:
        push    %ebp
        push    %ebx
        push    %esi
        push    %edi
        mov     20(%esp), %eax
        mov     24(%esp), %edx
        mov     %esp, (%edx)
        call    *%eax
        xor     %eax, %eax
catch_leave:
        pop     %edi
        pop     %esi
        pop     %ebx
        pop     %ebp
        ret

        .global catch_resume
catch_resume:
        mov     4(%esp), %edx
        mov     (%edx), %esp
        mov     $1, %eax
        jmp     catch_leave

        .section .note.GNU-stack, "", @progbits
