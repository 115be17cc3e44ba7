/* The kernel's trap table and dispatch. Every exception has a stub, so none is lost; one that nobody expected is
   printed and ends the domain with an error. trap_happens is how tests say "this must fault": the handler abandons
   the operation and returns to the caller, whatever state the operation was in and in whichever ring. Handlers run
   in ring 1, on the stack of whatever was interrupted, or on the trap stack from ring 3. */
#include "traps.h"

#include <stddef.h>

#include "cpu.h"
#include "hypercall.h"
#include "print.h"
#include "test.h"

#define STUB_SIZE 16    /* as .align in traps.S has it */

static trap_handler *handlers[VECTOR_COUNT];    /* NULL: nobody's */
static struct trap_record *expected;    /* not NULL while trap_happens waits; the caller's own */
static uint32_t expected_place;         /* catch_call's stack pointer meanwhile */

extern const char trap_stubs[], event_entry[], failsafe_entry[];    /* traps.S; addresses, never data */
int catch_call(void (*operation)(void), uint32_t *place);
void catch_resume(uint32_t *place) __attribute__((noreturn));

/* Stubs are of one size, so their addresses need no table. */
struct trap_info trap_entry_of(unsigned vector, uint8_t flags)
{
    return (struct trap_info){ .vector = (uint8_t)vector, .flags = flags, .cs = SELECTOR_RING1_CODE,
                               .address = (uint32_t)trap_stubs + vector * STUB_SIZE };
}

/* Tables are merged by the hypervisor, so one entry and the end mark are enough. */
void trap_install(unsigned vector, uint8_t flags)
{
    struct trap_info list[2] = { trap_entry_of(vector, flags), { .address = 0 } };

    test_check(hypercall_set_trap_table(list) == 0, "set_trap_table refused an entry");
}

/* A kernel under test waits for no event; one that comes anyway, as from a real store, must only not come again. */
static struct trap_frame *event_drop(struct trap_frame *frame)
{
    if (shared_info != NULL)
        shared_info->vcpu_info[0].evtchn_upcall_pending = 0;
    return frame;
}

/* int3 and into are instructions that programs may use; everything else from ring 3 must be an accident. */
void traps_load(void)
{
    static struct trap_info list[VECTOR_EXCEPTIONS + 1];    /* the last one stays zero: the end */
    struct callback_register callback = { .type = CALLBACK_EVENT, .address.cs = SELECTOR_RING1_CODE };

    for (unsigned vector = 0; vector < VECTOR_EXCEPTIONS; vector++) {
        bool is_open = vector == VECTOR_BREAKPOINT || vector == VECTOR_OVERFLOW;

        list[vector] = trap_entry_of(vector, TRAP_INFO_MASKS | (is_open ? 3 : 0));
    }
    test_check(hypercall_set_trap_table(list) == 0, "set_trap_table refused the exceptions");
    trap_set_handler(VECTOR_EVENT, event_drop);
    callback.address.eip = (uint32_t)event_entry;
    test_check(hypercall_callback_op(CALLBACK_OP_REGISTER, &callback) == 0, "no event callback");
}

/* The older call, because it can also take the callback away. */
void failsafe_catch(bool catch)
{
    uint32_t cs = catch ? SELECTOR_RING1_CODE : 0;
    uint32_t eip = catch ? (uint32_t)failsafe_entry : 0;

    test_check(hypercall_set_callbacks(SELECTOR_RING1_CODE, (uint32_t)event_entry, cs, eip) == 0, "set_callbacks");
}

/* The stub must have been installed as well: exceptions have theirs from the start. */
void trap_set_handler(unsigned vector, trap_handler *handler)
{
    handlers[vector] = handler;
}

/* Not reentrant: an operation may not itself expect exceptions. */
bool trap_happens(void (*operation)(void), struct trap_record *record)
{
    bool caught;

    expected = record;
    caught = catch_call(operation, &expected_place) != 0;
    expected = NULL;
    return caught;
}

/* CR2 is read by the instruction: the hypervisor emulates it (abi.md 1.10), and shared_info need not be mapped. */
static struct trap_record trap_describe(const struct trap_frame *frame)
{
    struct trap_record record = { .frame = *frame, .place = (uint32_t)&frame->eip };

    record.interrupted_esp = trap_is_from_user(frame) ? frame->esp : (uint32_t)&frame->esp;
    if (frame->vector == VECTOR_PAGE)
        record.cr2 = cr2_read();
    return record;
}

/* Everything a person needs to find the place; CS tells the ring. */
static void trap_unexpected(const struct trap_frame *frame)
{
    struct trap_record record = trap_describe(frame);

    print("trap: unexpected vector %u, error %x, eip %x, cs %x, eflags %x, esp %x, cr2 %x\n", frame->vector,
          frame->error, frame->eip, frame->cs, frame->eflags, record.interrupted_esp, record.cr2);
    test_error("a trap that nobody expected");
}

/* Expected exceptions first, then handlers, then the end. */
struct trap_frame *trap_dispatch(struct trap_frame *frame)
{
    if (expected != NULL && handlers[frame->vector] == NULL) {
        struct trap_record *record = expected;

        expected = NULL;    /* a fault while it is described must not come here again */
        *record = trap_describe(frame);
        catch_resume(&expected_place);
    }
    if (handlers[frame->vector] == NULL)
        trap_unexpected(frame);
    return handlers[frame->vector](frame);
}
