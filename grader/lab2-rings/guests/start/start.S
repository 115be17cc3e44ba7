/* Saves all registers at the very first instruction, before any library has touched them, into start_registers:
   EAX ECX EDX EBX ESP EBP ESI EDI, then EFLAGS. MOV changes no flag. */
#include "abi_start.h"

        .macro  NOTE type, description:vararg
        .align  4
        .long   4, 2f - 1f, \type       /* namesz, descsz, type */
        .asciz  "Xen"
1:      \description
2:      .align  4
        .endm

        .section .note.Xen, "a", @note
        NOTE    XEN_NOTE_ENTRY, .long start
        NOTE    XEN_NOTE_VIRT_BASE, .long 0
        NOTE    XEN_NOTE_PADDR_OFFSET, .long 0
        NOTE    XEN_NOTE_XEN_VERSION, .asciz "xen-3.0"
        NOTE    XEN_NOTE_LOADER, .asciz "generic"
        NOTE    XEN_NOTE_PAE_MODE, .asciz "yes"

        .text
        .global start
start:
        mov     %eax, %ss:start_registers       /* SS: should DS be wrong, the others are still told */
        mov     %ecx, %ss:start_registers + 4
        mov     %edx, %ss:start_registers + 8
        mov     %ebx, %ss:start_registers + 12
        mov     %esp, %ss:start_registers + 16
        mov     %ebp, %ss:start_registers + 20
        mov     %esi, %ss:start_registers + 24
        mov     %edi, %ss:start_registers + 28
        mov     $start_stack_top, %esp
        pushf
        popl    %ss:start_registers + 32
        cld
        call    start_main
        ud2

        .bss
        .align  16
        .skip   4096
start_stack_top:

        .section .note.GNU-stack, "", @progbits
