/*
 * Exercises 2.5 and 2.6 on the machine: frames as a guest's own handlers found them, from ring 1 and ring 3, and the
 * way back by the iret hypercall. Expected layouts are abi.md 2.5 and 2.6.
 */
#include "check.h"
#include "check_system_boots.h"
#include "evidence_keys.h"
#include "evidence_record.h"

#define RING1_CODE 0xe019
#define RING3_CODE 0xe02b
#define RING3_DATA 0xe033
#define MASKED     0x10000u     /* in the word with CS */
#define IF         0x200u
#define IOPL       0x3000u
#define CR2_PLACE  8            /* of the first vcpu, in shared_info */

static const struct boot boot_bounce = { .guests = { "bounce" } };
static const struct boot boot_program = { .guests = { "program" } };
const struct boot boot_iret = { .guests = { "iret" } };

/* The flags each guest interrupts itself with. DF and the arithmetic ones are left alone, IF is the mask's opposite. */
#define BOUNCE_FLAGS  0xc97u
#define PROGRAM_FLAGS 0xc97u

static uint32_t word(const char *guest, uint32_t kind, uint32_t which)
{
    return system_value(guest, 1 + kind * FRAME_WORDS + which);
}

/* `size` of what lies from EIP up to where the stack was. */
static void frame_compare(const char *guest, uint32_t kind, uint32_t vector, uint32_t error, uint32_t behind,
                          uint32_t size)
{
    bool is_program = size == 20;

    check_equal("vector", vector, word(guest, kind, FRAME_VECTOR));
    check_equal("error code", error, word(guest, kind, FRAME_ERROR));
    check_equal("EIP, from the instruction", behind, word(guest, kind, FRAME_EIP));
    check_equal("CS, and the event mask in bits 16-23", (is_program ? RING3_CODE : RING1_CODE) | MASKED,
                word(guest, kind, FRAME_CS));
    check_equal("EFLAGS: IF is off, for events are masked", is_program ? PROGRAM_FLAGS : BOUNCE_FLAGS,
                word(guest, kind, FRAME_FLAGS));
    check_equal("bytes of the frame from EIP to where the stack was", size, word(guest, kind, FRAME_PLACE));
    if (!is_program)
        return;
    check_equal("ESP", system_value(guest, PROGRAM_ESP), word(guest, kind, FRAME_ESP));
    check_equal("SS", RING3_DATA, word(guest, kind, FRAME_SS) & 0xffff);
}

static void run_bounce_kernel(void)
{
    uint32_t state, selector;

    system_boot(&boot_bounce);
    state = system_seed("bounce");
    selector = (0x18 + evidence_next(&state) % 0x1e0) * 8;
    check_case("UD2 in ring 1");
    frame_compare("bounce", BOUNCE_OPCODE, 6, 0, 0, 12);
    check_case("INT3 in ring 1");
    frame_compare("bounce", BOUNCE_BREAKPOINT, 3, 0, 1, 12);
    check_case("FS loaded with %#x, which is no descriptor, in ring 1", selector);
    frame_compare("bounce", BOUNCE_SELECTOR, 13, selector, 0, 12);
}

static void run_bounce_page_fault(void)
{
    uint32_t address, physical;

    system_boot(&boot_bounce);
    check_case("a write to a page table in ring 1");
    frame_compare("bounce", BOUNCE_ADDRESS, 14, 3, 0, 12);
    physical = system_value("bounce", BOUNCE_SHARED);
    system_read_physical(physical + CR2_PLACE, &address, sizeof(address));
    check_equal("address in vcpu_info of shared_info", system_value("bounce", BOUNCE_CR2), address);
}

static void run_bounce_int(void)
{
    system_boot(&boot_bounce);
    check_case("INT 30h in ring 1, whose handler has DPL 1");
    frame_compare("bounce", BOUNCE_INT, 0x30, 0, 2, 12);
    check_case("INT 40h in ring 1, which has no handler");
    frame_compare("bounce", BOUNCE_INT_CLOSED, 13, 0x40 * 8 + 2, 0, 12);
    system_boot(&boot_program);
    check_case("INT 31h in ring 3, whose handler has DPL 3");
    frame_compare("program", PROGRAM_INT, 0x31, 0, 2, 20);
    check_case("INT 30h in ring 3, whose handler has DPL 1");
    frame_compare("program", PROGRAM_INT_CLOSED, 13, 0x30 * 8 + 2, 0, 20);
    check_case("INT 82h in ring 3");
    frame_compare("program", PROGRAM_HYPERCALL, 13, 0x82 * 8 + 2, 0, 20);
}

static void run_bounce_program(void)
{
    system_boot(&boot_program);
    check_case("UD2 in ring 3");
    frame_compare("program", PROGRAM_OPCODE, 6, 0, 0, 20);
    check_case("a read of a page that is not mapped, in ring 3");
    frame_compare("program", PROGRAM_ADDRESS, 14, 4, 0, 20);
}

/* The numbers guest iret draws: one for kernel_try, then eight and the flags. */
static void run_iret_program(void)
{
    static const char *const names[] = { "EAX", "ECX", "EDX", "EBX", "ESP", "EBP", "ESI", "EDI" };
    uint32_t state;

    system_boot(&boot_iret);
    state = system_seed("iret");
    evidence_next(&state);
    for (unsigned i = 0; i < KEYS_REGISTERS; i++) {
        uint32_t number = evidence_next(&state);
        check_equal(names[i], i == 4 ? system_value("iret", IRET_ESP) : number,
                    system_value("iret", IRET_REGISTERS + i));
    }
    check_equal("EIP, from the address asked for", 2, system_value("iret", IRET_EIP)); /* behind its INT */
    check_equal("CS", RING3_CODE, system_value("iret", IRET_CS));
    check_equal("SS", RING3_DATA, system_value("iret", IRET_SS));
    check_equal("flags and IF of EFLAGS", (evidence_next(&state) & KEYS_FLAGS) | IF | 2,
                system_value("iret", IRET_FLAGS));
    check_case("EFLAGS with IOPL 3 and VM asked for, read with PUSHF in ring 3");
    check_equal("IF, IOPL and VM", IF, system_value("iret", IRET_REAL_FLAGS) & (IF | IOPL | 0x20000));
    check_case("iret to ring 1");
    check_equal("ESP, from the frame's end", 0, system_value("iret", IRET_KERNEL_ESP));
    check_equal("EAX, less the one in the frame", 0, system_value("iret", IRET_KERNEL_EAX));
}

static void run_iret_mask(void)
{
    system_boot(&boot_iret);
    check_case("a bounce after an iret with IF on");
    check_equal("mask in the frame", 0, system_value("iret", IRET_MASK_OFF));
    check_equal("IF in the frame", IF, system_value("iret", IRET_MASK_OFF_FLAGS));
    check_case("a bounce after an iret with IF off");
    check_equal("mask in the frame", 1, system_value("iret", IRET_MASK_ON));
    check_equal("IF in the frame", 0, system_value("iret", IRET_MASK_ON_FLAGS));
    check_case("inside a handler with TRAP_INFO_MASKS, after an iret with IF on");
    check_equal("mask", 1, system_value("iret", IRET_MASK_HANDLER));
    check_case("inside a handler without it");
    check_equal("mask", 0, system_value("iret", IRET_MASK_PLAIN));
}

static const struct check checks[] = {
    { .name = "bounce-ring1", .exercise = "2.5", .points = 2, .kind = CHECK_SYSTEM,
      .invariant = "An exception of ring 1 is pushed on its own stack: error code, EIP, CS with the mask, EFLAGS.",
      .where = "bounce.c: bounce_deliver()",
      .causes = { "the trap table is not what the guest asked for: see set_trap_table()",
                  "the mask belongs into bits 16-23 of the word with CS",
                  "IF in the frame is the mask's opposite, not the CPU's" },
      .requires = { "copy-machine" }, .run = run_bounce_kernel },
    { .name = "bounce-page-fault", .exercise = "2.5", .points = 1, .kind = CHECK_SYSTEM,
      .invariant = "A page fault's address is left in vcpu_info, and its error code tells ring 1 from ring 3.",
      .where = "bounce.c: bounce_deliver()",
      .causes = { "has_error decides whether the error code is part of the frame" },
      .requires = { "bounce-ring1" }, .run = run_bounce_page_fault },
    { .name = "bounce-ring3", .exercise = "2.5", .points = 2, .kind = CHECK_SYSTEM,
      .invariant = "An exception of ring 3 is pushed on the kernel's stack, with SS and ESP of the program on top.",
      .where = "bounce.c: frame_compose()",
      .causes = { "from ring 3 the stack is kernel_ss:kernel_sp",
                  "SS and ESP are left out, or pushed in the other order" },
      .requires = { "bounce-ring1" }, .run = run_bounce_program },
    { .name = "bounce-vectors", .exercise = "2.5", .points = 1, .kind = CHECK_SYSTEM,
      .invariant = "INT n reaches a handler only from a ring that its DPL lets in; for others it is #GP with n in it.",
      .where = "trap_table.c: handler_decode()",
      .causes = { "the DPL is the lowest two bits of the entry's flags", "an entry without a DPL is open to nobody" },
      .requires = { "bounce-ring3" }, .run = run_bounce_int },
    { .name = "iret-machine", .exercise = "2.6", .points = 1, .kind = CHECK_SYSTEM,
      .invariant = "The iret hypercall goes to ring 3 or 1 with the frame's registers, but never with IOPL or VM.",
      .where = "iret.c: iret()",
      .causes = { "EAX of the frame is the hypercall's result", "the upper half of CS does not count",
                  "to ring 1, ESP goes on behind the four words" },
      .requires = { "bounce-ring3" }, .run = run_iret_program },
    { .name = "iret-mask", .exercise = "2.6", .points = 1, .kind = CHECK_SYSTEM,
      .invariant = "The iret hypercall makes the event mask the opposite of IF in its frame; a handler may set it.",
      .where = "iret.c: flags_load()",
      .causes = { "the real IF stays on; the mask in vcpu_info is the guest's", "TRAP_INFO_MASKS is not kept" },
      .requires = { "iret-machine" }, .run = run_iret_mask },
};
CHECKS(checks);
