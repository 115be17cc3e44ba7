/*
 * The first instructions (floor 1). Entered by GRUB or `qemu -kernel` as Multiboot specification 0.6.96 section 3.2
 * says: 32-bit protected mode, paging off, EAX = magic, EBX = physical address of the boot information. The image is
 * loaded at 1 MiB but linked at DIRECT_BASE + 1 MiB, so until paging is on every address needs PHYSICAL().
 *
 * The boot tables map the first 128 MiB twice with 2 MiB pages: at 0 (where this code runs) and at DIRECT_BASE (where
 * the rest is linked). paging.c replaces them.
 */
#include "layout.h"

#define PHYSICAL(symbol) ((symbol) - DIRECT_BASE)
#define MULTIBOOT_MAGIC 0x1BADB002
#define MULTIBOOT_FLAGS 0x00000003                 /* modules page-aligned, memory map wanted */
#define PTE_LARGE       0x83                       /* present, writable, 2 MiB */

        .section .multiboot, "a"
        .balign 4
        .long   MULTIBOOT_MAGIC, MULTIBOOT_FLAGS, -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)

        .section .boot.text, "ax"
        .globl  boot_entry
boot_entry:
        cli
        cld
        movl    $PHYSICAL(boot_l3), %ecx
        movl    %ecx, %cr3
        movl    %cr4, %ecx
        orl     $0x20, %ecx                        /* CR4.PAE: 8-byte entries, three levels */
        movl    %ecx, %cr4
        movl    %cr0, %ecx
        orl     $0x80010000, %ecx                  /* CR0.PG and WP: read-only pages bind ring 0 too */
        movl    %ecx, %cr0
        movl    $1f, %ecx
        jmp     *%ecx                              /* leave the identity map for the linked addresses */
1:      movl    $stack_top, %esp
        xorl    %ebp, %ebp                         /* backtraces end here */
        movl    %ebx, %edx                         /* second argument: boot information; EAX, the first: magic */
        call    start
        hlt                                        /* not reached */

        .section .boot.data, "aw"
        .balign PAGE_SIZE
boot_l2_low:                                       /* 0x00000000: identity, 128 MiB */
        .set    address, 0
        .rept   64
        .long   address + PTE_LARGE, 0
        .set    address, address + 0x200000
        .endr
        .fill   448, 8, 0
boot_l2_high:                                      /* 0xC0000000: slots 448-511 are the direct map */
        .fill   448, 8, 0
        .set    address, 0
        .rept   64
        .long   address + PTE_LARGE, 0
        .set    address, address + 0x200000
        .endr
        .balign 32
boot_l3:                                           /* one entry per GiB; only P and the address are allowed */
        .long   PHYSICAL(boot_l2_low) + 1, 0
        .long   0, 0
        .long   0, 0
        .long   PHYSICAL(boot_l2_high) + 1, 0

        .section .note.GNU-stack, "", @progbits
