/* First instructions of every bare kernel. Multiboot 1 enters here with EBX -> information, flat segments,
   interrupts off, and no stack. We give it one, and call guest_main; returning from it is success. */

        .set    MULTIBOOT_MAGIC, 0x1BADB002
        .set    MULTIBOOT_FLAGS, 0x00000002     /* tell us the memory size */

        .section .multiboot, "a"
        .align  4                       /* the specification asks for this alignment */
        .long   MULTIBOOT_MAGIC         /* how a loader finds the header */
        .long   MULTIBOOT_FLAGS         /* no address fields: this is an ELF file, its headers tell */
        .long   -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS) /* checksum: the three must add up to 0 */

        .text
        .global start
start:                                  /* EAX holds the loader's magic; nobody here doubts it */
        cld                             /* the ABI of C wants DF clear; multiboot does not promise it */
        mov     $stack_top, %esp        /* multiboot promises no stack: the first push would go anywhere */
        xor     %ebp, %ebp              /* the last frame of a backtrace */
        push    %ebx                    /* argument: the loader's information */
        call    options_copy            /* before anything could overwrite the loader's memory */
        add     $4, %esp
        call    guest_main              /* each kernel has its own; it sets up GDT and IDT itself */
        push    $0                      /* EXIT_SUCCESS */
        call    guest_exit              /* does not return */

        .bss                            /* not in the file: the loader clears it */
        .align  16
        .skip   16384                   /* bytes; no guard page below it, for there is no paging */
        .global stack_top
stack_top:

        .section .note.GNU-stack, "", @progbits
