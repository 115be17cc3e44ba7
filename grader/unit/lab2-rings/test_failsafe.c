/* sources: bounce.c guest_copy.c fake_pv.c frames.c panic_on_host.c exercise_on_host.c */
/*
 * Unit tests of the edge between ring 0 and a guest (floor 2). The trap page is memory below 2 GiB, so that the real
 * arithmetic on addresses works: at each place where the way out can fault, a fault's frame is put where the CPU and
 * the stub would, and the guest's own must come out of it whole. The file under test is part of this one.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "fake_pv.h"
#include "lab1-boot/xorshift.h"
#include "layout.h"

static uint32_t trap_page; /* address */

#undef GATE_TRAP
#define GATE_TRAP trap_page
#include "failsafe.c"

#define STACK 0x40000000u

static jmp_buf restarted;
static bool is_probe, has_nmi; /* what the edges of others say */
static unsigned notes;

void entry_restart(void)
{
    longjmp(restarted, 1);
}

bool isolation_edge(struct trap_frame *frame)
{
    (void)frame;
    return is_probe;
}

bool nmi_receive(void)
{
    return has_nmi;
}

void debug_note(struct pv_vcpu *pv)
{
    assert_ptr_equal(pv, &fake.pv);
    notes++;
}

static struct trap_frame *guest_frame(void)
{
    return (struct trap_frame *)(uintptr_t)(trap_page + PAGE_SIZE - sizeof(struct trap_frame));
}

static int start(void **state)
{
    if (trap_page == 0)
        trap_page = (uint32_t)(uintptr_t)mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE,
                                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    fake_pv_start(state);
    fake_page(STACK, FAKE_WRITE);
    fake.domain.vcpu[0].frame = guest_frame();
    fake.pv.callbacks[CALLBACK_FAILSAFE] = (struct pv_handler){ 0x00104444, SELECTOR_RING1_CODE, 0, false };
    fake.pv.kernel_ss = SELECTOR_RING1_DATA;
    fake.pv.kernel_sp = STACK + PAGE_SIZE;
    is_probe = has_nmi = false;
    notes = 0;
    return 0;
}

static struct trap_frame random_frame(uint64_t *seed)
{
    struct trap_frame frame;
    uint32_t *words = (uint32_t *)&frame;

    for (unsigned i = 0; i < sizeof(frame) / 4; i++)
        words[i] = xorshift_next(seed);
    return frame;
}

/*
 * `popped` bytes of the guest's frame are in registers when the fault comes: its frame has these, ends there, and
 * overwrites what lies below. Everything else in it is ring 0's.
 */
static struct trap_frame *fault_place(const struct trap_frame *guest, uint32_t popped, uint64_t *seed)
{
    struct trap_frame fault = random_frame(seed);
    uint8_t *place = (uint8_t *)guest_frame() + popped - offsetof(struct trap_frame, esp);

    memcpy(guest_frame(), guest, sizeof(*guest));
    memcpy(&fault, guest, popped < offsetof(struct trap_frame, vector) ? popped : offsetof(struct trap_frame, vector));
    fault.cs = SELECTOR_CODE;
    fault.eflags &= ~TRAP_EFLAGS_VM;
    fault.vector = VECTOR_GP;
    fault.error = 0x4321;
    memcpy(place, &fault, offsetof(struct trap_frame, esp)); /* from ring 0: neither ESP nor SS */
    return (struct trap_frame *)(void *)place;
}

/* Before POP GS, FS, ES, DS, POPA (which cannot fault), and the IRET, for which ESP is behind vector and error. */
static const uint32_t pops[] = { 0, 4, 8, 12, 16, offsetof(struct trap_frame, eip) };

static void same_guest(const struct trap_frame *a, const struct trap_frame *b)
{
    size_t registers = offsetof(struct trap_frame, unused_esp), after = offsetof(struct trap_frame, ebx);

    assert_memory_equal(a, b, registers);
    assert_memory_equal(&a->ebx, &b->ebx, offsetof(struct trap_frame, vector) - after);
    assert_memory_equal(&a->eip, &b->eip, sizeof(*a) - offsetof(struct trap_frame, eip));
}

static void recovering(void **state)
{
    uint64_t seed = 29;

    (void)state;
    for (unsigned round = 0; round < 1000; round++)
        for (unsigned i = 0; i < sizeof(pops) / sizeof(pops[0]); i++) {
            struct trap_frame guest = random_frame(&seed), *fault = fault_place(&guest, pops[i], &seed);

            assert_int_equal(esp_before(fault) - (uint32_t)(uintptr_t)guest_frame(), pops[i]);
            frame_recover(guest_frame(), fault, pops[i]);
            same_guest(guest_frame(), &guest);
        }
}

/* False: it has gone back to where the fault was. */
static bool restarts(struct trap_frame *fault)
{
    if (setjmp(restarted) != 0)
        return true;
    failsafe_edge(fault);
    return false;
}

/* Through the edge itself, for each exception that a bad selector can raise: the callback gets all it needs. */
static void delivered(void **state)
{
    uint64_t seed = 30;

    for (unsigned vector = VECTOR_TS; vector <= VECTOR_PF; vector++)
        for (unsigned i = 0; i < sizeof(pops) / sizeof(pops[0]); i++) {
            struct trap_frame guest, *fault;
            uint32_t esp = STACK + PAGE_SIZE - 9 * 4;

            start(state);
            guest = random_frame(&seed);
            guest.cs = 0x0def | 3;
            fault = fault_place(&guest, pops[i], &seed);
            fault->vector = vector;
            assert_true(restarts(fault));
            assert_int_equal(fake.crashes, 0);
            assert_int_equal(guest_frame()->eip, 0x00104444);
            assert_int_equal(guest_frame()->esp, esp);
            assert_int_equal(fake_word(esp), guest.ds & 0xffff);
            assert_int_equal(fake_word(esp + 4), guest.es & 0xffff);
            assert_int_equal(fake_word(esp + 8), guest.fs & 0xffff);
            assert_int_equal(fake_word(esp + 12), guest.gs & 0xffff);
            assert_int_equal(fake_word(esp + 16), guest.eip);
            assert_int_equal(fake_word(esp + 20), 0x0def);
            assert_int_equal(fake_word(esp + 28), guest.esp);
            assert_int_equal(fake_word(esp + 32), guest.ss & 0xffff);
            assert_int_equal(guest_frame()->eax, guest.eax);
            assert_int_equal(guest_frame()->ds | guest_frame()->es | guest_frame()->fs | guest_frame()->gs, 0);
        }
}

static void crashes(const char *word)
{
    failsafe_deliver(&fake.pv, VECTOR_GP, 0x88);
    assert_int_equal(fake.crashes, 1);
    if (strstr(fake.reason, word) == NULL)
        fail_msg("reason: %s", fake.reason);
}

static void not_delivered(void **state)
{
    for (uint16_t cs = 0; cs < 4; cs++) {
        start(state);
        guest_frame()->cs = 0x1231;
        guest_frame()->eip = 0x777;
        fake.pv.callbacks[CALLBACK_FAILSAFE].cs = cs;
        crashes("cannot return to 1231:00000777: exception 13, error 88");
    }
    start(state);
    guest_frame()->cs = 0xabcd0000 | SELECTOR_RING1_CODE; /* on the way to that very callback */
    guest_frame()->eip = 0x00104444;
    crashes("cannot return to");
    start(state);
    guest_frame()->cs = SELECTOR_RING3_CODE;
    fake.pv.kernel_sp = STACK; /* nowhere to push */
    crashes("failsafe callback after exception 13");
}

/* What is the guest's doing, and what is trouble of our own. */
static void edges(void **state)
{
    struct trap_frame *fault = (struct trap_frame *)(uintptr_t)(trap_page + 512), elsewhere = { .vector = VECTOR_GP };

    (void)state;
    *fault = (struct trap_frame){ .vector = VECTOR_DB };
    assert_true(failsafe_edge(fault)); /* held back by MOV SS */
    assert_int_equal(notes, 1);
    for (unsigned vector = 0; vector < 256; vector++) {
        fault->vector = vector;
        if (vector != VECTOR_DB && (vector < VECTOR_TS || vector > VECTOR_PF))
            assert_false(failsafe_edge(fault));
        elsewhere.vector = vector;
        assert_false(failsafe_edge(&elsewhere)); /* on the hypervisor's own stack */
    }
    has_nmi = true;
    elsewhere.vector = VECTOR_NMI;
    assert_true(failsafe_edge(&elsewhere));
    is_probe = true;
    elsewhere.vector = VECTOR_GP;
    assert_true(failsafe_edge(&elsewhere));
    is_probe = false;
    vcpu_running = NULL;
    fault->vector = VECTOR_GP;
    assert_false(failsafe_edge(fault));
    fault->vector = VECTOR_DB;
    assert_false(failsafe_edge(fault));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(recovering, start),
        cmocka_unit_test(delivered),
        cmocka_unit_test(not_delivered),
        cmocka_unit_test_setup(edges, start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
