/*
 * Panic, backtrace and power-off (floor 1). Uses nothing that could itself need an invariant to hold: the console's
 * polled transmitter and the symbol table in the image.
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

#define EXIT_PORT  0xf4   /* QEMU: -device isa-debug-exit,iobase=0xf4 */
#define BOCHS_PORT 0x8900 /* Bochs: the letters of "Shutdown" end the emulation */
#define BACKTRACE_DEPTH 24

extern const uint8_t stack_guard[], stack_top[];

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

void machine_off(enum machine_status status)
{
    print("hypervisor: power off, status=%s\n", status_name(status));
    console_drain();
    out8(EXIT_PORT, (uint8_t)status);
    for (const char *letter = "Shutdown"; *letter; letter++)
        out8(BOCHS_PORT, (uint8_t)*letter);
    cpu_stop();
}

static void print_registers(const struct trap_frame *frame)
{
    print("  eax %08x  ebx %08x  ecx %08x  edx %08x\n", frame->eax, frame->ebx, frame->ecx, frame->edx);
    print("  esi %08x  edi %08x  ebp %08x  eflags %08x\n", frame->esi, frame->edi, frame->ebp, frame->eflags);
    print("  eip %04x:%08x  vector %u  error %04x  cr2 %08x  cr3 %08x\n", frame->cs, frame->eip, frame->vector,
          frame->error, cr2_read(), cr3_read());
}

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
        if (!is_on_stack(ebp))
            return;
        const uint32_t *frame = (const uint32_t *)ebp;
        ebp = frame[0];
        eip = frame[1];
    }
}

/* Who was running, and what it last came in for. */
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

static void panic_once(void)
{
    static bool panicking;

    if (panicking)
        machine_off(MACHINE_PANIC); /* a panic inside the panic: say no more */
    panicking = true;
}

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
