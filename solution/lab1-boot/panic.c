/*
 * Panic, backtrace and power-off (floor 1). Uses nothing that could itself need an invariant to hold: the console's
 * polled transmitter and the symbol table in the image.
 *
 *      panic: assertion failed: ... (file:line)      the reason
 *        eax ... eip ... cr2 ... cr3                 where there is a trap: the registers
 *        domain 1 (bare), last trap: vector 13 ...   who was running, and what it last came in for
 *        backtrace: f8101234 frame_free+0x20 ...     who called whom, innermost first
 *      hypervisor: power off, status=panic           the last line, by which Bochs runs are judged
 *
 * A backtrace follows the chain of saved EBPs (the image is built with -fno-omit-frame-pointer):
 *
 *      stack_top  ...  | return address | EBP of caller |  locals  | return address | EBP of caller |  ...
 *                                        ^--------------------------------------------|  <- EBP
 */
#include "panic.h"
#include <stdarg.h>
#include "console.h"
#include "cpu.h"
#include "domain.h"
#include "print.h"
#include "segments.h"
#include "symbols.h"
#include "trap.h"

/* Ways to switch a machine off. Where neither port exists, as on real hardware, the CPU halts with interrupts off. */
#define EXIT_PORT  0xf4   /* QEMU: -device isa-debug-exit,iobase=0xf4 */
#define BOCHS_PORT 0x8900 /* Bochs: the letters of "Shutdown" end the emulation */
#define BACKTRACE_DEPTH 24

/* The stack's ends (entry.S): only what lies between them may be read as a stack. */
extern const uint8_t stack_guard[], stack_top[];

/* The word of the last line. Tests match it: machine_status has the numbers, this has the names. */
static const char *status_name(enum machine_status status)
{
    switch (status) {
    case MACHINE_SUCCESS:
        return "success";
    case MACHINE_GUEST_FAILURE:
        return "guest-failure";
    case MACHINE_UNFINISHED:
        return "unfinished";
    default:
        return "panic";
    }
}

/* The UART is drained first: QEMU and Bochs stop at once, and the verdict would be lost in the FIFO. */
void machine_off(enum machine_status status)
{
    print("hypervisor: power off, status=%s\n", status_name(status));
    console_drain();
    out8(EXIT_PORT, (uint8_t)status);
    for (const char *letter = "Shutdown"; *letter; letter++)
        out8(BOCHS_PORT, (uint8_t)*letter);
    cpu_stop();
}

/* CR2 is read now: no page fault has come since the trap, or we would not be here. */
static void print_registers(const struct trap_frame *frame)
{
    print("  eax %08x  ebx %08x  ecx %08x  edx %08x\n", frame->eax, frame->ebx, frame->ecx, frame->edx);
    print("  esi %08x  edi %08x  ebp %08x  eflags %08x\n", frame->esi, frame->edi, frame->ebp, frame->eflags);
    print("  eip %04x:%08x  vector %u  error %04x  cr2 %08x  cr3 %08x\n", frame->cs, frame->eip, frame->vector,
          frame->error, cr2_read(), cr3_read());
}

/* Two words at `address` must lie on the stack. A broken EBP then ends the backtrace and does not fault in a panic. */
static bool is_on_stack(uint32_t address)
{
    return address >= (uint32_t)stack_guard + PAGE_SIZE && address <= (uint32_t)stack_top - 8 && !(address & 3);
}

/* Each frame is { caller's EBP, return address }; entry.S and boot.S start the chain with 0. */
static void print_backtrace(uint32_t eip, uint32_t ebp)
{
    print("  backtrace:\n");
    for (unsigned depth = 0; depth < BACKTRACE_DEPTH; depth++) {
        uint32_t offset;
        const char *name = symbol_find(eip, &offset);

        print("    %08x %s+0x%x\n", eip, name, offset);
        /* The name is printed first: an EIP is worth something even when EBP is not. */
        if (!is_on_stack(ebp))
            return;
        const uint32_t *frame = (const uint32_t *)ebp;
        ebp = frame[0];
        eip = frame[1];
    }
}

/* Who was running, and what it last came in for. */
/* vcpu->frame is in the trap page, which a panic has not touched: it shows the guest's side of the story. */
static void print_current(void)
{
    const struct vcpu *vcpu = vcpu_current();

    if (vcpu == NULL) {
        print("  no domain was running\n");
        return;
    }
    print("  domain %u (%s), last trap: vector %u, error %04x, eip %04x:%08x\n", vcpu->domain->id, vcpu->domain->name,
          vcpu->frame->vector, vcpu->frame->error, vcpu->frame->cs, vcpu->frame->eip);
}

/* Printing can itself hit the bug: without this, a panic in the panic would print for ever. */
static void panic_once(void)
{
    static bool panicking;

    if (panicking)
        machine_off(MACHINE_PANIC); /* a panic inside the panic: say no more */
    panicking = true;
}

/* No registers: this was called, not trapped into, so they are its own. The way here is what counts. */
void panic(const char *format, ...)
{
    va_list args;

    panic_once();
    print("panic: ");
    va_start(args, format);
    print_list(format, args);
    va_end(args);
    print("\n");
    print_current();
    print_backtrace((uint32_t)__builtin_return_address(0), *(const uint32_t *)__builtin_frame_address(0));
    machine_off(MACHINE_PANIC);
}

/* In ring 0 no exception is expected at all: every access to a guest's memory is checked beforehand. */
void panic_trap(const struct trap_frame *frame)
{
    panic_once();
    print("panic: exception %u %s\n", frame->vector,
          trap_from_hypervisor(frame) ? "in the hypervisor" : "from the machine itself, while a guest ran");
    print_registers(frame);
    print_current();
    print_backtrace(frame->eip, frame->ebp);
    machine_off(MACHINE_PANIC);
}

/*
 * Runs as a task of its own, on its own stack. The CPU has saved the interrupted task's registers in the main TSS
 * (SDM vol. 3 section 7.3), so the cause is read from there. The overflown stack may have a hole where EBP points:
 * is_on_stack() sees to that.
 */
void panic_double_fault(void)
{
    const struct tss *task = segments_interrupted_task();

    panic_once();
    print("panic: double fault: the stack overflowed, or the entry path is broken\n");
    print("  eip %08x  esp %08x  ebp %08x  eax %08x  cr2 %08x\n", task->eip, task->esp, task->ebp, task->eax,
          cr2_read());
    print_current();
    print_backtrace(task->eip, task->ebp);
    machine_off(MACHINE_PANIC);
}
