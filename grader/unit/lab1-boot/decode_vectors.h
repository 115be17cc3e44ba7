/*
 * Encodings for the decoder's unit tests (floor 1): what is decoded and into what, what is refused, what is invalid.
 * Written by hand from the Intel SDM vol. 2; test_decode.c runs them.
 */
#ifndef RINGLET_DECODE_VECTORS_H
#define RINGLET_DECODE_VECTORS_H

/* One encoding; `text` is what format_insn() of test_decode.c makes of it, or what it is that we do not take. */
struct vector {
    unsigned default_size;
    const char *bytes;
    const char *text;
};

static const struct vector vectors[] = {
    /* no operands: prefixes change the sizes and nothing else */
    { 4, "fa", "cli o4 a4" },
    { 2, "fa", "cli o2 a2" },
    { 4, "66 fa", "cli o2 a4" },
    { 4, "66 66 fa", "cli o2 a4" },
    { 2, "67 66 67 66 fa", "cli o4 a4" },
    { 4, "f3 fa", "cli o4 a4" },
    { 4, "fb", "sti o4 a4" },
    { 2, "f2 fb", "sti o2 a2" },
    { 4, "f4", "hlt o4 a4" },
    { 4, "2e f4", "hlt o4 a4" },
    { 4, "0f 06", "clts o4 a4" },
    { 4, "67 0f 06", "clts o4 a2" },
    { 4, "0f 08", "invd o4 a4" },
    { 4, "f3 0f 08", "invd o4 a4" },
    { 4, "0f 09", "wbinvd o4 a4" },
    { 4, "66 0f 09", "wbinvd o2 a4" },
    { 4, "f3 f2 0f 09", "wbinvd o4 a4" },
    { 4, "0f 30", "wrmsr o4 a4" },
    { 4, "66 0f 30", "wrmsr o2 a4" },
    { 4, "0f 32", "rdmsr o4 a4" },
    { 2, "0f 32", "rdmsr o2 a2" },
    { 4, "cf", "iret o4 a4" },
    { 4, "66 cf", "iret o2 a4" },
    { 2, "cf", "iret o2 a2" },
    { 2, "66 cf", "iret o4 a2" },
    { 4, "17", "pop ss o4 a4" },
    { 4, "66 17", "pop ss o2 a4" },
    { 2, "66 67 17", "pop ss o4 a4" },

    /* immediates: one byte whatever the operand size */
    { 4, "cd 80", "int o4 a4 imm=80" },
    { 4, "66 cd ff", "int o2 a4 imm=ff" },
    { 2, "cd 03", "int o2 a2 imm=03" },
    { 4, "e4 60", "in o1 a4 imm=60" },
    { 4, "66 e4 60", "in o1 a4 imm=60" },
    { 4, "e5 ff", "in o4 a4 imm=ff" },
    { 4, "66 e5 40", "in o2 a4 imm=40" },
    { 2, "e5 40", "in o2 a2 imm=40" },
    { 4, "e6 f4", "out o1 a4 imm=f4" },
    { 4, "e7 f4", "out o4 a4 imm=f4" },
    { 4, "66 e7 00", "out o2 a4 imm=00" },
    { 2, "66 e7 00", "out o4 a2 imm=00" },

    /* ports in DX */
    { 4, "ec", "in o1 a4" },
    { 4, "ed", "in o4 a4" },
    { 4, "66 ed", "in o2 a4" },
    { 4, "ee", "out o1 a4" },
    { 4, "f3 ee", "out o1 a4" },
    { 4, "ef", "out o4 a4" },
    { 2, "ef", "out o2 a2" },
    { 2, "66 ef", "out o4 a2" },

    /* strings: F2 and F3 repeat, the last one is kept; only OUTS takes a segment override */
    { 4, "6c", "ins o1 a4" },
    { 4, "f3 6c", "ins o1 a4 repe" },
    { 4, "f2 6d", "ins o4 a4 repne" },
    { 4, "f2 f3 6d", "ins o4 a4 repe" },
    { 4, "f3 66 f2 6d", "ins o2 a4 repne" },
    { 4, "67 f3 6d", "ins o4 a2 repe" },
    { 4, "64 6d", "ins o4 a4" },
    { 2, "f3 6d", "ins o2 a2 repe" },
    { 4, "6e", "outs o1 a4 ds" },
    { 4, "2e 6e", "outs o1 a4 cs" },
    { 4, "6f", "outs o4 a4 ds" },
    { 4, "26 6f", "outs o4 a4 es" },
    { 4, "36 66 6f", "outs o2 a4 ss" },
    { 4, "65 3e 6f", "outs o4 a4 ds" },
    { 4, "3e 65 6f", "outs o4 a4 gs" },
    { 2, "f3 67 64 6f", "outs o2 a4 repe fs" },

    /* control and debug registers: 32 bits in any mode, a register whatever mod says */
    { 4, "0f 20 c0", "mov from cr o4 a4 reg=0 ax" },
    { 2, "0f 20 c0", "mov from cr o4 a2 reg=0 ax" },
    { 4, "66 0f 20 d7", "mov from cr o4 a4 reg=2 di" },
    { 4, "0f 20 1c", "mov from cr o4 a4 reg=3 sp" },
    { 4, "0f 20 65", "mov from cr o4 a4 reg=4 bp" },
    { 4, "0f 22 d8", "mov to cr o4 a4 reg=3 ax" },
    { 4, "f3 0f 22 c3", "mov to cr o4 a4 reg=0 bx" },
    { 4, "0f 22 a4", "mov to cr o4 a4 reg=4 sp" },
    { 4, "0f 21 f8", "mov from dr o4 a4 reg=7 ax" },
    { 4, "0f 21 05", "mov from dr o4 a4 reg=0 bp" },
    { 4, "0f 23 e1", "mov to dr o4 a4 reg=4 cx" },
    { 4, "0f 23 ea", "mov to dr o4 a4 reg=5 dx" },

    /* r/m16 operands */
    { 4, "0f 00 d8", "ltr o2 a4 ax" },
    { 4, "66 0f 00 df", "ltr o2 a4 di" },
    { 4, "0f 00 1b", "ltr o2 a4 ds:[bx]" },
    { 4, "0f 01 f6", "lmsw o2 a4 si" },
    { 4, "0f 01 30", "lmsw o2 a4 ds:[ax]" },
    { 4, "8e d0", "mov to ss o2 a4 ax" },
    { 2, "66 8e d3", "mov to ss o2 a2 bx" },
    { 4, "8e 55 08", "mov to ss o2 a4 ss:[bp+8]" },

    /* far pointers and table registers */
    { 4, "0f b2 20", "lss o4 a4 reg=4 ds:[ax]" },
    { 4, "66 0f b2 20", "lss o2 a4 reg=4 ds:[ax]" },
    { 2, "0f b2 3c", "lss o2 a2 reg=7 ds:[si]" },
    { 4, "0f 01 15 78 56 34 12", "lgdt o4 a4 ds:[12345678]" },
    { 4, "66 0f 01 15 78 56 34 12", "lgdt o2 a4 ds:[12345678]" },
    { 4, "2e 0f 01 1d ff ff ff ff", "lidt o4 a4 cs:[-1]" },
    { 2, "0f 01 1e 34 12", "lidt o2 a2 ds:[1234]" },
    { 4, "0f 01 38", "invlpg o4 a4 ds:[ax]" },

    /* 32-bit addresses: every base, the displacement sizes, SIB, the default segment and its overrides */
    { 4, "0f 01 39", "invlpg o4 a4 ds:[cx]" },
    { 4, "0f 01 3a", "invlpg o4 a4 ds:[dx]" },
    { 4, "0f 01 3b", "invlpg o4 a4 ds:[bx]" },
    { 4, "0f 01 3e", "invlpg o4 a4 ds:[si]" },
    { 4, "0f 01 3f", "invlpg o4 a4 ds:[di]" },
    { 4, "0f 01 7d 80", "invlpg o4 a4 ss:[bp-80]" },
    { 4, "0f 01 78 7f", "invlpg o4 a4 ds:[ax+7f]" },
    { 4, "0f 01 bd 00 00 00 80", "invlpg o4 a4 ss:[bp-80000000]" },
    { 4, "3e 0f 01 7d 00", "invlpg o4 a4 ds:[bp]" },
    { 4, "0f 01 3c 24", "invlpg o4 a4 ss:[sp]" },
    { 4, "0f 01 7c 24 04", "invlpg o4 a4 ss:[sp+4]" },
    { 4, "64 0f 01 3c e4", "invlpg o4 a4 fs:[sp]" },
    { 4, "0f 01 3c 18", "invlpg o4 a4 ds:[ax+bx*1]" },
    { 4, "0f 01 3c 69", "invlpg o4 a4 ds:[cx+bp*2]" },
    { 4, "0f 01 7c ad 10", "invlpg o4 a4 ss:[bp+bp*4+10]" },
    { 4, "0f 01 3c fd 04 03 02 01", "invlpg o4 a4 ds:[di*8+1020304]" },
    { 4, "0f 01 3c 25 04 03 02 01", "invlpg o4 a4 ds:[1020304]" },
    { 4, "0f 01 bc b7 fe ff ff ff", "invlpg o4 a4 ds:[di+si*4-2]" },
    { 2, "67 0f 01 3c 18", "invlpg o2 a4 ds:[ax+bx*1]" },

    /* 16-bit addresses: SDM vol. 2 table 2-1 line by line */
    { 4, "67 0f 01 38", "invlpg o4 a2 ds:[bx+si*1]" },
    { 2, "0f 01 39", "invlpg o2 a2 ds:[bx+di*1]" },
    { 2, "0f 01 3a", "invlpg o2 a2 ss:[bp+si*1]" },
    { 2, "0f 01 3b", "invlpg o2 a2 ss:[bp+di*1]" },
    { 2, "0f 01 3c", "invlpg o2 a2 ds:[si]" },
    { 2, "0f 01 3d", "invlpg o2 a2 ds:[di]" },
    { 2, "0f 01 3e fe ff", "invlpg o2 a2 ds:[-2]" },
    { 2, "0f 01 3f", "invlpg o2 a2 ds:[bx]" },
    { 2, "0f 01 7e 7f", "invlpg o2 a2 ss:[bp+7f]" },
    { 2, "0f 01 b8 00 80", "invlpg o2 a2 ds:[bx+si*1-8000]" },
    { 2, "26 0f 01 be ff 7f", "invlpg o2 a2 es:[bp+7fff]" },
    { 4, "67 66 65 2e 0f 01 5a ff", "lidt o2 a2 cs:[bp+si*1-1]" },
};

/* Instructions of other people: plain ones, neighbours in our opcode groups, and ours turned into others. */
static const struct vector refused[] = {
    { 4, "90", "nop" },
    { 4, "cc", "int3 raises #BP by itself" },
    { 4, "f1", "int1" },
    { 4, "0f 0b", "ud2" },
    { 4, "9c", "pushf does not trap" },
    { 4, "07", "pop es" },
    { 4, "1f", "pop ds" },
    { 4, "c5 20", "lds" },
    { 4, "0f b4 20", "lfs" },
    { 4, "8e d8", "mov ds, ax" },
    { 4, "8e c0", "mov es, ax" },
    { 4, "8c d0", "mov ax, ss" },
    { 4, "0f 00 c0", "sldt" },
    { 4, "0f 00 c8", "str" },
    { 4, "0f 00 d0", "lldt" },
    { 4, "0f 01 00", "sgdt" },
    { 4, "0f 01 08", "sidt" },
    { 4, "0f 01 e0", "smsw" },
    { 4, "0f 01 f8", "swapgs" },
    { 4, "0f 01 f9", "rdtscp" },
    { 4, "0f 01 ff", "invlpg with a register" },
    { 4, "0f 24 c0", "mov from tr, 80386" },
    { 4, "0f 26 c0", "mov to tr, 80386" },
    { 4, "0f 31", "rdtsc" },
    { 4, "0f 33", "rdpmc" },
    { 4, "0f 07", "sysret" },
    { 4, "f3 0f 09", "wbnoinvd" },
    { 4, "f2 66 f3 0f 09", "wbnoinvd" },
    { 4, "f0 f3 0f 09", "wbnoinvd" },
    { 4, "f0 ff 00", "lock inc" },
    { 4, "0f 0f", "3DNow!" },
    { 4, "40", "inc eax, which 64-bit mode takes as a prefix" },
};

/* #UD by definition. */
static const struct vector invalid[] = {
    { 4, "f0 fa", "lock cli" },
    { 4, "f0 f3 6d", "lock rep ins" },
    { 4, "f3 f0 6d", "rep lock ins" },
    { 4, "0f 01 d0", "lgdt with a register" },
    { 4, "0f 01 df", "lidt with a register" },
    { 4, "0f b2 c4", "lss with a register" },
    { 4, "0f 20 c8", "mov from cr1" },
    { 4, "0f 20 e8", "mov from cr5" },
    { 4, "0f 22 f0", "mov to cr6" },
    { 4, "0f 22 38", "mov to cr7" },
    { 4, "f0 0f 20 c0", "lock mov from cr0: cr8 on AMD processors" },
    { 4, "8e c8", "mov to cs" },
    { 4, "8e 30", "mov to segment register 6" },
    { 4, "8e ff", "mov to segment register 7" },
};

#endif
