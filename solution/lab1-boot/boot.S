/*
 * The first instructions (floor 1). Entered by GRUB or `qemu -kernel` as Multiboot specification 0.6.96 section 3.2
 * says: 32-bit protected mode, paging off, EAX = magic, EBX = physical address of the boot information. The image is
 * loaded at 1 MiB but linked at DIRECT_BASE + 1 MiB, so until paging is on every address needs PHYSICAL().
 *
 * The boot tables map the first 128 MiB twice with 2 MiB pages: at 0 (where this code runs) and at DIRECT_BASE (where
 * the rest is linked). paging.c replaces them.
 *
 *      CR3 -> boot_l3 [0] -> boot_l2_low  [0-63]     0x00000000-0x07ffffff ---+
 *                     [1] not present                                         +--> physical 0-128 MiB
 *                     [2] not present                                         |
 *                     [3] -> boot_l2_high [448-511]  0xf8000000-0xffffffff ---+
 *
 * Nothing of the loader's state is relied on but what the specification promises: no stack, no GDT that could be
 * loaded again, and segments that are flat. EAX and EBX are kept until start() takes them.
 */
#include "layout.h"

#define PHYSICAL(symbol) ((symbol) - DIRECT_BASE)  /* where a symbol lies before paging is on */
#define MULTIBOOT_MAGIC 0x1BADB002                 /* section 3.1.1: with flags and checksum it sums to 0 */
#define MULTIBOOT_FLAGS 0x00000003                 /* modules page-aligned, memory map wanted */
#define PTE_LARGE       0x83                       /* present, writable, 2 MiB */

        /* The linker script puts this first: loaders look for it in the file's first 8 KiB, at multiples of 4. */
        .section .multiboot, "a"
        .balign 4
        .long   MULTIBOOT_MAGIC, MULTIBOOT_FLAGS, -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)

        .section .boot.text, "ax"
        .globl  boot_entry
boot_entry:
        cli                                        /* no IDT yet: any interrupt would be the end */
        cld                                        /* DF is not promised; C wants it clear */
        /* Turning paging on: tables, PAE, then PG, in this order (SDM vol. 3 section 4.1.2). */
        movl    $PHYSICAL(boot_l3), %ecx           /* ECX, for EAX and EBX carry the loader's words */
        movl    %ecx, %cr3                         /* read into the CPU when PG is set (section 4.4.1) */
        movl    %cr4, %ecx                         /* bits that firmware has set stay */
        orl     $0x20, %ecx                        /* CR4.PAE: 8-byte entries, three levels */
        movl    %ecx, %cr4                         /* must precede PG: it says how the tables are to be read */
        movl    %cr0, %ecx
        orl     $0x80010000, %ecx                  /* CR0.PG and WP: read-only pages bind ring 0 too */
        movl    %ecx, %cr0                         /* the next fetch is by the identity map */
        movl    $1f, %ecx                          /* as linked; a relative jump would stay down here */
        jmp     *%ecx                              /* leave the identity map for the linked addresses */
1:      movl    $stack_top, %esp                   /* entry.S: the hypervisor's one stack */
        xorl    %ebp, %ebp                         /* backtraces end here */
        movl    %ebx, %edx                         /* second argument: boot information; EAX, the first: magic */
        call    start                              /* -mregparm=3: arguments in EAX and EDX */
        hlt                                        /* not reached */

        /* In .data, not .bss: they must hold their values before any code has run. */
        .section .boot.data, "aw"
        .balign PAGE_SIZE                          /* the low 12 bits of a table's address are flags */
boot_l2_low:                                       /* 0x00000000: identity, 128 MiB */
        .set    address, 0
        .rept   64
        .long   address + PTE_LARGE, 0             /* low word and high word: all of it below 4 GiB */
        .set    address, address + 0x200000
        .endr
        .fill   448, 8, 0                          /* not present */
boot_l2_high:                                      /* 0xC0000000: slots 448-511 are the direct map */
        .fill   448, 8, 0                          /* 0xC0000000-0xF7FFFFFF: not present */
        .set    address, 0
        .rept   64
        .long   address + PTE_LARGE, 0             /* the same frames again */
        .set    address, address + 0x200000
        .endr
        .balign 32                                 /* CR3 has no room for address bits 4-0 in PAE mode */
boot_l3:                                           /* one entry per GiB; only P and the address are allowed */
        .long   PHYSICAL(boot_l2_low) + 1, 0       /* this code, until the jump */
        .long   0, 0                               /* 0x40000000 */
        .long   0, 0                               /* 0x80000000 */
        .long   PHYSICAL(boot_l2_high) + 1, 0      /* everything linked */

        .section .note.GNU-stack, "", @progbits
