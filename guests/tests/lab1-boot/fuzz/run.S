/* Into a round and out of it. */

        .text
/* void round_enter(struct trap_frame *frame, uint32_t *place): leaves through iret, and returns when something calls
   catch_resume(place). For ring 0 the frame itself lies on the round's stack: iret within a ring pops no ESP. */
        .global round_enter
round_enter:
        push    %ebp
        push    %ebx
        push    %esi
        push    %edi
        mov     20(%esp), %eax
        mov     24(%esp), %edx
        mov     %esp, (%edx)            /* what catch_resume in lib/traps.S goes back to */
        mov     %eax, %esp
        pop     %gs
        pop     %fs
        pop     %es
        pop     %ds
        popa
        add     $8, %esp                /* vector and error */
        iret

        .section .note.GNU-stack, "", @progbits
