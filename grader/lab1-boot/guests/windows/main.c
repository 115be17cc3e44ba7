/* Where interrupts may come and where not: a tick is made to wait while IF is off, and then IF is turned on in several
   ways. The handler keeps the EIP it interrupted. */
#include "evidence.h"
#include "test.h"
#include "wire.h"

#define HZ   500
#define OFF_TURNS 8000  /* with IF off: three ticks; a guest is owed no more than VPIT_MAX_OWED */
#define ON_TURNS  300000

extern const char windows_sti[], windows_hlt[];

static volatile uint32_t ticks, eip;

static struct trap_frame *tick(struct trap_frame *frame)
{
    ticks++;
    eip = frame->eip;
    pic_end(IRQ_TIMER);
    return frame;
}

/* With IF off, until a tick waits at the PIC. */
static void tick_wait(void)
{
    while (!(pic_requested() & 1))
        ;
}

static void windows_try(void)
{
    uint32_t before;

    tick_wait();
    __asm__ volatile("sti; nop; windows_sti: nop; nop; cli" : : : "memory");
    evidence_put(WINDOWS_STI, eip - (uint32_t)windows_sti);
    tick_wait();
    before = ticks;
    __asm__ volatile("sti; cli; nop; nop" : : : "memory");
    evidence_put(WINDOWS_CLI, ticks - before);
    tick_wait();
    __asm__ volatile("sti; hlt; windows_hlt: cli" : : : "memory");
    evidence_put(WINDOWS_HLT, eip - (uint32_t)windows_hlt);
    evidence_put(WINDOWS_COUNT, ticks);
}

static void turns_wait(uint32_t turns)
{
    for (volatile uint32_t i = 0; i < turns; i++)
        ;
}

/* Ticks of a time of which a part is without interrupts: they come late, but they come. */
static void ticks_count(void)
{
    uint64_t start = cpu_rdtsc();
    uint32_t before = ticks;

    turns_wait(OFF_TURNS);
    evidence_put(WINDOWS_OFF, ticks - before);
    cpu_sti();
    turns_wait(ON_TURNS);
    cpu_cli();
    evidence_put(WINDOWS_TICKS, ticks - before);
    evidence_put(WINDOWS_TIME, (uint32_t)(cpu_rdtsc() - start) / 1000);
}

void test_run(void)
{
    test_start_timer(HZ);
    trap_set_handler(VECTOR_IRQ0 + IRQ_TIMER, tick);
    windows_try();
    ticks_count();
    evidence_seal();
    test_success();
}
