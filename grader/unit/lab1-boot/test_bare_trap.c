/* sources: segments.c fake_machine.c decode.c decode_table.c emulate.c emulate_port.c */
/* sources: emulate_system.c emulate_table.c ports.c bare_interrupt.c */
/* sources: bare_iret.c bare_segments.c bare_memory.c bare_step.c vpic.c vpit.c vpit_count.c vuart.c vcmos.c */
/*
 * Unit tests of a bare guest's traps and resumes (floor 1): what the guest's own handlers see, and above all that no
 * state of a guest reaches the exit stub that would make its IRET fault in ring 0 (SDM vol. 2, IRET). bare_trap.c is
 * included, because its CR2 is a variable here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static uint32_t cr2;

#define cr2_read cr2_read_real
#include "cpu.h"
#undef cr2_read
#define cr2_read() cr2
#define bare_tsc            machine_tsc /* the fake machine has its own */
#define bare_now            machine_now
#define bare_clock_register machine_clock_register
#include "bare_trap.c"

#include "fake_machine.h"
#include "xorshift.h"

#define HANDLER(vector) (0x10000u + (vector))

PER_DOMAIN struct bare bare_guest;

static struct fake_machine *machine;
static struct bare *guest;
static struct vcpu *vcpu;
static unsigned sleeps, wakes, steps_watched, fpu_loads;
bool trap_has_work; /* the dispatcher is not part of this */
bool watch_enabled; /* then every instruction is stepped */

void console_guest_flush(struct domain *domain)
{
    (void)domain;
}

void sched_sleep(struct vcpu *who)
{
    (void)who;
    sleeps++;
}

void sched_wake(struct vcpu *who)
{
    (void)who;
    wakes++;
}

void fpu_load(struct vcpu *who)
{
    (void)who;
    fpu_loads++;
}

void fpu_prepare(struct vcpu *who, bool wants_trap)
{
    (void)who;
    (void)wants_trap;
}

void watch_begin(struct bare *who, uint32_t eip)
{
    (void)who;
    (void)eip;
}

void watch_step(struct bare *who)
{
    (void)who;
    steps_watched++;
}

bool watch_has_steps(const struct bare *who)
{
    (void)who;
    return true;
}

void bare_shadow_map(struct bare *who)
{
    (void)who;
}

uint64_t time_cached(void)
{
    return machine->now;
}

uint64_t time_read(void)
{
    return machine->now;
}

uint8_t time_clock_register(uint8_t reg)
{
    return reg;
}

struct domain *domain_first(void)
{
    return &machine->domain;
}

/* Every vector has a handler in ring 0; the code segment is flat. */
static int start(void **state)
{
    (void)state;
    machine = fake_start();
    guest = &machine->guest;
    vcpu = &machine->domain.vcpu[0];
    vcpu->domain = &machine->domain;
    vcpu->frame = &machine->frame;
    machine->domain.data = (char *)guest - ((char *)&bare_guest - __start_domain_data);
    sleeps = wakes = steps_watched = fpu_loads = 0;
    watch_enabled = false;
    for (unsigned vector = 0; vector < 256; vector++)
        fake_gate(machine, (uint8_t)vector, KERNEL_CODE, HANDLER(vector), 0xee);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    fake_stop(machine);
    return 0;
}

static void code_place(uint32_t address, const char *bytes, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        guest->memory[address + i] = (uint8_t)bytes[i];
}

#define CODE(bytes) code_place(FAKE_CODE, bytes, sizeof(bytes) - 1)

static void trap(uint32_t vector, uint32_t error)
{
    machine->frame.vector = vector;
    machine->frame.error = error;
    assert_true(bare_trap(vcpu, &machine->frame));
}

/* IRQ 0 as vector 0x20, requested now. */
static void timer_pending(void)
{
    static const uint8_t words[] = { 0x11, 0x20, 0x04, 0x01, 0xfe };

    vpic_write(&guest->pic, 0x20, words[0]);
    for (unsigned i = 1; i < sizeof(words); i++)
        vpic_write(&guest->pic, 0x21, words[i]);
    vpic_set_line(&guest->pic, 0, false);
    vpic_set_line(&guest->pic, 0, true);
}

static void privileged_instruction_is_emulated(void **state)
{
    (void)state;
    guest->interrupts = true;
    CODE("\xfa"); /* cli */
    trap(13, 0);
    assert_false(guest->interrupts);
    assert_int_equal(machine->frame.eip, FAKE_CODE + 1);
}

static void others_get_their_fault(void **state)
{
    (void)state;
    CODE("\x8b\x07"); /* mov (%edi), %eax: #GP(0), a limit */
    trap(13, 0);
    assert_int_equal(machine->frame.eip, HANDLER(13));
    machine->frame.eip = FAKE_CODE;
    CODE("\xf0\xfa"); /* lock cli */
    trap(13, 0);
    assert_int_equal(machine->frame.eip, HANDLER(6));
    machine->frame.eip = FAKE_CODE;
    trap(0, 0);
    assert_int_equal(machine->frame.eip, HANDLER(0));
    trap(17, 0);
    assert_int_equal(machine->frame.eip, HANDLER(17));
    machine->frame.vector = 2;
    assert_false(bare_trap(vcpu, &machine->frame));
    machine->frame.vector = 18;
    assert_false(bare_trap(vcpu, &machine->frame));
}

static void missing_segment_is_filled_in(void **state)
{
    (void)state;
    CODE("\x8e\xd8"); /* mov %ax, %ds */
    trap(13, USER_DATA);
    assert_int_equal(machine->frame.eip, FAKE_CODE); /* again */
    assert_true(guest->shadow[USER_DATA / 8] != 0);
    trap(13, 0x1230);
    assert_int_equal(machine->frame.eip, HANDLER(13));
    assert_int_equal(fake_read(machine, machine->frame.esp, 4), 0x1230);
}

/* Only a table read by the CPU itself is about a selector; the guest's own hand on it is not. */
static void page_faults(void **state)
{
    (void)state;
    cr2 = GATE_GDT + 0x1234;
    trap(14, 0);
    assert_int_equal(machine->frame.eip, HANDLER(13));
    assert_int_equal(fake_read(machine, machine->frame.esp, 4), 0x1230);
    trap(14, 4);
    assert_int_equal(machine->crashes, 1);
    machine->domain.state = DOMAIN_ALIVE;
    cr2 = GATE_GDT + GDT_GUEST_PAGES * PAGE_SIZE;
    trap(14, 0);
    assert_int_equal(machine->crashes, 2);
    machine->domain.state = DOMAIN_ALIVE;
    cr2 = GATE_GDT - 1;
    trap(14, 0);
    assert_int_equal(machine->crashes, 3);
}

static void fetch_at_the_ends(void **state)
{
    (void)state;
    machine->frame.eip = FAKE_MEMORY - 1;
    guest->memory[FAKE_MEMORY - 1] = 0x0f;
    trap(13, 0);
    assert_int_equal(machine->crashes, 1);
    machine->domain.state = DOMAIN_ALIVE;
    bare_code_load(guest, 0x60, fake_descriptor(0, FAKE_CODE, 0x9a, false, true));
    machine->frame.eip = FAKE_CODE;
    guest->memory[FAKE_CODE] = 0x0f; /* the segment ends in the middle of it */
    trap(13, 0);
    assert_int_equal(machine->crashes, 1);
    assert_int_equal(machine->frame.eip, HANDLER(13));
}

static void breakpoint_check(const char *bytes, unsigned count, uint8_t vector)
{
    bare_code_load(guest, 0x60, fake_descriptor(0x100, UINT32_MAX >> 12, 0x9a, true, true));
    code_place(FAKE_CODE + 0x100, bytes, count);
    machine->frame.eip = FAKE_CODE + count;
    machine->frame.esp = FAKE_STACK;
    trap(vector, 0);
    assert_int_equal(machine->frame.eip, HANDLER(vector));
    assert_int_equal(fake_read(machine, FAKE_STACK - 12, 4), FAKE_CODE + count); /* behind it */
    fake_gate(machine, vector, KERNEL_CODE, 0, 0x6e); /* not present: the fault is at the instruction itself */
    bare_code_load(guest, 0x60, fake_descriptor(0x100, UINT32_MAX >> 12, 0x9a, true, true));
    machine->frame.eip = FAKE_CODE + count;
    machine->frame.esp = FAKE_STACK;
    trap(vector, 0);
    assert_int_equal(machine->frame.eip, HANDLER(11));
    assert_int_equal(fake_read(machine, FAKE_STACK - 12, 4), FAKE_CODE);
    fake_gate(machine, vector, KERNEL_CODE, HANDLER(vector), 0xee);
}

static void breakpoints_of_each_length(void **state)
{
    (void)state;
    breakpoint_check("\xcc", 1, 3);
    breakpoint_check("\xcd\x03", 2, 3);
    breakpoint_check("\xce", 1, 4);
    breakpoint_check("\xcd\x04", 2, 4);
}

static void fpu_trap_belongs_to_whom_it_may(void **state)
{
    (void)state;
    trap(7, 0);
    assert_int_equal(fpu_loads, 1);
    assert_int_equal(machine->frame.eip, FAKE_CODE);
    guest->cr0 |= CR0_TS;
    trap(7, 0);
    assert_int_equal(machine->frame.eip, HANDLER(7));
    machine->frame.eip = FAKE_CODE;
    guest->cr0 = 0x11 | CR0_EM;
    trap(7, 0);
    assert_int_equal(machine->frame.eip, HANDLER(7));
    assert_int_equal(fpu_loads, 1);
}

static void guest_steps_over_emulated_instructions(void **state)
{
    (void)state;
    CODE("\xfa");
    machine->frame.eflags |= EFLAGS_TF;
    trap(13, 0);
    assert_int_equal(machine->frame.eip, HANDLER(1));
    assert_int_equal(fake_read(machine, machine->frame.esp, 4), FAKE_CODE + 1);
    assert_int_equal(guest->dr[6] & DR6_BS, DR6_BS);
    machine->frame.eip = FAKE_CODE;
    machine->frame.eflags |= EFLAGS_TF;
    CODE("\xcd\x80"); /* the handler's first instruction is not stepped */
    trap(13, 0x80 * 8 + 2);
    assert_int_equal(machine->frame.eip, HANDLER(0x80));
}

/* HLT under TF ends in #DB, so there is nothing to wait for: with the interrupt gate's IF=0 nothing could end it. */
static void stepped_hlt_does_not_sleep(void **state)
{
    (void)state;
    guest->interrupts = true;
    machine->frame.eflags |= EFLAGS_TF;
    CODE("\xf4");
    trap(13, 0);
    assert_int_equal(machine->frame.eip, HANDLER(1));
    assert_false(guest->is_halted);
    assert_int_equal(sleeps, 0);
}

static void hlt_sleeps_until_an_interrupt(void **state)
{
    (void)state;
    guest->interrupts = true;
    CODE("\xf4");
    trap(13, 0);
    assert_true(guest->is_halted);
    assert_int_equal(sleeps, 1);
    bare_tick();
    assert_int_equal(wakes, 0);
    timer_pending();
    bare_tick();
    assert_int_equal(wakes, 1);
    assert_false(guest->is_halted);
    bare_before_resume(vcpu);
    assert_int_equal(machine->frame.eip, HANDLER(0x20));
    assert_int_equal(fake_read(machine, machine->frame.esp, 4), FAKE_CODE + 1);
}

static void interrupt_waits_for_the_flag(void **state)
{
    (void)state;
    timer_pending();
    bare_before_resume(vcpu);
    assert_int_equal(machine->frame.eip, FAKE_CODE);
    guest->interrupts = true;
    bare_before_resume(vcpu);
    assert_int_equal(machine->frame.eip, HANDLER(0x20));
    assert_false(guest->interrupts);
}

/* One instruction behind STI runs first; even one that jumps to itself is over after one step. */
static void interrupt_waits_one_instruction_after_sti(void **state)
{
    (void)state;
    CODE("\xfb\xeb\xfe"); /* sti; 1: jmp 1b */
    trap(13, 0);
    timer_pending();
    bare_before_resume(vcpu);
    assert_int_equal(machine->frame.eip, FAKE_CODE + 1);
    assert_true(machine->frame.eflags & EFLAGS_TF);
    trap(1, 0); /* the jump was done */
    assert_false(machine->frame.eflags & EFLAGS_TF);
    bare_before_resume(vcpu);
    assert_int_equal(machine->frame.eip, HANDLER(0x20));
    assert_int_equal(fake_read(machine, machine->frame.esp + 8, 4) & EFLAGS_TF, 0);
    assert_int_equal(machine->frame.eflags & EFLAGS_TF, 0);
}

/* The step itself must not be seen, neither by #DB nor by PUSHF. */
static void pushf_check(const char *bytes, unsigned count, bool wide_stack)
{
    code_place(FAKE_CODE, bytes, count);
    machine->frame.eip = FAKE_CODE;
    machine->frame.eflags = 0x202;
    machine->frame.esp = wide_stack ? FAKE_STACK : 0x10000 + FAKE_STACK;
    watch_enabled = true;
    bare_before_resume(vcpu);
    assert_true(guest->is_stepping);
    machine->frame.esp -= 4; /* the CPU runs PUSHF */
    fake_write(machine, FAKE_STACK - 4, 4, 0x302);
    machine->frame.eip += count;
    trap(1, 0);
    assert_int_equal(fake_read(machine, FAKE_STACK - 4, 4), 0x202);
    assert_int_equal(machine->frame.eip, FAKE_CODE + count);
    watch_enabled = false;
}

static void our_step_does_not_show_in_pushf(void **state)
{
    (void)state;
    pushf_check("\x9c", 1, true);
    pushf_check("\x66\x9c", 2, true);
    bare_stack_load(guest, 0x68, fake_descriptor(0, 0xffff, 0x92, false, false));
    pushf_check("\x9c", 1, false);
    assert_int_equal(steps_watched, 3);
    CODE("\x9d"); /* one that sets the guest's own TF is not stepped */
    machine->frame.eip = FAKE_CODE;
    machine->frame.esp = FAKE_STACK;
    fake_write(machine, FAKE_STACK, 4, 0x302);
    watch_enabled = true;
    bare_before_resume(vcpu);
    assert_false(guest->is_stepping);
    machine->frame.eip = FAKE_CODE;
    CODE("\x90");
    watch_enabled = true;
    bare_before_resume(vcpu);
    fake_write(machine, FAKE_STACK - 4, 4, 0x302); /* not a PUSHF: the stack is not ours to change */
    machine->frame.eip++;
    trap(1, 0);
    assert_int_equal(fake_read(machine, FAKE_STACK - 4, 4), 0x302);
}

static void guests_own_step_is_its_own(void **state)
{
    (void)state;
    watch_enabled = true;
    machine->frame.eflags |= EFLAGS_TF;
    bare_before_resume(vcpu);
    assert_false(guest->is_stepping);
    trap(1, 0);
    assert_int_equal(machine->frame.eip, HANDLER(1));
    assert_int_equal(fake_read(machine, machine->frame.esp + 8, 4) & EFLAGS_TF, EFLAGS_TF);
    assert_int_equal(guest->dr[6] & DR6_BS, DR6_BS);
    assert_int_equal(steps_watched, 0);
}

/* EIP one behind the limit: the exit stub's IRET would fault in ring 0. The guest's #GP(0) comes instead. */
static void nothing_returns_beyond_the_limit(void **state)
{
    (void)state;
    CODE("\xfa");
    bare_code_load(guest, 0x60, fake_descriptor(0, FAKE_CODE, 0x9a, false, true));
    trap(13, 0);
    assert_int_equal(machine->frame.eip, FAKE_CODE + 1);
    bare_before_resume(vcpu);
    assert_int_equal(machine->frame.eip, HANDLER(13));
    assert_int_equal(fake_read(machine, machine->frame.esp, 4), 0);
    assert_int_equal(fake_read(machine, machine->frame.esp + 4, 4), FAKE_CODE + 1);
    assert_int_equal(machine->crashes, 0);
}

/* A selector whose entry has gone would be #GP in the exit stub. */
static void selectors_are_settled_before_the_exit(void **state)
{
    (void)state;
    machine->frame.ds = USER_DATA | 3; /* not in the shadow */
    guest->shadow_changed = true;
    bare_before_resume(vcpu);
    assert_int_equal(machine->frame.ds, 0);
    assert_null(fake_frame_broken(machine));
}

static void interrupts_come_before_the_limit(void **state)
{
    (void)state;
    bare_code_load(guest, 0x60, fake_descriptor(0, FAKE_CODE, 0x9a, false, true));
    machine->frame.eip = FAKE_CODE + 1;
    guest->interrupts = true;
    timer_pending();
    bare_before_resume(vcpu);
    assert_int_equal(machine->frame.eip, HANDLER(0x20));
    assert_int_equal(fake_read(machine, machine->frame.esp, 4), FAKE_CODE + 1);
}

static void keys_reach_the_uart_or_wait(void **state)
{
    (void)state;
    for (unsigned i = 0; i < VUART_FIFO; i++)
        assert_true(bare_receive(&machine->domain, (uint8_t)i));
    assert_false(bare_receive(&machine->domain, 0xff));
    assert_int_equal(port_read(guest, VUART_PORT, 1), 0);
    assert_true(bare_receive(&machine->domain, 0xff));
}

/* Can the exit stub go on from here? Everything IRET and the segment loads check, or the guest is dead. */
static void resume_check(unsigned round)
{
    const struct trap_frame *frame = &machine->frame;
    const char *broken = fake_frame_broken(machine);
    struct segment code;

    if (!domain_is_alive(&machine->domain))
        return;
    if (broken == NULL)
        broken = fake_shadow_broken(machine);
    if (broken == NULL && bare_segment(guest, frame->cs, &code) && frame->eip > code.limit)
        broken = "EIP is beyond the limit";
    if (broken == NULL && (frame->eflags & 0x3b202) != 0x202 && (frame->eflags & 0x3b202) != 0x10202)
        broken = "EFLAGS: IF off, IOPL, VM or a reserved bit on";
    if (broken != NULL)
        fail_msg("round %u: %s", round, broken);
}

/* Privileged bytes in front, or anything. */
static void random_state(uint64_t *seed)
{
    static const uint8_t opcodes[] = { 0xcf, 0xcd, 0xfa, 0xfb, 0xec, 0xee, 0x6c, 0x6e, 0x0f, 0x8e, 0x17, 0x66, 0xf3 };
    static const uint16_t selectors[] = { KERNEL_CODE, KERNEL_DATA, USER_CODE, USER_DATA,
                                          0x30, 0x38, 0x40, 0x4c, 0, 0xe010 };
    uint32_t *registers = &machine->frame.edi;

    for (unsigned i = 0; i < 8; i++)
        registers[i] = xorshift_next(seed) & (xorshift_next(seed) & 1 ? FAKE_MEMORY - 1 : UINT32_MAX);
    machine->frame.esp = xorshift_next(seed) % 8 ? 0x8000 + xorshift_next(seed) % 0x1000 : xorshift_next(seed);
    if (machine->frame.eip > FAKE_MEMORY - 16)
        machine->frame.eip = FAKE_CODE + xorshift_next(seed) % 0x1000;
    for (unsigned i = 0; i < 64; i += 4) {
        uint32_t at = (machine->frame.esp + i) % (FAKE_MEMORY - 4);
        uint32_t selector = selectors[xorshift_next(seed) % 10] | (xorshift_next(seed) & 3);

        fake_write(machine, at, 4, xorshift_next(seed) & 1 ? selector : xorshift_next(seed) % FAKE_MEMORY);
    }
    for (unsigned i = 0; i < 8; i++)
        guest->memory[machine->frame.eip + i] = (uint8_t)xorshift_next(seed);
    guest->memory[machine->frame.eip] = opcodes[xorshift_next(seed) % sizeof(opcodes)];
    if (xorshift_next(seed) % 8 == 0)
        fake_entry(machine, (uint16_t)(0x30 + xorshift_next(seed) % 4 * 8),
                   fake_descriptor(xorshift_next(seed) % 0x2000, xorshift_next(seed) & 0xfffff,
                                   (uint8_t)(0x90 | xorshift_next(seed)), xorshift_next(seed) & 1,
                                   xorshift_next(seed) & 1));
}

static void random_trap(uint64_t *seed)
{
    static const uint8_t vectors[] = { 13, 13, 13, 13, 13, 13, 0, 1, 3, 4, 6, 12 };
    uint8_t vector = vectors[xorshift_next(seed) % sizeof(vectors)];

    if (xorshift_next(seed) % 8 == 0)
        machine->frame.eflags ^= EFLAGS_TF;
    if (xorshift_next(seed) % 8 == 0)
        timer_pending();
    trap(vector, vector == 13 && xorshift_next(seed) % 4 == 0 ? xorshift_next(seed) & 0xfffc : 0);
    watch_enabled = xorshift_next(seed) % 4 == 0;
    if (domain_is_alive(&machine->domain))
        bare_before_resume(vcpu);
}

static void no_state_makes_the_exit_fault(void **state)
{
    uint64_t seed = 11;

    (void)state;
    for (unsigned round = 0; round < 300000; round++) {
        random_state(&seed);
        random_trap(&seed);
        resume_check(round);
        if (!domain_is_alive(&machine->domain) || round % 256 == 0) {
            fake_stop(machine);
            start(NULL);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(privileged_instruction_is_emulated, start, stop),
        cmocka_unit_test_setup_teardown(others_get_their_fault, start, stop),
        cmocka_unit_test_setup_teardown(missing_segment_is_filled_in, start, stop),
        cmocka_unit_test_setup_teardown(page_faults, start, stop),
        cmocka_unit_test_setup_teardown(fetch_at_the_ends, start, stop),
        cmocka_unit_test_setup_teardown(breakpoints_of_each_length, start, stop),
        cmocka_unit_test_setup_teardown(fpu_trap_belongs_to_whom_it_may, start, stop),
        cmocka_unit_test_setup_teardown(guest_steps_over_emulated_instructions, start, stop),
        cmocka_unit_test_setup_teardown(stepped_hlt_does_not_sleep, start, stop),
        cmocka_unit_test_setup_teardown(hlt_sleeps_until_an_interrupt, start, stop),
        cmocka_unit_test_setup_teardown(interrupt_waits_for_the_flag, start, stop),
        cmocka_unit_test_setup_teardown(interrupt_waits_one_instruction_after_sti, start, stop),
        cmocka_unit_test_setup_teardown(our_step_does_not_show_in_pushf, start, stop),
        cmocka_unit_test_setup_teardown(guests_own_step_is_its_own, start, stop),
        cmocka_unit_test_setup_teardown(nothing_returns_beyond_the_limit, start, stop),
        cmocka_unit_test_setup_teardown(selectors_are_settled_before_the_exit, start, stop),
        cmocka_unit_test_setup_teardown(interrupts_come_before_the_limit, start, stop),
        cmocka_unit_test_setup_teardown(keys_reach_the_uart_or_wait, start, stop),
        cmocka_unit_test_setup_teardown(no_state_makes_the_exit_fault, start, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
