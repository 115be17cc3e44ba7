/* sources: pv_emulate.c pv_emulate_port.c pv_emulate_system.c bounce.c guest_copy.c cpuid_policy.c debug_registers.c */
/* sources: decode.c decode_table.c fake_pv.c frames.c panic_on_host.c exercise_on_host.c */
/*
 * Unit tests of privileged instructions of ring-1 guests (floor 2): the table of abi.md 1.10, each instruction in each
 * ring with each IOPL; registers that are virtual; strings on ports in batches, and their faults byte by byte; fetching
 * at the edge of what is mapped; and the forced CPUID. debug.c is part of this file, because it has the real registers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake_cpu.h"

#include "debug.c"

#include "cpuid_policy.h"
#include "descriptor_tables.h"
#include "emulate.h"
#include "fake_pv.h"
#include "lab1-boot/xorshift.h"
#include "pv_trap.h"

#define CODE  0x00100000u /* one page */
#define DATA  0x40000000u /* two pages */
#define STACK 0x50000000u
#define HANDLER 0x00123000u
#define CR0_HERE 0x80010033u /* PG WP NE ET MP PE: abi.md 1.10 shows what a kernel with paging on has */
#define BASE_MFN 0x00512345u

static unsigned default_size;
static uint32_t gs_base;

/* What these tests have no need to see done by the real files. */

const uint8_t register_offsets[8] = {
    offsetof(struct trap_frame, eax), offsetof(struct trap_frame, ecx), offsetof(struct trap_frame, edx),
    offsetof(struct trap_frame, ebx), offsetof(struct trap_frame, esp), offsetof(struct trap_frame, ebp),
    offsetof(struct trap_frame, esi), offsetof(struct trap_frame, edi),
};

void register_write(struct trap_frame *frame, unsigned reg, unsigned size, uint32_t value)
{
    memcpy((char *)frame + register_offsets[reg], &value, size);
}

unsigned code_size(const struct pv_vcpu *pv, uint32_t cs)
{
    (void)pv, (void)cs;
    return default_size;
}

bool data_base(const struct pv_vcpu *pv, unsigned segment, uint32_t *base)
{
    *base = segment == SEG_GS ? gs_base : 0;
    return segment != SEG_FS || pv->vcpu->frame->fs != 0;
}

void cpuid_native(uint32_t leaf, uint32_t subleaf, uint32_t regs[CPUID_REGISTERS])
{
    regs[0] = leaf == 0 ? 7 : 0;
    regs[1] = subleaf;
    regs[2] = regs[3] = 0;
}

static int start(void **state)
{
    fake_pv_start(state);
    fake_page(CODE, FAKE_WRITE);
    fake_page(DATA, FAKE_WRITE);
    fake_page(DATA + PAGE_SIZE, FAKE_WRITE);
    fake_page(STACK, FAKE_WRITE);
    fake.frame.esp = STACK + 2048;
    fake.pv.kernel_ss = SELECTOR_RING1_DATA;
    fake.pv.kernel_sp = STACK + PAGE_SIZE;
    fake.pv.base = (mfn_t){ BASE_MFN };
    fake.pv.debug[6] = DEBUG_STATUS_RESET;
    fake.pv.debug[7] = DEBUG_CONTROL_RESET;
    for (unsigned i = 0; i < 256; i++)
        fake.pv.traps[i] = (struct pv_handler){ HANDLER + i, SELECTOR_RING1_CODE, 0, false };
    default_size = 4;
    gs_base = 0;
    return 0;
}

static bool run_bytes(const char *bytes, uint32_t count)
{
    fake.frame.eip = CODE + 100;
    fake_put(CODE + 100, bytes, count);
    return pv_emulate(&fake.pv);
}

#define RUN(bytes) run_bytes(bytes, sizeof(bytes) - 1)

/* It went well and EIP is behind it. */
#define RUN_OK(bytes)                                                        \
    do {                                                                     \
        assert_true(RUN(bytes));                                             \
        assert_int_equal(fake.frame.eip, CODE + 100 + sizeof(bytes) - 1);    \
    } while (0)

/* Whose instruction it is: the kernel's, of whoever may use ports, or nobody's. */
enum whose { KERNEL, PORTS, NOBODYS };

static const struct instruction {
    const char *name, *bytes;
    unsigned count;
    enum whose whose;
    uint32_t eax;
} instructions[] = {
    { "cli", "\xfa", 1, PORTS, 0 }, { "sti", "\xfb", 1, PORTS, 0 },
    { "in al, 0x80", "\xe4\x80", 2, PORTS, 0 }, { "in eax, 0x80", "\xe5\x80", 2, PORTS, 0 },
    { "in al, dx", "\xec", 1, PORTS, 0 }, { "in ax, dx", "\x66\xed", 2, PORTS, 0 },
    { "in eax, dx", "\xed", 1, PORTS, 0 },
    { "out 0x80, al", "\xe6\x80", 2, PORTS, 0 }, { "out dx, al", "\xee", 1, PORTS, 0 },
    { "out dx, eax", "\xef", 1, PORTS, 0 }, { "insb", "\x6c", 1, PORTS, 0 }, { "insd", "\x6d", 1, PORTS, 0 },
    { "outsb", "\x6e", 1, PORTS, 0 }, { "outsw", "\x66\x6f", 2, PORTS, 0 },
    { "clts", "\x0f\x06", 2, KERNEL, 0 }, { "wbinvd", "\x0f\x09", 2, KERNEL, 0 },
    { "mov eax, cr0", "\x0f\x20\xc0", 3, KERNEL, 0 }, { "mov eax, cr2", "\x0f\x20\xd0", 3, KERNEL, 0 },
    { "mov eax, cr3", "\x0f\x20\xd8", 3, KERNEL, 0 }, { "mov eax, cr4", "\x0f\x20\xe0", 3, KERNEL, 0 },
    { "mov cr0, eax", "\x0f\x22\xc0", 3, KERNEL, CR0_HERE }, { "mov cr2, eax", "\x0f\x22\xd0", 3, KERNEL, 5 },
    { "mov cr3, eax", "\x0f\x22\xd8", 3, KERNEL, BASE_MFN << 12 | BASE_MFN >> 20 },
    { "mov cr4, eax", "\x0f\x22\xe0", 3, KERNEL, 0x620 },
    { "mov eax, dr0", "\x0f\x21\xc0", 3, KERNEL, 0 }, { "mov eax, dr7", "\x0f\x21\xf8", 3, KERNEL, 0 },
    { "mov dr3, eax", "\x0f\x23\xd8", 3, KERNEL, 0x1000 }, { "mov dr7, eax", "\x0f\x23\xf8", 3, KERNEL, 0x400 },
    { "rdmsr", "\x0f\x32", 2, KERNEL, 0 }, { "wrmsr", "\x0f\x30", 2, NOBODYS, 0 },
    { "hlt", "\xf4", 1, NOBODYS, 0 }, { "invd", "\x0f\x08", 2, NOBODYS, 0 },
    { "lgdt [eax]", "\x0f\x01\x10", 3, NOBODYS, 0 },
    { "lidt [eax]", "\x0f\x01\x18", 3, NOBODYS, 0 }, { "lldt ax", "\x0f\x00\xd0", 3, NOBODYS, 0 },
    { "ltr ax", "\x0f\x00\xd8", 3, NOBODYS, 0 }, { "lmsw ax", "\x0f\x01\xf0", 3, NOBODYS, 0 },
    { "invlpg [eax]", "\x0f\x01\x38", 3, NOBODYS, 0 }, { "sysexit", "\x0f\x35", 2, NOBODYS, 0 },
    { "rdpmc", "\x0f\x33", 2, NOBODYS, 0 }, { "int 0x21", "\xcd\x21", 2, NOBODYS, 0 },
};

/* The table of abi.md 1.10: a kernel is in virtual ring 1, or 0 with the assist; programs need IOPL 3. */
static bool is_allowed(enum whose whose, bool in_kernel, unsigned iopl, bool architectural)
{
    if (whose == NOBODYS)
        return false;
    if (whose == KERNEL)
        return in_kernel;
    return in_kernel ? iopl >= 1 || architectural : iopl == 3;
}

static void one_case(const struct instruction *insn, unsigned ring, unsigned iopl, bool architectural)
{
    struct trap_frame before;
    bool done;

    fake.frame = (struct trap_frame){ .eax = insn->eax, .ecx = 0x1d9, .edx = 0x3f8, .edi = DATA, .esi = DATA,
                                      .cs = ring == 1 ? SELECTOR_RING1_CODE : 0xe028 + ring, .eflags = 0x202,
                                      .ss = SELECTOR_RING1_DATA, .esp = STACK + 2048 };
    fake.pv.iopl = (uint8_t)iopl;
    fake.owner->assists = architectural ? 1u << VM_ASSIST_ARCHITECTURAL_IOPL : 0;
    before = fake.frame;
    before.eip = CODE + 100;
    done = run_bytes(insn->bytes, insn->count);
    if (done != is_allowed(insn->whose, ring == 1, iopl, architectural))
        fail_msg("%s in ring %u, IOPL %u, assist %u: %s", insn->name, ring, iopl, architectural,
                 done ? "carried out" : "refused");
    if (done)
        assert_int_equal(fake.frame.eip, CODE + 100 + insn->count);
    else
        assert_memory_equal(&fake.frame, &before, sizeof(before));
    assert_int_equal(fake.info.evtchn_upcall_mask, 1); /* CLI and STI do not touch it */
    assert_int_equal(fake.crashes, 0);
}

static void who_may_what(void **state)
{
    (void)state;
    fake.info.evtchn_upcall_mask = 1;
    for (size_t i = 0; i < sizeof(instructions) / sizeof(instructions[0]); i++)
        for (unsigned ring = 1; ring <= 3; ring++)
            for (unsigned iopl = 0; iopl <= 3; iopl++)
                for (unsigned assist = 0; assist <= 1; assist++)
                    one_case(&instructions[i], ring, iopl, assist);
}

static void control_registers(void **state)
{
    (void)state;
    fake.info.arch.cr2 = 0xabcdef01;
    RUN_OK("\x0f\x20\xc3");
    assert_int_equal(fake.frame.ebx, CR0_HERE);
    RUN_OK("\x0f\x20\xd6");
    assert_int_equal(fake.frame.esi, 0xabcdef01);
    RUN_OK("\x0f\x20\xdc"); /* into ESP */
    assert_int_equal(fake.frame.esp, 0x12345005);
    RUN_OK("\x0f\x20\xe0");
    assert_int_equal(fake.frame.eax & 0x20, 0x20); /* PAE */
    fake.frame.eax = CR0_HERE | CR0_TS;
    RUN_OK("\x0f\x22\xc0");
    assert_true(fake.pv.task_switched && trap_has_work);
    RUN_OK("\x0f\x20\xc0");
    assert_int_equal(fake.frame.eax, CR0_HERE | CR0_TS);
    RUN_OK("\x0f\x06");
    assert_false(fake.pv.task_switched);
    for (unsigned bit = 0; bit < 32; bit++) { /* nothing of CR0 but TS */
        fake.frame.eax = CR0_HERE ^ 1u << bit;
        assert_int_equal(RUN("\x0f\x22\xc0"), bit == 3);
    }
    fake.frame.eax = 0x1000;
    assert_false(RUN("\x0f\x22\xd8")); /* another CR3 is floor 3's */
    assert_int_equal(fake.pv.base.number, BASE_MFN);
}

/* What may be set reads back; no other bit can be. */
static void control_register_4(void **state)
{
    uint32_t shown;

    (void)state;
    RUN_OK("\x0f\x20\xe0");
    shown = fake.frame.eax;
    for (unsigned bit = 0; bit < 32; bit++) {
        bool can_be_set = (0x2cu | shown) >> bit & 1; /* TSD, DE */

        fake.frame.eax = shown | 1u << bit;
        assert_int_equal(RUN("\x0f\x22\xe0"), can_be_set);
        RUN_OK("\x0f\x20\xe0");
        if (can_be_set)
            assert_int_equal(fake.frame.eax, shown | 1u << bit);
        fake.frame.eax = shown;
        assert_true(RUN("\x0f\x22\xe0"));
    }
}

static void debug_registers(void **state)
{
    (void)state;
    fake.frame.eax = 0x5555;
    RUN_OK("\x0f\x23\xc8");
    RUN_OK("\x0f\x21\xcb");
    assert_int_equal(fake.frame.ebx, 0x5555);
    fake.frame.eax = HYPERVISOR_VIRT_START;
    assert_false(RUN("\x0f\x23\xc8"));
    assert_int_equal(fake.pv.debug[1], 0x5555);
    fake.pv.cr4 = 8;
    assert_false(RUN("\x0f\x21\xe0")); /* DR4 with DE */
}

static void model_specific_registers(void **state)
{
    (void)state;
    fake.frame.eax = fake.frame.edx = 0xffffffff;
    fake.frame.ecx = 0x1d9;
    RUN_OK("\x0f\x32");
    assert_int_equal(fake.frame.eax | fake.frame.edx, 0);
    for (uint32_t msr = 0; msr < 0x2000; msr++) {
        fake.frame.ecx = msr;
        assert_int_equal(RUN("\x0f\x32"), msr == 0x1d9);
        assert_false(RUN("\x0f\x30"));
    }
}

/* Nobody is there: reads are all ones, as wide as the access. */
static void empty_bus(void **state)
{
    (void)state;
    fake.pv.iopl = 1;
    fake.frame.eax = 0x12345678;
    RUN_OK("\xec");
    assert_int_equal(fake.frame.eax, 0x123456ff);
    RUN_OK("\x66\xed");
    assert_int_equal(fake.frame.eax, 0x1234ffff);
    RUN_OK("\xed");
    assert_int_equal(fake.frame.eax, 0xffffffff);
}

/* A program's bitmap: a clear bit opens a port, and an access needs as many as it is wide. */
static void port_bitmap(void **state)
{
    (void)state;
    fake.frame.cs = SELECTOR_RING3_CODE;
    memset(fake_byte(DATA), 0xff, PAGE_SIZE);
    *fake_byte(DATA + 0x80) = 0xf0; /* 0x400 to 0x403 are open */
    fake.pv.io_bitmap = DATA;
    fake.pv.io_bitmap_ports = 0x500;
    for (uint32_t port = 0x3f0; port < 0x410; port++) {
        fake.frame.edx = port;
        assert_int_equal(RUN("\xec"), port >= 0x400 && port <= 0x403);
        assert_int_equal(RUN("\x66\xed"), port >= 0x400 && port <= 0x402);
        assert_int_equal(RUN("\xef"), port == 0x400);
    }
    fake.frame.edx = 0x400;
    assert_false(RUN("\xfa")); /* it opens ports, not CLI */
    fake.pv.io_bitmap_ports = 0x402;
    assert_true(RUN("\x66\xed"));
    assert_false(RUN("\xed")); /* what the bitmap does not cover is closed */
    fake.pv.io_bitmap = DATA - 0x80;
    assert_false(RUN("\xec")); /* and what cannot be read */
    fake.pv.io_bitmap = 0xffffffff;
    assert_false(RUN("\xec"));
    fake.frame.cs = SELECTOR_RING1_CODE; /* it is for programs */
    fake.pv.io_bitmap = DATA;
    assert_false(RUN("\xec"));
    memset(fake_byte(DATA), 0, PAGE_SIZE);
    fake.frame.cs = SELECTOR_RING3_CODE;
    fake.pv.io_bitmap_ports = 65536;
    fake.frame.edx = 0xffff;
    assert_false(RUN("\x66\xed")); /* there is no port behind the last */
}

/* As the guest does: the same instruction until EIP moves. Returns the turns. */
static unsigned run_string(const char *bytes, uint32_t count)
{
    unsigned turns = 0;

    do {
        assert_true(run_bytes(bytes, count));
        turns++;
    } while (fake.frame.eip == CODE + 100);
    return turns;
}

static void string_batches(void **state)
{
    (void)state;
    fake.pv.iopl = 1;
    fake.frame.edi = DATA;
    fake.frame.ecx = 1000;
    assert_int_equal(run_string("\xf3\x6d", 2), (1000 + EMULATE_REP_BATCH - 1) / EMULATE_REP_BATCH);
    assert_int_equal(fake.frame.eip, CODE + 102);
    assert_int_equal(fake.frame.ecx, 0);
    assert_int_equal(fake.frame.edi, DATA + 4000);
    for (unsigned i = 0; i < 4100; i++)
        assert_int_equal(*fake_byte(DATA + i), i < 4000 ? 0xff : 0);
    fake.frame.eflags |= EFLAGS_DF; /* downward */
    fake.frame.ecx = 10;
    fake.frame.edi = DATA + 8000;
    assert_int_equal(run_string("\xf3\x6c", 2), 1);
    assert_int_equal(fake.frame.edi, DATA + 7990);
    assert_int_equal(*fake_byte(DATA + 7991), 0xff);
    assert_int_equal(*fake_byte(DATA + 7990) | *fake_byte(DATA + 8001), 0);
    fake.frame.ecx = 0; /* nothing to do, and nothing touched */
    fake.frame.edi = 0;
    assert_int_equal(run_string("\xf3\x6c", 2), 1);
    fake.frame.esi = DATA;
    assert_int_equal(run_string("\x6e", 1), 1); /* without REP: one, and ECX does not count */
    assert_int_equal(fake.frame.esi, DATA - 1);
    assert_int_equal(fake.frame.ecx, 0);
    gs_base = DATA - 16;
    fake.frame.esi = 16;
    assert_int_equal(run_string("\x65\x6e", 2), 1);
    fake.frame.fs = 0;
    assert_false(RUN("\x64\x6e")); /* FS is null */
}

/* With 16-bit addresses SI and CX are halves. */
static void string_of_16_bits(void **state)
{
    (void)state;
    fake_page(0, FAKE_READ);
    fake.pv.iopl = 1;
    fake.frame.esi = 0xabcd0010;
    fake.frame.ecx = 0x12340003;
    assert_int_equal(run_string("\x67\xf3\x6e", 3), 1);
    assert_int_equal(fake.frame.esi, 0xabcd0013);
    assert_int_equal(fake.frame.ecx, 0x12340000);
}

/* The guest has a page fault where the first byte is that is not there, and can go on once it is. */
static void fault_at(uint32_t address, uint32_t error, uint32_t count)
{
    assert_int_equal(fake.frame.eip, HANDLER + VECTOR_PF);
    assert_int_equal(fake.info.arch.cr2, address);
    assert_int_equal(fake_word(fake.frame.esp), error);
    assert_int_equal(fake_word(fake.frame.esp + 4), CODE + 100);
    assert_int_equal(fake.frame.ecx, count);
}

static void string_faults(void **state)
{
    uint32_t end = DATA + 2 * PAGE_SIZE;

    fake.pv.iopl = 1;
    fake.frame.edi = end - 10;
    fake.frame.ecx = 4;
    assert_true(RUN("\xf3\x6d")); /* the third of four words straddles the end */
    fault_at(end, 2, 2);
    assert_int_equal(fake.frame.edi, end - 2);
    assert_int_equal(*fake_byte(end - 3), 0xff);
    assert_int_equal(*fake_byte(end - 2) | *fake_byte(end - 1), 0); /* nothing half done */
    start(state);
    fake.pv.iopl = 1;
    fake.frame.esi = end - 2;
    fake.frame.ecx = 1;
    assert_true(RUN("\xf3\x6f"));
    fault_at(end, 0, 1);
    start(state);
    fake.pv.iopl = 1;
    *fake_l1_entry(DATA) &= ~(uint64_t)PTE_WRITABLE; /* it is there, but read-only */
    fake.frame.edi = DATA + 5;
    assert_true(RUN("\x6d"));
    fault_at(DATA + 5, 3, 0);
    start(state);
    fake.pv.iopl = 3;
    fake.frame.cs = SELECTOR_RING3_CODE;
    fake.frame.edi = end;
    assert_true(RUN("\x6c"));
    fault_at(end, 6, 0);
}

/* An instruction that ends at the end of what is mapped is carried out; one that goes on behind it faults there. */
static void fetching(void **state)
{
    static const char bytes[] = "\x2e\x2e\x2e\x0f\x20\xc0"; /* prefixes, MOV EAX, CR0 */
    uint32_t end = CODE + PAGE_SIZE;

    for (unsigned in_page = 1; in_page <= 6; in_page++) {
        start(state);
        fake_put(end - in_page, bytes, in_page);
        fake.frame.eip = end - in_page;
        assert_true(pv_emulate(&fake.pv));
        assert_int_equal(fake.frame.eip, in_page == 6 ? end : HANDLER + VECTOR_PF);
        assert_int_equal(fake.info.arch.cr2, in_page == 6 ? 0 : end);
    }
    for (unsigned in_page = 1; in_page <= 6; in_page++) { /* in two pages */
        start(state);
        fake_page(end, FAKE_READ);
        fake_put(end - in_page, bytes, 6);
        fake.frame.eip = end - in_page;
        assert_true(pv_emulate(&fake.pv));
        assert_int_equal(fake.frame.eip, end - in_page + 6);
    }
    start(state);
    fake.frame.eip = 0x90000000; /* nothing at all is there */
    assert_true(pv_emulate(&fake.pv));
    assert_int_equal(fake.info.arch.cr2, 0x90000000);
    start(state);
    fake.frame.eip = HYPERVISOR_VIRT_START;
    fake_page(HYPERVISOR_VIRT_START, FAKE_WRITE);
    assert_true(pv_emulate(&fake.pv));
    assert_int_equal(fake.frame.eip, HANDLER + VECTOR_PF);
}

/* LOCK before one of these is #UD; prefixes without end are #GP, which stands. */
static void bad_instructions(void **state)
{
    (void)state;
    assert_true(RUN("\xf0\x0f\x06"));
    assert_int_equal(fake.frame.eip, HANDLER + VECTOR_UD);
    start(state);
    assert_false(RUN("\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x0f\x06"));
    assert_int_equal(fake.frame.eip, CODE + 100);
}

/* TF: #DB after the instruction, with DR6.BS; its frame has the EIP behind it. */
static void single_step(void **state)
{
    (void)state;
    fake.frame.eflags |= EFLAGS_TF;
    assert_true(RUN("\x0f\x06"));
    assert_int_equal(fake.frame.eip, HANDLER + VECTOR_DB);
    assert_int_equal(fake_word(fake.frame.esp), CODE + 102);
    assert_int_equal(fake.pv.debug[6], 0xffff4ff0);
    assert_int_equal(fake.frame.eflags & EFLAGS_TF, 0);
}

static void forced_cpuid(void **state)
{
    static const char bytes[] = "\x0f\x0bxen\x0f\xa2";

    for (unsigned ring = 1; ring <= 3; ring += 2) {
        start(state);
        fake.frame.cs = ring == 1 ? SELECTOR_RING1_CODE : SELECTOR_RING3_CODE;
        fake.frame.eip = CODE + PAGE_SIZE - 7; /* to the last byte */
        fake_put(fake.frame.eip, bytes, 7);
        fake.frame.eax = 0x40000000;
        assert_true(pv_emulate_cpuid(&fake.pv));
        assert_int_equal(fake.frame.eip, CODE + PAGE_SIZE);
        assert_int_equal(fake.frame.ebx, 0x566e6558);
        assert_int_equal(fake.frame.ecx, 0x65584d4d);
        assert_int_equal(fake.frame.edx, 0x4d4d566e);
    }
    for (unsigned i = 0; i < 7; i++) { /* another byte anywhere, or one too few: #UD, EIP at the UD2 */
        start(state);
        fake.frame.eip = CODE + 100;
        fake_put(CODE + 100, bytes, 7);
        *fake_byte(CODE + 100 + i) ^= 1;
        assert_false(pv_emulate_cpuid(&fake.pv));
        fake.frame.eip = CODE + PAGE_SIZE - i;
        fake_put(CODE + PAGE_SIZE - i, bytes, i);
        assert_false(pv_emulate_cpuid(&fake.pv));
        assert_int_equal(fake.frame.eip, CODE + PAGE_SIZE - i);
    }
}

/* Any bytes, anywhere near the end of what is mapped, in any ring: nothing but the guest's own state changes. */
static void any_bytes(void **state)
{
    uint64_t seed = 31;

    for (unsigned i = 0; i < 100000; i++) {
        static const uint8_t likely[] = { 0x0f, 0x66, 0x67, 0xf3, 0x2e, 0x6c, 0x6d, 0x6e, 0x6f, 0xf0,
                                          0x20, 0x22, 0x23 };

        if (i % 1000 == 0)
            start(state);
        for (unsigned j = 0; j < 24; j++)
            *fake_byte(CODE + PAGE_SIZE - 24 + j) = xorshift_next(&seed) % 2
                ? likely[xorshift_next(&seed) % sizeof(likely)] : (uint8_t)xorshift_next(&seed);
        fake.frame = (struct trap_frame){ .eax = xorshift_next(&seed), .ecx = xorshift_next(&seed) % 100,
            .edx = xorshift_next(&seed), .ebx = xorshift_next(&seed), .esi = DATA + xorshift_next(&seed) % 9000,
            .edi = DATA + xorshift_next(&seed) % 9000, .eip = CODE + PAGE_SIZE - 24 + xorshift_next(&seed) % 25,
            .cs = xorshift_next(&seed) % 2 ? SELECTOR_RING1_CODE : SELECTOR_RING3_CODE,
            .ss = SELECTOR_RING1_DATA, .esp = STACK + 2048, .eflags = 0x202 | (xorshift_next(&seed) & 0x4d5) };
        fake.pv.iopl = xorshift_next(&seed) % 4;
        default_size = xorshift_next(&seed) % 8 ? 4 : 2;
        if (xorshift_next(&seed) % 4 == 0)
            pv_emulate_cpuid(&fake.pv);
        else
            pv_emulate(&fake.pv);
        assert_int_equal(fake.frame.eflags & 0x23202, 0x202);
        assert_int_not_equal(fake.frame.cs & 3, 0);
        assert_int_equal(fake.crashes, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(who_may_what, start),
        cmocka_unit_test_setup(control_registers, start),
        cmocka_unit_test_setup(control_register_4, start),
        cmocka_unit_test_setup(debug_registers, start),
        cmocka_unit_test_setup(model_specific_registers, start),
        cmocka_unit_test_setup(empty_bus, start),
        cmocka_unit_test_setup(port_bitmap, start),
        cmocka_unit_test_setup(string_batches, start),
        cmocka_unit_test_setup(string_of_16_bits, start),
        cmocka_unit_test_setup(string_faults, start),
        cmocka_unit_test(fetching),
        cmocka_unit_test_setup(bad_instructions, start),
        cmocka_unit_test_setup(single_step, start),
        cmocka_unit_test(forced_cpuid),
        cmocka_unit_test(any_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
