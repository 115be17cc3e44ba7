/* First instructions of every bare kernel. Multiboot 1 enters here with EBX -> information, flat segments,
   interrupts off, and no stack. We give it one, and call guest_main; returning from it is success. */

        .set    MULTIBOOT_MAGIC, 0x1BADB002
        .set    MULTIBOOT_FLAGS, 0x00000002     /* tell us the memory size */

        .section .multiboot, "a"
        .align  4
        .long   MULTIBOOT_MAGIC
        .long   MULTIBOOT_FLAGS
        .long   -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)

        .text
        .global start
start:
        cld                             /* the ABI of C wants DF clear; multiboot does not promise it */
        mov     $stack_top, %esp
        xor     %ebp, %ebp              /* the last frame of a backtrace */
        push    %ebx
        call    options_copy            /* before anything could overwrite the loader's memory */
        add     $4, %esp
        call    guest_main
        push    $0
        call    guest_exit

        .bss
        .align  16
        .skip   16384
        .global stack_top
stack_top:

        .section .note.GNU-stack, "", @progbits
