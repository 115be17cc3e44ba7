/* Measures what the hypervisor's services cost a paravirtual kernel: TSC around a loop of one operation, less the
   same loop without it. Under QEMU's -icount shift=0 the TSC counts instructions, so the figures are exact, and a
   figure is a whole round trip. Prints `bench NAME COUNT`, hypercall.null with the mode of isolation, which the
   command line says (`segments` or `paging`): a guest cannot find it out. */
#include "test.h"

#define ROUNDS      1000
#define WARM_UP     64
#define VECTOR_FAST 0x80    /* the one gate that may lead from ring 3 to ring 1 without the hypervisor */

extern const char handler_hypercall[], handler_hardware[];

/* The loop is the same machine code each time but for the operation, so its own cost can be subtracted. The differences
   are small: 32 bits of the TSC do, and a 64-bit subtraction would be a library call in no page of ring 3's. */
#define LOOP(attributes, name, operation)                                   \
    attributes static uint32_t name(uint32_t rounds)                        \
    {                                                                       \
        uint32_t start = (uint32_t)cpu_rdtsc();                             \
                                                                            \
        for (uint32_t round = 0; round < rounds; round++) {                 \
            __asm__ volatile("" : "+r"(round));                             \
            operation;                                                      \
        }                                                                   \
        return (uint32_t)cpu_rdtsc() - start;                               \
    }

/* The call of the page is part of it, argument registers as well: this is what a kernel pays. */
static inline __attribute__((always_inline)) void call_null(void)
{
    hypercall_xen_version(XENVER_VERSION, NULL);
}

LOOP(, loop_empty, )
LOOP(, loop_null, call_null())
LOOP(, loop_cr0, cr0_read())
LOOP(USER_CODE, loop_user, )
LOOP(USER_CODE, loop_breakpoint, __asm__ volatile("int3"))
LOOP(USER_CODE, loop_fast, __asm__ volatile("int $0x80"))

typedef uint32_t loop(uint32_t rounds);

/* Rounded to the nearest: loops of a thousand leave no more than a rest. */
static void report(const char *name, const char *mode, uint32_t with, uint32_t without)
{
    print("bench %s%s %u\n", name, mode, (with - without + ROUNDS / 2) / ROUNDS);
}

/* Warmed up first: the translated code and its caches must be there before the clock starts. */
static void bench_kernel(const char *name, const char *mode, loop *full)
{
    uint32_t with, without;

    full(WARM_UP);
    loop_empty(WARM_UP);
    with = full(ROUNDS);
    without = loop_empty(ROUNDS);
    report(name, mode, with, without);
}

/* The excursion itself is outside the measured time: the program reads the clock. */
static void bench_user(const char *name, loop *full)
{
    uint32_t with, without;

    user_run(full, WARM_UP);
    user_run(loop_user, WARM_UP);
    with = user_run(full, ROUNDS);
    without = user_run(loop_user, ROUNDS);
    report(name, "", with, without);
}

/* No mask bit: the fast gate exists only without it, and the bounce is measured alike. */
static void handler_install(unsigned vector, const char *handler)
{
    struct trap_info list[2] = {
        { .vector = (uint8_t)vector, .flags = 3, .cs = SELECTOR_RING1_CODE, .address = (uint32_t)handler },
        { .address = 0 },
    };

    test_check(hypercall_set_trap_table(list) == 0, "set_trap_table refused a handler");
}

/* trap.bounce.ring3.hypercall and trap.bounce.ring3 differ in the handler's way back alone. */
void test_run(void)
{
    const char *mode = option_given("paging") ? ".paging" : option_given("segments") ? ".segments" : "";

    bench_kernel("hypercall.null", mode, loop_null);
    bench_kernel("emulate.cr0.pv", "", loop_cr0);
    handler_install(VECTOR_BREAKPOINT, handler_hypercall);
    bench_user("trap.bounce.ring3.hypercall", loop_breakpoint);
    handler_install(VECTOR_BREAKPOINT, handler_hardware);
    bench_user("trap.bounce.ring3", loop_breakpoint);
    handler_install(VECTOR_FAST, handler_hardware);
    bench_user("trap.int80.direct", loop_fast);
    test_success();
}
