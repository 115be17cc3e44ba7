/* The shortest handlers there are: what is measured is the way to them and back, not they. Exceptions without an error
   code only. */
#include "abi_hypercall.h"

        .text
        .global handler_hypercall
handler_hypercall:                      /* back by the iret hypercall: restores the mask, too */
        jmp     hypercall_page + HYPERCALL_IRET * HYPERCALL_STUB_SIZE

        .global handler_hardware
handler_hardware:                       /* back by the instruction, which ring 1 may use to go outward */
        iret                            /* EIP, CS (upper half ignored), EFLAGS, ESP, SS */

        .section .note.GNU-stack, "", @progbits
