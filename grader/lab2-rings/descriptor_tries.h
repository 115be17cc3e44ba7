/*
 * Lab 2: the descriptors that guest descriptors asks for, and what the CPU must see of them (guest and host side). What
 * each expects follows from the SDM's figures 3-8 and 3-9 and abi.md 2.7.
 */
#ifndef RINGLET_DESCRIPTOR_TRIES_H
#define RINGLET_DESCRIPTOR_TRIES_H

#include <stdint.h>

#include "evidence_keys.h"

struct descriptor_try {
    uint64_t asked, seen; /* seen: 0 where it is refused */
    const char *what;
};

/* Index of the first good one in the GDT; the others follow. */
#define DESCRIPTORS_FIRST 1

static const struct descriptor_try descriptors_good[DESCRIPTORS_GOOD] = {
    { 0x00cf93000000ffff, 0x00cfb300000067ff, "a native kernel's flat data segment: DPL 0, 4 GiB" },
    { 0x00cfbb000000ffff, 0x00cfbb00000067ff, "flat code of DPL 1, 4 GiB" },
    { 0x00cff3000000ffff, 0x00cff300000067ff, "flat data of DPL 3, 4 GiB" },
    { 0x0040b31000000fff, 0x0040b31000000fff, "4 KiB of data at 1 MiB" },
    { 0x00cfb3100000ffff, 0x00cfb310000066ff, "data from 1 MiB around the end of all addresses" },
    { 0x00409a0000000fff, 0x0040bb0000000fff, "code of DPL 0, never accessed" },
    { 0xdead3eefdeadbeef, 0xdead3eefdeadbeef, "64 bits that are not present" },
    { 0x00108c00e0190000, 0x0010ac00e0190000, "a call gate of DPL 0 to the guests' ring-1 code" },
    { 0x0010ec0000080000, 0x0010ec0000090000, "a call gate to entry 1, whose RPL is 0" },
    { 0x00c0b70000000000, 0x00cfb7000000ffff, "expand-down data of 4 GiB less a page" },
};

static const struct descriptor_try descriptors_bad[DESCRIPTORS_BAD] = {
    { 0x00108c00e0080000, 0, "a call gate to the hypervisor's code" },
    { 0x00108c00e0400000, 0, "a call gate to the hypervisor's TSS" },
    { 0x0010ec20e0190000, 0, "a call gate with reserved bits" },
    { 0x00108e00e0190000, 0, "an interrupt gate" },
    { 0x0010850000080000, 0, "a task gate" },
    { 0x0000890000000067, 0, "a TSS" },
    { 0x0000820000000fff, 0, "an LDT" },
    { 0x00afbb000000ffff, 0, "a 64-bit code segment" },
    { 0xf840b31000000fff, 0, "4 KiB of data in the hypervisor" },
    { 0xf640b37ff0001fff, 0, "8 KiB of data, in bytes, across the end of what guests may name" },
    { 0xffcfb3fff000ffff, 0, "data from the last page around the end of all addresses" },
    { 0x0040b70000000fff, 0, "expand-down data, in bytes, of all but its first page" },
};

#endif
