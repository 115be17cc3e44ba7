/* The `privileged` command: each instruction that only ring 0 may execute, in the forms that compilers and assemblers
   produce and a few they do not (operand-size prefix, memory operands, string forms), with a verdict on its effect.
   Whoever emulates these can be wrong in each of them alone. Called by the shell.
   Each function leaves a machine on which the kernel can go on, so that their order does not matter. None prints:
   command_privileged tells each verdict on one line. */
#include "commands.h"

#include <stddef.h>
#include <stdint.h>

#include "cpu.h"
#include "devices.h"
#include "io.h"
#include "print.h"
#include "segments.h"
#include "traps.h"

#define CMOS_STATUS_B   0x0B    /* a register that does not move by itself */
#define ONES            0xFFFFFFFFu

/* Sets TS by mov and clears it by clts.
   An emulator that keeps no CR0 of the guest's own, or writes the guest's into the real one, fails here. */
static bool try_cr0(void)
{
    uint32_t before = cr0_read();
    bool set;

    cr0_write(before | CR0_TS); /* TS: the one bit that can be set without consequences here */
    set = (cr0_read() & CR0_TS) != 0;
    __asm__ volatile("clts");
    return set && (cr0_read() & CR0_TS) == 0;
}

/* lmsw from a register and from memory: sets TS (bit 3); it may never clear PE.
   The memory operand is 16 bits wide; the second lmsw clears TS again, which lmsw may. */
static bool try_lmsw(void)
{
    uint16_t word = CR0_PE;
    bool set;

    __asm__ volatile("lmsw %w0" : : "r"(CR0_PE | CR0_TS));
    set = (cr0_read() & CR0_TS) != 0;
    __asm__ volatile("lmsw %0" : : "m"(word));
    return set && (cr0_read() & (CR0_TS | CR0_PE)) == CR0_PE;
}

/* Without paging no fault overwrites CR2, so it is memory. */
static bool try_cr2(void)
{
    cr2_write(0x12345678);
    return cr2_read() == 0x12345678;
}

/* Without paging CR3 is but a register; its low bits are not all writable.
   No table is at that address, and none is needed: a hypervisor must not believe it either. */
static bool try_cr3(void)
{
    cr3_write(0x00123000);
    return (cr3_read() & ~0xFFFu) == 0x00123000;
}

/* PSE has no effect while paging is off.
   Kernels set it before they turn paging on, so it must be remembered. */
static bool try_cr4(void)
{
    uint32_t before = cr4_read();
    bool set;

    cr4_write(before | CR4_PSE);
    set = (cr4_read() & CR4_PSE) != 0;
    cr4_write(before & ~CR4_PSE);
    return set && (cr4_read() & CR4_PSE) == 0;
}

/* Breakpoints stay disabled in DR7, whose bit 10 always reads as one.
   All four addresses, since each register number is an encoding of its own. */
static bool try_debug_registers(void)
{
    bool right;

    dr0_write(0x1000);
    dr1_write(0x2000);
    dr2_write(0x3000);
    dr3_write(0x4000);
    dr7_write(0x400);
    right = dr0_read() == 0x1000 && dr1_read() == 0x2000 && dr2_read() == 0x3000 && dr3_read() == 0x4000;
    return right && dr7_read() == 0x400;
}

/* Loads every segment register anew as well; coming back at all is the proof.
   The same table as before: a copying hypervisor validates it a second time. */
static bool try_lgdt(void)
{
    segments_load();
    return true;
}

/* The operand-size prefix makes the base 24 bits wide: enough for a table below 16 MiB, as ours is.
   0xFF in the base's top byte must be dropped: an emulator that keeps it looks for the IDT where there is no memory,
   and the next tick is the end. */
static bool try_lidt_short(void)
{
    struct table_pointer pointer = { sizeof(trap_gates) - 1, (uint32_t)trap_gates | 0xFF000000u };

    __asm__ volatile(".byte 0x66; lidt %0" : : "m"(pointer));
    return true;
}

/* A second ltr of the same descriptor would be #GP, since the first marks it busy.
   esp0 is any stack here: nothing runs in ring 3 before ring3_run loads its own. */
static bool try_ltr(void)
{
    segments_load_task((uint32_t)__builtin_frame_address(0));   /* clears the busy bit first */
    return true;
}

/* From a register, from memory, and with a prefix that changes nothing. Stack accesses in between are the proof.
   Not privileged, but a de-privileged kernel's SS cannot hold what it loads, so it traps like one that is. */
static bool try_move_to_ss(void)
{
    uint16_t selector = SELECTOR_KERNEL_DATA;

    __asm__ volatile("mov %w0, %%ss" : : "r"(SELECTOR_KERNEL_DATA));
    __asm__ volatile("mov %0, %%ss" : : "m"(selector));
    __asm__ volatile(".byte 0x66; mov %0, %%ss" : : "r"(SELECTOR_KERNEL_DATA));
    return true;
}

/* The operand is an address only: nothing is read there, and without paging nothing is flushed.
   The second form has segment, displacement, base, index and scale: all of ModRM and SIB at once. */
static bool try_invlpg(void)
{
    __asm__ volatile("invlpg (%0)" : : "r"(0x200000) : "memory");
    __asm__ volatile("invlpg %%fs:4(%0, %1, 2)" : : "r"(0x200000), "r"(8) : "memory");
    return true;
}

/* Its effect cannot be seen; not being killed for it is all. */
static bool try_wbinvd(void)
{
    __asm__ volatile("wbinvd" : : : "memory");
    return true;
}

/* Never backwards is all one may ask: QEMU's own processor reads this register as zero.
   64 bits in EDX:EAX: an emulator that swaps the halves makes time run backwards. */
static bool try_rdmsr(void)
{
    uint64_t first = cpu_rdmsr(MSR_TSC);

    return cpu_rdmsr(MSR_TSC) >= first;
}

/* The scratch register remembers; a port that nobody owns reads as all ones, at every width.
   What a narrow read leaves of EAX is not looked at here, but in try_in_immediate. */
static bool try_in_out(void)
{
    port_write8(PORT_UART + UART_SCRATCH, 0x5A);
    return port_read8(PORT_UART + UART_SCRATCH) == 0x5A && port_read8(PORT_NOBODY) == 0xFF &&
           port_read16(PORT_NOBODY) == 0xFFFF && port_read32(PORT_NOBODY) == ONES;
}

/* The port as an immediate, and a byte read that must leave the rest of EAX alone.
   Status B is not 0x44 on any machine that we know: else the low byte could not be told from the old one. */
static bool try_in_immediate(void)
{
    uint32_t value = 0x11223344;

    __asm__ volatile("outb %b0, $0x70" : : "a"(CMOS_STATUS_B));
    __asm__ volatile("inb $0x71, %b0" : "+a"(value));
    return (value & 0xFFFFFF00u) == 0x11223300 && (value & 0xFF) != 0x44;
}

/* Moves EDI on and counts ECX down, and fills memory with what single reads give.
   The byte behind the last one must stay: a count that is off by one would overwrite it. */
static bool try_ins(void)
{
    uint8_t bytes[4] = { 0, 0, 0, 0 };
    uint16_t words[2] = { 0, 0 };
    void *target = bytes;
    uint32_t count = 3;
    uint8_t expected;
    bool right;

    port_write8(PORT_CMOS_INDEX, CMOS_STATUS_B);    /* the data port gives this register again and again */
    expected = port_read8(PORT_CMOS_DATA);
    __asm__ volatile("rep insb" : "+D"(target), "+c"(count) : "d"(PORT_CMOS_DATA) : "memory");
    right = target == bytes + 3 && count == 0 && bytes[0] == expected && bytes[2] == expected && bytes[3] == 0;
    target = words;
    __asm__ volatile("insw" : "+D"(target) : "d"(PORT_NOBODY) : "memory");
    return right && target == words + 1 && words[0] == 0xFFFF && words[1] == 0;
}

/* Visible in the transcript. The FIFO takes 16 bytes at once.
   It waits once, for an empty FIFO; 13 bytes then go without looking. */
static bool try_outs(void)
{
    const char *text = "outs speaks\r\n";
    const char *source = text;
    uint32_t count = 13;

    while ((port_read8(PORT_UART + UART_LINE_STATUS) & UART_SENDABLE) == 0)
        continue;
    __asm__ volatile("rep outsb" : "+S"(source), "+c"(count) : "d"(PORT_UART + UART_DATA) : "memory");
    return source == text + 13 && count == 0;
}

/* Four bytes, then two through another segment; nobody listens, so only the registers tell.
   The fs prefix is legal for the source of outs; FS is flat, so the address is the same. */
static bool try_outs_wide(void)
{
    static const uint32_t values[2] = { 0, 0 };
    const void *source = values;

    __asm__ volatile("outsl" : "+S"(source) : "d"(PORT_NOBODY) : "memory");
    __asm__ volatile("fs outsw" : "+S"(source) : "d"(PORT_NOBODY) : "memory");
    return source == (const char *)values + 6;
}

/* The direction flag is honoured by whoever executes the instruction.
   ES:EDI moves down: bytes 2 and 1 are written, byte 0 is not. */
static bool try_ins_backwards(void)
{
    uint8_t bytes[3] = { 0, 0, 0 };
    void *target = bytes + 2;
    uint32_t count = 2;

    __asm__ volatile("std; rep insb; cld" : "+D"(target), "+c"(count) : "d"(PORT_NOBODY) : "memory", "cc");
    return target == bytes && bytes[0] == 0 && bytes[1] == 0xFF && bytes[2] == 0xFF;
}

/* `name` appears in transcripts: changing it changes what is compared. */
struct attempt {
    const char *name;
    bool (*run)(void);
};

static const struct attempt attempts[] = {
    { "mov cr0, clts", try_cr0 },
    { "lmsw", try_lmsw },
    { "mov cr2", try_cr2 },
    { "mov cr3", try_cr3 },
    { "mov cr4", try_cr4 },
    { "mov dr", try_debug_registers },
    { "lgdt", try_lgdt },
    { "lidt", try_lidt_short },
    { "ltr", try_ltr },
    { "mov ss", try_move_to_ss },
    { "invlpg", try_invlpg },
    { "wbinvd", try_wbinvd },
    { "rdmsr", try_rdmsr },
    { "in, out", try_in_out },
    { "in, out with immediate", try_in_immediate },
    { "ins", try_ins },
    { "ins backwards", try_ins_backwards },
    { "outs", try_outs },
    { "outs wide", try_outs_wide },
};

/* Goes on after a failure: one wrong emulation must not hide the next. */
bool command_privileged(const char *argument)
{
    bool all = true;

    (void)argument;
    for (unsigned i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
        bool right = attempts[i].run();

        print("privileged %s: %s\n", attempts[i].name, right ? "right" : "WRONG");
        all = all && right;
    }
    return all;
}
