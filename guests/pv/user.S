/* The two edges of an excursion to ring 3: down by the iret hypercall, back by `int 0x20` and a stack given up. */
#include "abi_cpu.h"
#include "abi_hypercall.h"

        .text
/* uint32_t user_run_flags(uint32_t (*code)(uint32_t), uint32_t argument, uint32_t eflags)
       caller's stack:  ... eflags argument code return ebp ebx esi edi flags | frame for iret
                                                                              ^ user_return_esp                    */
        .global user_run_flags
user_run_flags:
        push    %ebp                    /* the four that C expects to find again */
        push    %ebx
        push    %esi
        push    %edi
        pushf
        mov     %esp, user_return_esp
        mov     24(%esp), %ebx          /* code */
        mov     28(%esp), %eax          /* argument */
        mov     32(%esp), %edx          /* eflags: IF is the inverted mask */
        mov     $SELECTOR_RING3_DATA, %ecx      /* ring-1 selectors would be emptied on the way down */
        mov     %ecx, %ds               /* ring 1 may use these as well */
        mov     %ecx, %es
        mov     %ecx, %fs
        mov     %ecx, %gs
        push    %ecx                    /* SS */
        push    $user_stack_top         /* ESP */
        push    %edx                    /* EFLAGS */
        push    $SELECTOR_RING3_CODE    /* CS, mask bits 0 */
        push    $user_begin             /* EIP */
        xor     %ebp, %ebp
        jmp     hypercall_page + HYPERCALL_IRET * HYPERCALL_STUB_SIZE

/* void user_leave(uint32_t value): the other end, called in ring 1 on the trap stack, which it gives up. */
        .global user_leave
user_leave:
        mov     4(%esp), %eax           /* user_run_flags's answer */
        mov     user_return_esp, %esp
        popf
        pop     %edi
        pop     %esi
        pop     %ebx
        pop     %ebp
        ret

        .section .user.text, "ax", @progbits
        .global user_begin
user_begin:                             /* ring 3 */
        push    %eax                    /* argument */
        call    *%ebx
        int     $0x20                   /* VECTOR_USER_RETURN; EAX is the result */
        ud2                             /* nobody comes back here */

        .section .user.data, "aw", @progbits
        .align  16
        .skip   4096
        .global user_stack_top
user_stack_top:

        .bss
        .align  4
user_return_esp:                        /* valid during an excursion */
        .skip   4

        .section .note.GNU-stack, "", @progbits
