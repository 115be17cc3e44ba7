/* sources: hypercall.c hypercall_names.c guest_copy.c fake_pv.c frames.c panic_on_host.c exercise_on_host.c */
/*
 * Unit tests of hypercalls and lists of them (floor 2), with a table of calls made up here: registers, results, what is
 * told of calls that nobody has, lists that end, go on, kill, or lead into another context. And the names.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "errors.h"
#include "fake_pv.h"
#include "hypercall.h"
#include "ring.h"

#define LIST  0x40000000u /* four pages */
#define PAGES 4u
#define CALL  40 /* the made-up calls: this one returns its first argument, */
#define KILL  41 /* ends the domain, */
#define LONG  42 /* is made as often as its second argument says, */
#define NOTHING 43 /* answers that it does not know the command; and nobody has */
#define NOBODY  44

static unsigned calls;
static uint32_t last_args[6];

bool hypercall_is_offered(uint32_t number)
{
    return (number >= CALL && number < NOBODY) || number == HYPERCALL_IRET || number == HYPERCALL_MULTICALL;
}

/* Into another context: every register is another. */
static int32_t leave(struct vcpu *vcpu)
{
    memset(vcpu->frame, 0x77, sizeof(*vcpu->frame));
    return 0x11223344;
}

int32_t hypercall_call(uint32_t number, struct vcpu *vcpu, const uint32_t args[6])
{
    calls++;
    memcpy(last_args, args, sizeof(last_args));
    switch (number) {
    case CALL:
        return (int32_t)args[0];
    case KILL:
        domain_crash(vcpu->domain, "killed");
        return 0;
    case LONG:
        return args[1] > 1 ? hypercall_again_third(vcpu, LONG, args[0], args[1] - 1, args[2] + 1) : 0;
    case HYPERCALL_IRET:
        return leave(vcpu);
    default:
        return -ENOSYS;
    }
}

static int start(void **state)
{
    fake_pv_start(state);
    for (unsigned i = 0; i < PAGES; i++)
        fake_page(LIST + i * PAGE_SIZE, FAKE_WRITE);
    calls = 0;
    fake.frame.eip = 0x1002;
    return 0;
}

static uint32_t call(uint32_t number)
{
    fake.frame.eax = number;
    ring_hypercall(&fake.frame);
    return fake.frame.eax;
}

static void registers(void **state)
{
    struct trap_frame frame;

    (void)state;
    fake.frame = (struct trap_frame){ .ebx = 1, .ecx = 2, .edx = 3, .esi = 4, .edi = 5, .ebp = 6, .eip = 7,
                                      .cs = 0xe019, .eflags = 0x246, .esp = 8, .ss = 0xe021, .ds = 9 };
    frame = fake.frame;
    assert_int_equal(call(CALL), 1);
    for (unsigned i = 0; i < 6; i++)
        assert_int_equal(last_args[i], i + 1);
    frame.eax = 1; /* and nothing else has changed */
    assert_memory_equal(&fake.frame, &frame, sizeof(frame));
    assert_int_equal(fake.settles, 0);
    trap_has_work = true;
    call(CALL);
    assert_int_equal(fake.settles, 1);
}

static void missing(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal((int32_t)call(20), -ENOSYS);
    assert_string_equal(fake.log, "domain 1 (guest): hypercall 20 (grant_table_op) belongs to a higher floor\n");
    call(NOTHING); /* it is there */
    call(64);      /* no number of the interface */
    call(UINT32_MAX);
    assert_int_equal(fake.lines, 1);
    call(63);
    assert_non_null(strstr(fake.log, "hypercall 63 (?)"));
    fake.frame.ebx = (uint32_t)-ENOSYS;
    call(CALL); /* a result that looks like it */
    assert_int_equal(fake.lines, 2);
}

static void iret_replaces(void **state)
{
    (void)state;
    assert_int_equal(call(HYPERCALL_IRET), 0x11223344);
    assert_int_equal(fake.frame.ebx, 0x77777777);
}

static void entry_put(unsigned index, uint32_t op, uint32_t a, uint32_t b, uint32_t c)
{
    struct multicall_entry entry = { op, 0xcccccccc, { a, b, c, 4, 5, 6 } };

    fake_put(LIST + index * sizeof(entry), &entry, sizeof(entry));
}

static uint32_t result_of(unsigned index)
{
    return fake_word(LIST + index * sizeof(struct multicall_entry) + offsetof(struct multicall_entry, result));
}

static int32_t multicall(uint32_t list, uint32_t count)
{
    return fake_call(HYPERCALL_MULTICALL, list, count, 0, 0);
}

static void results(void **state)
{
    (void)state;
    entry_put(0, CALL, 17, 2, 3);
    entry_put(1, CALL, (uint32_t)-EINVAL, 2, 3);
    entry_put(2, NOBODY, 0, 0, 0);
    entry_put(3, HYPERCALL_MULTICALL, LIST, 1, 0);
    entry_put(4, CALL, 5, 2, 3);
    entry_put(5, CALL, 6, 2, 3);
    assert_int_equal(multicall(LIST, 5), 0);
    assert_int_equal(result_of(0), 17);
    assert_int_equal((int32_t)result_of(1), -EINVAL);
    assert_int_equal((int32_t)result_of(2), -ENOSYS);
    assert_int_equal((int32_t)result_of(3), -EINVAL);
    assert_int_equal(result_of(4), 5);
    assert_int_equal(result_of(5), 0xcccccccc); /* not of the list */
    for (unsigned i = 1; i < 6; i++)
        assert_int_equal(last_args[i], i + 1);
    assert_non_null(strstr(fake.log, "hypercall 44 (?)"));
    assert_int_equal(calls, 4);
    assert_int_equal(multicall(0, 0), 0);
}

static void unreadable(void **state)
{
    uint32_t end = LIST + PAGES * PAGE_SIZE;

    (void)state;
    for (unsigned i = 0; i < PAGES * PAGE_SIZE / 32; i++)
        entry_put(i, CALL, i, 0, 0);
    assert_int_equal(multicall(end - 64, 3), -EFAULT);
    assert_int_equal(calls, 2);
    assert_int_equal(multicall(end - 16, 1), -EFAULT);
    assert_int_equal(multicall(LIST - 32, 2), -EFAULT);
    assert_int_equal(calls, 2);
    *fake_l1_entry(LIST + PAGE_SIZE) &= ~(uint64_t)PTE_WRITABLE; /* can be read and called, but not answered */
    assert_int_equal(multicall(LIST + PAGE_SIZE - 32, 3), -EFAULT);
    assert_int_equal(calls, 4);
}

/* The whole of a list lies below the hole, or nothing of it is done; sizes need 64 bits. */
static void hole(void **state)
{
    static const uint32_t counts[] = { 0x08000000, 0x08000001, 0x07ffffff, 0xffffffff, 0x80000000 };

    (void)state;
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(multicall(LIST, counts[i]), -EFAULT);
    assert_int_equal(multicall(HYPERVISOR_VIRT_START, 1), -EFAULT);
    assert_int_equal(multicall(HYPERVISOR_VIRT_START - 32, 2), -EFAULT);
    assert_int_equal(calls, 0);
    fake_page(HYPERVISOR_VIRT_START - PAGE_SIZE, FAKE_WRITE);
    fake_put_word(HYPERVISOR_VIRT_START - 32, CALL);
    assert_int_equal(multicall(HYPERVISOR_VIRT_START - 32, 1), 0);
    assert_int_equal(calls, 1);
}

/* As the guest does: INT 0x82 again and again until EIP is behind it. */
static unsigned run_list(uint32_t list, uint32_t count)
{
    unsigned rounds = 0;

    fake.frame.ebx = list;
    fake.frame.ecx = count;
    fake.frame.eax = HYPERCALL_MULTICALL;
    do {
        assert_int_equal(fake.frame.eax, HYPERCALL_MULTICALL);
        fake.frame.eip = 0x1002;
        fake.frame.eax = (uint32_t)multicall(fake.frame.ebx, fake.frame.ecx);
        rounds++;
    } while (fake.frame.eip == 0x1000);
    assert_int_equal(fake.frame.eip, 0x1002);
    assert_int_equal(fake.frame.ebx, list); /* what the guest gave is what it finds */
    assert_int_equal(fake.frame.ecx, count);
    return rounds;
}

static void batches(void **state)
{
    (void)state;
    for (unsigned count = 1; count <= 300; count += 13) {
        calls = 0;
        for (unsigned i = 0; i < count; i++)
            entry_put(i, CALL, i + 1000, 0, 0);
        assert_int_equal(run_list(LIST, count), (count + HYPERCALL_BATCH - 1) / HYPERCALL_BATCH);
        assert_int_equal(calls, count);
        assert_int_equal(fake.frame.eax, 0);
        for (unsigned i = 0; i < count; i++)
            assert_int_equal(result_of(i), i + 1000);
    }
}

/* An entry that goes on: the others are done once each, and the CPU is given up between its parts. */
static void long_entries(void **state)
{
    (void)state;
    entry_put(0, CALL, 1, 0, 0);
    entry_put(1, LONG, 7, 5, 100);
    entry_put(2, CALL, 3, 0, 0);
    entry_put(3, LONG, 7, 2, 0);
    assert_int_equal(run_list(LIST, 4), 1 + 4 + 1);
    assert_int_equal(calls, 1 + 5 + 1 + 2);
    assert_int_equal(fake.frame.eax, 0);
    assert_int_equal(result_of(0), 1);
    assert_int_equal(result_of(1), 0);
    assert_int_equal(result_of(2), 3);
    assert_int_equal(result_of(3), 0);
    assert_int_equal(fake_word(LIST + 32 + 8 + 8), 104); /* its third argument, as it was in the last part */
    *fake_l1_entry(LIST) &= ~(uint64_t)PTE_WRITABLE; /* it cannot be put off */
    entry_put(0, LONG, 7, 5, 0);
    assert_int_equal(multicall(LIST, 1), -EFAULT);
    assert_int_equal(fake.frame.eip, 0x1002);
}

static void long_call(void **state)
{
    (void)state;
    fake.frame.ebx = 9;
    fake.frame.ecx = 3;
    fake.frame.edx = 50;
    assert_int_equal(call(LONG), LONG);
    assert_int_equal(fake.frame.eip, 0x1000);
    assert_int_equal(fake.frame.ebx, 9);
    assert_int_equal(fake.frame.ecx, 2);
    assert_int_equal(fake.frame.edx, 51);
}

static void iret_ends_the_list(void **state)
{
    (void)state;
    entry_put(0, CALL, 1, 0, 0);
    entry_put(1, HYPERCALL_IRET, 0, 0, 0);
    entry_put(2, CALL, 3, 0, 0);
    assert_int_equal(multicall(LIST, 3), 0x11223344);
    assert_int_equal(calls, 2);
    assert_int_equal(result_of(1), 0xcccccccc);
    assert_int_equal(result_of(2), 0xcccccccc);
    assert_int_equal(fake.frame.eip, 0x77777777);
}

static void the_dead_make_no_calls(void **state)
{
    (void)state;
    entry_put(0, KILL, 1, 0, 0);
    entry_put(1, CALL, 3, 0, 0);
    multicall(LIST, 2);
    assert_int_equal(calls, 1);
    assert_int_equal(result_of(1), 0xcccccccc);
}

/* The header's numbers, by the names that the public interface has for them; set_trap_table is 0. */
static void names(void **state)
{
    static const struct {
        uint32_t number;
        const char *name;
    } known[] = {
#define NAME(number, name) { HYPERCALL_##number, name }
        NAME(SET_TRAP_TABLE, "set_trap_table"), NAME(MMU_UPDATE, "mmu_update"), NAME(SET_GDT, "set_gdt"),
        NAME(STACK_SWITCH, "stack_switch"), NAME(SET_CALLBACKS, "set_callbacks"),
        NAME(FPU_TASKSWITCH, "fpu_taskswitch"), NAME(SCHED_OP_COMPAT, "sched_op_compat"),
        NAME(PLATFORM_OP, "platform_op"), NAME(SET_DEBUGREG, "set_debugreg"), NAME(GET_DEBUGREG, "get_debugreg"),
        NAME(UPDATE_DESCRIPTOR, "update_descriptor"), NAME(MEMORY_OP, "memory_op"), NAME(MULTICALL, "multicall"),
        NAME(UPDATE_VA_MAPPING, "update_va_mapping"), NAME(SET_TIMER_OP, "set_timer_op"),
        NAME(EVENT_CHANNEL_OP_COMPAT, "event_channel_op_compat"), NAME(XEN_VERSION, "xen_version"),
        NAME(CONSOLE_IO, "console_io"), NAME(PHYSDEV_OP_COMPAT, "physdev_op_compat"),
        NAME(GRANT_TABLE_OP, "grant_table_op"), NAME(VM_ASSIST, "vm_assist"),
        NAME(UPDATE_VA_MAPPING_OTHERDOMAIN, "update_va_mapping_otherdomain"), NAME(IRET, "iret"),
        NAME(VCPU_OP, "vcpu_op"), NAME(SET_SEGMENT_BASE, "set_segment_base"), NAME(MMUEXT_OP, "mmuext_op"),
        NAME(XSM_OP, "xsm_op"), NAME(NMI_OP, "nmi_op"), NAME(SCHED_OP, "sched_op"), NAME(CALLBACK_OP, "callback_op"),
        NAME(XENOPROF_OP, "xenoprof_op"), NAME(EVENT_CHANNEL_OP, "event_channel_op"),
        NAME(PHYSDEV_OP, "physdev_op"), NAME(HVM_OP, "hvm_op"), NAME(SYSCTL, "sysctl"), NAME(DOMCTL, "domctl"),
        NAME(KEXEC_OP, "kexec_op"), NAME(TMEM_OP, "tmem_op"), NAME(ARGO_OP, "argo_op"),
        NAME(XENPMU_OP, "xenpmu_op"), NAME(DM_OP, "dm_op"), NAME(HYPFS_OP, "hypfs_op"),
    };
    bool is_named[HYPERCALLS_MAX] = { false };

    (void)state;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        assert_string_equal(hypercall_name(known[i].number), known[i].name);
        is_named[known[i].number] = true;
    }
    for (uint32_t number = 0; number < 100; number++)
        if (number >= HYPERCALLS_MAX || !is_named[number])
            assert_true(strcmp(hypercall_name(number), "?") == 0 || number == 11);
    assert_string_equal(hypercall_name(UINT32_MAX), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(registers, start),
        cmocka_unit_test_setup(missing, start),
        cmocka_unit_test_setup(iret_replaces, start),
        cmocka_unit_test_setup(results, start),
        cmocka_unit_test_setup(unreadable, start),
        cmocka_unit_test_setup(hole, start),
        cmocka_unit_test_setup(batches, start),
        cmocka_unit_test_setup(long_entries, start),
        cmocka_unit_test_setup(long_call, start),
        cmocka_unit_test_setup(iret_ends_the_list, start),
        cmocka_unit_test_setup(the_dead_make_no_calls, start),
        cmocka_unit_test(names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
