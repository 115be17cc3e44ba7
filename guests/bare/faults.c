/* The `fault` command: causes exceptions on purpose, recovers from each by moving EIP to where the instruction
   says, and tells vector, error code and where EIP pointed relative to the instruction: 0 for faults, its length
   for traps (SDM vol. 3, section 6.5). Called by the shell.
   Natively and de-privileged alike, a kernel must get every exception with the right frame. */
#include "commands.h"

#include <stddef.h>
#include <stdint.h>

#include "cpu.h"
#include "print.h"
#include "segments.h"
#include "string.h"
#include "traps.h"

/* Vectors that nothing else uses. */
#define VECTOR_SOFTWARE     0x42
#define VECTOR_NO_GATE      0x43
#define GATE_PRESENT        (0x8000ull << 32)   /* bit 47 of a gate */

/* Global, since asm names them by their symbol; one fault at a time. */
uint32_t fault_site;            /* written by the asm below: address of the instruction, ... */
uint32_t fault_resume;          /* ... and where to go on */
const int32_t fault_bounds[2] = { 1, 2 };   /* bound reads it: 3 lies outside 1..2 */
static struct trap_frame seen;  /* copy of the last frame; the real one is on the stack and changes */
static bool was_seen;

/* `prepare` must not fault, `instruction` must. */
#define FAULT(name, prepare, instruction)                                   \
    static void fault_##name(void)                                          \
    {                                                                       \
        __asm__ volatile("movl $1f, fault_site\n"                           \
                         "movl $2f, fault_resume\n"                         \
                         prepare "\n"                                       \
                         "1: " instruction "\n"                             \
                         "2:\n"                                             \
                         : : : "eax", "ecx", "edx", "memory", "cc");        \
    }

/*   name, what leads up to it, the instruction itself. EAX, ECX and EDX are free in both. */
FAULT(divide, "mov $1, %%eax; xor %%edx, %%edx; xor %%ecx, %%ecx", "div %%ecx")
FAULT(debug, "pushf; orl $0x100, (%%esp); popf", "nop; nop")    /* TF: the trap comes after the first nop */
FAULT(breakpoint, "", "int3")
FAULT(overflow, "mov $0x7F, %%al; add $1, %%al", "into")
FAULT(bound, "mov $3, %%eax", "bound %%eax, fault_bounds")
FAULT(opcode, "", "ud2")
FAULT(fpu, "mov %%cr0, %%eax; or $8, %%eax; mov %%eax, %%cr0", ".byte 0xDB, 0xE3")     /* TS set, then fninit */
FAULT(absent, "mov $0x30, %%eax", "mov %%eax, %%ds")    /* 0x30 SELECTOR_ABSENT_DATA */
FAULT(stack, "mov $0x30, %%eax", "mov %%eax, %%ss") /* the same selector: #SS for SS where it was #NP for DS */
FAULT(selector, "mov $0x58, %%eax", "mov %%eax, %%ds")  /* 0x58 SELECTOR_BEYOND */
FAULT(null, "xor %%eax, %%eax", "mov %%eax, %%ss")  /* DS may be null, SS may not */
FAULT(jump, "", "ljmp $0x10, $0")   /* to a data segment */
FAULT(software, "", "int $0x42")
FAULT(gate, "", "int $0x43")    /* whose present bit fault_prepare_gates has cleared */
FAULT(double, "mov $1, %%eax; xor %%edx, %%edx; xor %%ecx, %%ecx", "div %%ecx")

/* What must be seen. All of it is fixed by the architecture, so transcripts of any PC agree. */
struct fault {
    const char *name;
    void (*cause)(void);
    uint32_t vector;
    uint32_t error;
    uint32_t offset;            /* of the EIP that is pushed, from the instruction */
};

/* "double" divides by zero too: there the handler's gate is what is missing. */
static const struct fault faults[] = {
    { "divide", fault_divide, VECTOR_DIVIDE, 0, 0 },
    { "debug", fault_debug, VECTOR_DEBUG, 0, 1 },
    { "breakpoint", fault_breakpoint, VECTOR_BREAKPOINT, 0, 1 },
    { "overflow", fault_overflow, VECTOR_OVERFLOW, 0, 1 },
    { "bound", fault_bound, VECTOR_BOUND, 0, 0 },
    { "opcode", fault_opcode, VECTOR_OPCODE, 0, 0 },
    { "fpu", fault_fpu, VECTOR_NO_FPU, 0, 0 },
    { "absent", fault_absent, VECTOR_NOT_PRESENT, SELECTOR_ABSENT_DATA, 0 },
    { "stack", fault_stack, VECTOR_STACK, SELECTOR_ABSENT_DATA, 0 },
    { "selector", fault_selector, VECTOR_PROTECTION, SELECTOR_BEYOND, 0 },
    { "null", fault_null, VECTOR_PROTECTION, 0, 0 },
    { "jump", fault_jump, VECTOR_PROTECTION, SELECTOR_KERNEL_DATA, 0 },
    { "software", fault_software, VECTOR_SOFTWARE, 0, 2 },
    { "gate", fault_gate, VECTOR_NOT_PRESENT, VECTOR_NO_GATE * 8 + ERROR_IDT, 0 },
    { "double", fault_double, VECTOR_DOUBLE_FAULT, 0, 0 },
    { NULL, NULL, 0, 0, 0 },
};

/* fault_resume is a place in the asm: to move EIP there is all that recovery takes.
   Loading selectors failed, so the segment registers still hold what they held. Only TF must not go on. */
static struct trap_frame *fault_handle(struct trap_frame *frame)
{
    seen = *frame;
    was_seen = true;
    frame->eip = fault_resume;
    frame->eflags &= ~EFLAGS_TF;
    return frame;
}

/* The handler is there for this one fault only: any other is unexpected and would be printed as such. */
static void fault_cause(const struct fault *fault)
{
    was_seen = false;
    trap_set_handler(fault->vector, fault_handle);
    fault->cause();
    trap_set_handler(fault->vector, NULL);
    __asm__ volatile("clts");   /* "fpu" has set TS; for the others it changes nothing */
}

/* With divide's gate absent, delivering #DE raises #NP, and the two together are a double fault.
   The gate of vector 0x43 is absent during every fault; only "gate" notices. */
static void fault_prepare_gates(const struct fault *fault, bool present)
{
    unsigned vector = fault->vector == VECTOR_DOUBLE_FAULT ? VECTOR_DIVIDE : VECTOR_NO_GATE;

    if (present)
        trap_gates[vector] |= GATE_PRESENT;
    else
        trap_gates[vector] &= ~GATE_PRESENT;
}

/* The error code is 0 in the frame where the processor pushes none: the stub does it.
   Gates are put back before anything is printed: a later exception must find the table whole. */
static bool fault_run(const struct fault *fault)
{
    bool right;

    fault_prepare_gates(fault, false);
    fault_cause(fault);
    fault_prepare_gates(fault, true);
    if (!was_seen) {
        print("fault %s: nothing happened\n", fault->name);
        return false;
    }
    right = seen.vector == fault->vector && seen.error == fault->error && seen.eip - fault_site == fault->offset;
    print("fault %s: vector %u, error %x, eip +%u, recovered%s\n", fault->name, seen.vector, seen.error,
          seen.eip - fault_site, right ? "" : ", WRONG");
    return right;
}

/* "list" prints names only and never fails; an unknown name does, so that a script with a typing error cannot pass. */
bool command_fault(const char *argument)
{
    bool all = string_equal(argument, "all");
    bool found = all;
    bool right = true;

    for (const struct fault *fault = faults; fault->name != NULL; fault++) {
        if (string_equal(argument, "list"))
            print("%s\n", fault->name);
        if (!all && !string_equal(argument, fault->name))
            continue;
        found = true;
        right = fault_run(fault) && right;
    }
    if (!found && !string_equal(argument, "list")) {
        print("fault: no fault '%s'; try 'fault list'\n", argument);
        return false;
    }
    return right;
}
