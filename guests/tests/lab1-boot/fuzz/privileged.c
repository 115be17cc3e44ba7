/* Instructions that a hypervisor must emulate, in ring 0 and now and then in ring 3, with operands chosen to be nearly
   right, prefixes of every kind, and stacks that nearly make sense. What would end the guest for certain is left out:
   those endings have tests of their own. Called by main for every other round. */
#include "fuzz.h"

#include "cpu.h"
#include "io.h"
#include "segments.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const uint32_t selectors[] = {
    0, SELECTOR_KERNEL_DATA, SELECTOR_KERNEL_DATA, SELECTOR_KERNEL_CODE, SELECTOR_USER_CODE, SELECTOR_USER_DATA,
    SELECTOR_TSS, SELECTOR_ABSENT_DATA, SELECTOR_ABSENT_CODE, SELECTOR_READ_ONLY, SELECTOR_CALL_GATE, SELECTOR_BEYOND,
    0x0C, 0x11, 0xE008, 0xE010, 0xE019, 0xE021, 0xE02B, 0xE033, 0xE040, 0xFFFF, 3,
};
static const uint32_t code_selectors[] = {
    SELECTOR_KERNEL_CODE, SELECTOR_KERNEL_CODE, SELECTOR_USER_CODE, SELECTOR_ABSENT_CODE, 0, 0xE008, 0xE019, 0xE02B,
    0x09,
};
static const uint32_t flags[] = {
    0x2, 0x202, 0x302, 0x3202, 0x3002, 0x4202, 0x246, 0xCD7, 0x40202, 0x200202, 0x1C0202, 0xFFF88202,
};
static const uint32_t ports[] = {
    0x20, 0x21, 0xA0, 0xA1, 0x40, 0x41, 0x42, 0x43, 0x61, 0x70, 0x71, 0x80, 0xE9, 0x3EE, 0x3FA, 0x3FB, 0x3FC, 0x3FD,
    0x3FF, 0x1F0, 0xCF8, 0xCFC, 0x5F00, 0xFFFF,
};
static const uint32_t msrs[] = {
    0x10, 0x1B, 0x174, 0x175, 0x176, 0x8B, 0xFE, 0x200, 0xC0000080, 0xC0000081, 0xFFFFFFFF,
};
static const uint8_t prefixes[] = { 0x66, 0x67, 0xF2, 0xF3, 0x2E, 0x36, 0x3E, 0x26, 0x64, 0x65, 0xF0 };

/* Prefixes that leave an operand's address alone. */
static const uint8_t mild_prefixes[] = { 0x66, 0xF2, 0xF3, 0x2E, 0x3E };

/* One of these, alone. hlt has an sti before it: halting with interrupts off would be the end. */
static void add_plain(struct round *round)
{
    static const uint32_t codes[] = { 0xFA, 0xFB, 0xF4FB, 0x060F, 0x080F, 0x090F, 0x9D, 0x9C, 0xCC, 0xF1, 0x0B0F };
    uint32_t code = random_choice(codes, COUNT(codes));

    code_add_prefixes(round, prefixes, sizeof(prefixes));
    code_add(round, code, code > 0xFF ? 2 : 1);
    round->stack[0] = random_next() & ~EFLAGS_VM;
}

/* in and out, ins and outs, by dx or immediate. Counts are small: backwards, too, they must stay in the arena. */
static void add_port(struct round *round, bool native)
{
    static const uint32_t codes[] = { 0xE4, 0xE5, 0xE6, 0xE7, 0xEC, 0xED, 0xEE, 0xEF, 0x6C, 0x6D, 0x6E, 0x6F };
    uint32_t port = native ? PORT_NOBODY : random_choice(ports, COUNT(ports));
    uint32_t code = random_choice(codes, COUNT(codes));
    bool is_immediate = code >= 0xE4 && code <= 0xE7;

    if (is_immediate)
        port = native ? 0x80 : port & 0xEF;     /* the exit port is 0xF4 */
    code_add_prefixes(round, prefixes, sizeof(prefixes));
    code_add(round, code, 1);
    if (is_immediate)
        code_add(round, port, 1);
    round->frame.edx = port;
    round->frame.ecx = random_below(64);
    round->touches_machine = true;
}

/* lgdt and lidt of the table that is in force, by address or through a register. */
static void add_table(struct round *round)
{
    static struct table_pointer pointer;
    uint32_t which = 2 + random_below(2);

    pointer = which == 2 ? segments_pointer() : (struct table_pointer){ sizeof(trap_gates) - 1, (uint32_t)trap_gates };
    round->frame.ds = SELECTOR_KERNEL_DATA;
    code_add_prefixes(round, mild_prefixes, sizeof(mild_prefixes));
    code_add(round, 0x010F, 2);
    if (random_below(2) == 0) {
        code_add(round, which << 3 | 5, 1);
        code_add(round, (uint32_t)&pointer, 4);
    } else {
        code_add(round, which << 3 | 6, 1);
        round->frame.esi = (uint32_t)&pointer;
    }
    round->touches_machine = true;
}

/* mov to and from control and debug registers, all numbers, registers other than ESP. Paging stays off, protection on,
   breakpoints disarmed. */
static void add_control(struct round *round, bool native)
{
    uint32_t opcode = 0x20 + random_below(4);
    uint32_t number = random_below(8);
    uint32_t value = random_next();

    if (opcode == 0x22 && number == 0)
        value = (value & 0x4005003Eu) | CR0_PE;
    if (opcode == 0x22 && number == 4 && (native || random_below(2) == 0))
        value &= 0x19F;
    if (opcode == 0x23 && (number == 5 || number == 7))
        value &= ~0x20FFu;
    round->frame.eax = value;
    code_add_prefixes(round, prefixes, sizeof(prefixes));
    code_add(round, opcode << 8 | 0x0F, 2);
    code_add(round, 0xC0 | number << 3, 1);
    round->touches_machine = true;
}

static void add_msr(struct round *round, bool native)
{
    code_add_prefixes(round, prefixes, sizeof(prefixes));
    code_add(round, random_below(2) == 0 ? 0x320F : 0x300F, 2);
    round->frame.ecx = native ? 0x10 : random_choice(msrs, COUNT(msrs));
}

/* Those of 0F 00 and 0F 01 that take a selector, a word or an address: sldt str lldt ltr verr verw, sgdt sidt smsw lmsw
   invlpg. */
static void add_group(struct round *round)
{
    static const uint32_t codes[] = { 0x00000F, 0x08000F, 0x10000F, 0x18000F, 0x20000F, 0x28000F, 0x00010F, 0x08010F,
                                      0x20010F, 0x30010F, 0x38010F };
    uint32_t code = random_choice(codes, COUNT(codes));
    bool in_memory = random_below(2) == 0;

    code_add_prefixes(round, prefixes, sizeof(prefixes));
    code_add(round, code | (in_memory ? 0x06u << 16 : 0xC0u << 16), 3);     /* (esi), or eax */
    round->frame.eax = random_choice(selectors, COUNT(selectors));
    *(volatile uint32_t *)round->frame.esi = random_choice(selectors, COUNT(selectors));
    round->touches_machine = true;
}

/* mov and pop to segment registers, and lss. */
static void add_segment(struct round *round)
{
    static const uint32_t pops[] = { 0x07, 0x17, 0x1F, 0xA10F, 0xA90F };
    uint32_t code = random_choice(pops, COUNT(pops));
    uint32_t selector = random_choice(selectors, COUNT(selectors));

    code_add_prefixes(round, prefixes, sizeof(prefixes));
    if (random_below(2) == 0)
        code_add(round, code, code > 0xFF ? 2 : 1);
    else
        code_add(round, 0x8E | (0xC0 | random_below(8) << 3) << 8, 2);
    round->frame.eax = selector;
    round->stack[0] = selector;
}

/* iret and retf with a frame that is nearly right, far jumps and calls, and int n for all n. */
static void add_transfer(struct round *round)
{
    static const uint32_t codes[] = { 0xCF, 0xCF, 0xCF, 0xCB, 0xEA, 0x9A, 0xCD, 0xCD };
    uint32_t code = random_choice(codes, COUNT(codes));

    code_add_prefixes(round, mild_prefixes, sizeof(mild_prefixes));
    code_add(round, code, 1);
    if (code == 0xCD)
        code_add(round, random_next(), 1);
    if (code == 0xEA || code == 0x9A) {
        code_add(round, ARENA_LANDING, 4);
        code_add(round, random_choice(code_selectors, COUNT(code_selectors)), 2);
    }
    round->stack[0] = ARENA_LANDING;
    round->stack[1] = random_choice(code_selectors, COUNT(code_selectors));
    round->stack[2] = random_choice(flags, COUNT(flags));
    round->stack[3] = ARENA_STACK;
    round->stack[4] = random_choice(selectors, COUNT(selectors));
}

void round_privileged(struct round *round, bool native)
{
    switch (random_below(8)) {
    case 0:
        add_plain(round);
        break;
    case 1:
        add_port(round, native);
        break;
    case 2:
        add_table(round);
        break;
    case 3:
        add_control(round, native);
        break;
    case 4:
        add_msr(round, native);
        break;
    case 5:
        add_group(round);
        break;
    case 6:
        add_segment(round);
        break;
    default:
        add_transfer(round);
    }
    if (random_below(4) == 0)
        round->frame.eflags |= EFLAGS_TF;
    if (random_below(8) == 0)
        round_to_ring3(round);
}
