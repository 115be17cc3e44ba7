/* The hostile guest. Issues count=1000000 random hypercalls, named by seed=1, with random and hostile arguments: the
   hypervisor must stand, lose no frame, and the neighbours must not notice. Now and then it puts its own ground in
   order and looks whether traps still arrive. At the end a digest of all numbers and results: equal for equal runs.
   */
/* expect: success */
/* words: seed=1 count=100000 */
#include "fuzz.h"

#include "test.h"

#define CALLS           1000000u
#define RESTORE_EVERY   64u
#define LOOK_EVERY      4096u

static uint32_t digest = 2166136261u;   /* FNV-1a, a word at a time */
static uint32_t errors;

/* What must still work whatever the calls have done. */
OPERATION(fault, "ud2")
USER_OPERATION(program_fault, "ud2")

/* Whatever the calls have set that a trap needs. */
static void ground_restore(void)
{
    struct physdev_set_iopl iopl = { .iopl = 0 };

    traps_load();
    failsafe_catch(true);
    user_start_up();
    hypercall_set_debugreg(7, 0);
    hypercall_fpu_taskswitch(0);
    hypercall_physdev_op(PHYSDEV_SET_IOPL, &iopl);
}

/* After ground_restore, before the next random call. */
static void ground_look(void)
{
    test_expect("fault", fault, VECTOR_OPCODE, 0);
    test_expect("ring 3, fault", program_fault, VECTOR_OPCODE, 0);
    test_result("page size", hypercall_xen_version(XENVER_PAGESIZE, NULL), 4096);
}

/* The multiplier is FNV's prime. Results of one run depend on nothing but seed and count. */
static void digest_add(uint32_t word)
{
    digest = (digest ^ word) * 16777619u;
}

/* All registers but EAX must come back: checked here for every kind of call. */
static void call_issue(void)
{
    struct hypercall_registers call, given;

    call_make(&call);
    given = call;
    hypercall_raw(&call);
    digest_add(given.eax);
    digest_add(call.eax);
    errors += (int32_t)call.eax < 0;
    test_check(call.ebx == given.ebx && call.ecx == given.ecx && call.edx == given.edx && call.esi == given.esi &&
               call.edi == given.edi && call.ebp == given.ebp, "a register changed");
}

void test_run(void)
{
    uint32_t seed = option_number("seed", 1);
    uint32_t count = option_number("count", CALLS);

    random_seed(seed);
    arena_start();
    descriptors_protect(gdt_page);
    for (uint32_t i = 0; i < count; i++) {
        if (i % RESTORE_EVERY == 0) {
            ground_restore();
            arena_stir();
        }
        if (i % LOOK_EVERY == 0)
            ground_look();
        call_issue();
    }
    ground_restore();
    print("fuzz: seed %u, %u calls, %u refused, digest %X\n", seed, count, errors, digest);
    test_success();
}
