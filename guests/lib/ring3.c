/* An excursion to ring 3: one software interrupt goes down, another comes back. Going down is an iret to a frame made
   by hand, coming back a stack switch through the TSS. Called by the bare kernel's shell and by tests.

       caller's stack:  ... | frame of `int 0x50` |  <- esp0 while in ring 3: traps from there land just below */
#include "ring3.h"

#include "cpu.h"
#include "segments.h"

/* Two of the vectors that neither exceptions (0..31) nor the PICs (32..47) use. */
#define VECTOR_ENTER    0x50
#define VECTOR_LEAVE    0x51

static uint8_t ring3_stack[4096] __attribute__((aligned(16)));  /* user code's; all other memory is shared */
static struct trap_frame ring3_frame;   /* static: the frame must not lie on the stack it leaves */
static struct trap_frame *ring0_frame;  /* where the caller waits in ring3_run; valid during an excursion */

/* Handler of VECTOR_ENTER. With esp0 = the frame of the caller's own int, whatever traps from ring 3 pushes below it
   and the frame survives.

       iret pops:   eip  cs  eflags  user_esp  user_ss      the last two because cs has RPL 3

   The data selectors are loaded by traps.S before that iret; null ones would be left alone, ring-0 ones cleared. */
static struct trap_frame *ring3_enter(struct trap_frame *frame)
{
    ring0_frame = frame;
    segments_load_task((uint32_t)frame);
    ring3_frame = (struct trap_frame){
        .gs = SELECTOR_USER_DATA, .fs = SELECTOR_USER_DATA, .es = SELECTOR_USER_DATA, .ds = SELECTOR_USER_DATA,
        .eip = frame->eax, .cs = SELECTOR_USER_CODE, .eflags = EFLAGS_FIXED | EFLAGS_IF,
        .user_esp = (uint32_t)(ring3_stack + sizeof(ring3_stack)), .user_ss = SELECTOR_USER_DATA,
    };
    return &ring3_frame;
}

/* Handler of VECTOR_LEAVE. The ring-3 frame is simply dropped: nobody goes on there. */
static struct trap_frame *ring3_return(struct trap_frame *frame)
{
    ring0_frame->eax = frame->eax;
    return ring0_frame;
}

/* Only LEAVE is open to ring 3: user code that calls ENTER gets #GP and cannot choose where ring 0 goes on. */
uint32_t ring3_run(void (*code)(void))
{
    uint32_t value;

    trap_set_handler(VECTOR_ENTER, ring3_enter);
    trap_set_handler(VECTOR_LEAVE, ring3_return);
    trap_allow_ring3(VECTOR_LEAVE);
    __asm__ volatile("int %2" : "=a"(value) : "0"(code), "i"(VECTOR_ENTER) : "memory", "cc");
    return value;
}

/* In ring 3 there is no other way out: the stack below holds no return address to a kernel. */
void ring3_leave(uint32_t value)
{
    __asm__ volatile("int %1" : : "a"(value), "i"(VECTOR_LEAVE) : "memory");
}
