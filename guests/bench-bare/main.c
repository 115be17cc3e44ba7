/* Measures what a privileged instruction costs the kernel that executes it: TSC around a loop of one instruction, less
   the same loop without it. Under QEMU's -icount shift=0 the TSC counts instructions, so the figures are exact.
   Prints `bench NAME COUNT`. Ends with success. */
#include "cpu.h"
#include "io.h"
#include "print.h"
#include "segments.h"
#include "traps.h"

#define ROUNDS      1000
#define WARM_UP     64
#define VECTOR_EMPTY 0x40
#define LINE        64      /* characters, then a new line: consoles are made of lines */

void guest_main(void);

/* The loop is the same machine code each time but for the operation, so its own cost can be subtracted. */
#define LOOP(name, operation)                                               \
    static uint32_t name(uint32_t rounds)                                   \
    {                                                                       \
        uint64_t start = cpu_rdtsc();                                       \
                                                                            \
        for (uint32_t round = 1; round <= rounds; round++) {                \
            __asm__ volatile("" : "+r"(round));                             \
            operation;                                                      \
        }                                                                   \
        return (uint32_t)(cpu_rdtsc() - start);                             \
    }

static inline void put_dot(uint32_t round)
{
    uint8_t c = round % LINE == 0 ? '\n' : '.';

    __asm__ volatile("outb %b0, %w1" : : "a"(c), "d"(PORT_UART + UART_DATA));
}

/* What put_dot does besides the instruction that is measured. */
static inline void choose_dot(uint32_t round)
{
    uint8_t c = round % LINE == 0 ? '\n' : '.';

    __asm__ volatile("" : : "a"(c), "d"(PORT_UART + UART_DATA));
}

LOOP(loop_empty, )
LOOP(loop_cr0, __asm__ volatile("mov %%cr0, %%eax" : : : "eax"))
LOOP(loop_cli, __asm__ volatile("cli"))
LOOP(loop_int, __asm__ volatile("int $0x40"))
LOOP(loop_dots_empty, choose_dot(round))
LOOP(loop_dots, put_dot(round))

/* INT n and the IRET behind it: two traps and the guest's own entry code. */
static struct trap_frame *empty_handler(struct trap_frame *frame)
{
    return frame;
}

static void bench(const char *name, uint32_t (*full)(uint32_t), uint32_t (*empty)(uint32_t))
{
    uint32_t with;
    uint32_t without;

    full(WARM_UP);
    empty(WARM_UP);
    with = full(ROUNDS);
    without = empty(ROUNDS);
    print("\nbench %s %u\n", name, (with - without + ROUNDS / 2) / ROUNDS);
}

void guest_main(void)
{
    segments_load();
    traps_load();
    bench("emulate.cr0.bare", loop_cr0, loop_empty);
    bench("emulate.cli.bare", loop_cli, loop_empty);
    trap_set_handler(VECTOR_EMPTY, empty_handler);
    bench("emulate.int.iret.bare", loop_int, loop_empty);
    bench("emulate.out.uart", loop_dots, loop_dots_empty);
    guest_exit(EXIT_SUCCESS);
}
