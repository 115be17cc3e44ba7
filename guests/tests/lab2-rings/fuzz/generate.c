/* One random call: each number in turn with arguments that are nearly right. What would end this guest by its own
   wish is left out (shutdown, block, iret), and so is what would take its ground away: breakpoints are never armed,
   and calls about page tables, for which higher floors answer, get no list that can be read. */
#include "fuzz.h"

#include <stddef.h>

#include "memory.h"
#include "segments.h"

#define NUMBERS 64

/* What a list in the arena installs is undone by ground_restore before any trap needs it. */
static void trap_calls(struct hypercall_registers *call)
{
    call->ebx = random_below(16) == 0 ? 0 : pointer_any();      /* 0 clears the table */
}

/* Frames of pages that may be a table, as the first words of a list. */
static void gdt_call(struct hypercall_registers *call)
{
    call->ebx = pointer_any();
    call->ecx = random_below(2) == 0 ? random_below(1024) : word_any();
    if (random_below(2) == 0) {
        uint32_t first = random_below(1024);

        arena[first] = frame_of(gdt_page);
        arena[first + 1] = frame_of(&arena[ARENA_WORDS - 1]);
        call->ebx = (uint32_t)&arena[first];
    }
}

/* Three of four are present: others are accepted unseen. */
static void descriptor_call(struct hypercall_registers *call)
{
    uint64_t address = machine_any();

    call->ebx = (uint32_t)address;
    call->ecx = (uint32_t)(address >> 32);
    call->edx = random_next();
    call->esi = random_next() | (random_below(4) != 0 ? ACCESS_PRESENT << 8 : 0);
}

/* DR7 without any enable bit: a breakpoint would look for a handler that another call has just replaced. */
static void debug_call(struct hypercall_registers *call)
{
    call->ebx = random_below(2) == 0 ? random_below(10) : word_any();
    call->ecx = (call->ebx | 2) == 7 ? random_next() & ~0xFFu : word_any();   /* 5 is another name of 7 */
}

/* Only what cannot be printed is, or nothing: a million lines help nobody. */
static void console_call(struct hypercall_registers *call)
{
    bool is_read = random_below(2);

    call->ebx = random_below(8) == 0 ? word_any() | 2 : is_read;
    call->ecx = is_read || random_below(2) ? word_any() | PAGE_SIZE : 0;   /* no pointer below has a page behind it */
    call->edx = call->ecx == 0 ? pointer_any() : pointer_bad();
}

/* yield and unknown commands; the real ones from 1 to 6 with pointers to nowhere. */
static void sched_call(struct hypercall_registers *call)
{
    static const uint32_t harmless[] = { 0, 0, 0, 2, 3, 4, 5, 7, 8, 99, 0xFFFFFFFF };

    call->ebx = harmless[random_below(sizeof(harmless) / sizeof(harmless[0]))];
    call->ecx = ADDRESS_UNMAPPED + random_below(0x1000000);
}

/* Its 1 and 2 are block and shutdown, by value. */
static void compat_call(struct hypercall_registers *call)
{
    call->ebx = random_below(2) == 0 ? 0 : 3 + random_next() % 0xFFFFFFF0;
}

/* set_iopl and set_iobitmap, with maps that may lie anywhere. */
static void physdev_call(struct hypercall_registers *call)
{
    uint32_t *request = (uint32_t *)(pointer_good() & ~3u);

    request[0] = word_any();
    request[1] = word_any();
    call->ebx = random_below(2) == 0 ? 6 + random_below(2) : word_any();
    call->ecx = random_below(4) == 0 ? pointer_bad() : (uint32_t)request;
}

/* SET_LDT is floor 2's; the others' arguments are frames that are none. */
static void mmuext_call(struct hypercall_registers *call)
{
    struct mmuext_op *list = (struct mmuext_op *)(pointer_good() & ~3u);

    list[0] = (struct mmuext_op){ MMUEXT_SET_LDT, pointer_any() & ~0xFFFu, word_any() };
    list[1] = (struct mmuext_op){ random_below(32), 0xF0000000 | random_next(), word_any() };
    call->ebx = random_below(4) == 0 ? pointer_bad() : (uint32_t)list;
    call->ecx = 1 + random_below(2);
    call->edx = random_below(2) == 0 ? 0 : pointer_any();
    call->esi = random_below(4) != 0 ? DOMID_SELF : word_any();
}

/* Any other number: if it is known above floor 2, it finds nothing behind its pointers. */
static void other_call(struct hypercall_registers *call)
{
    call->ebx = random_below(2) == 0 ? pointer_bad() : word_any() & 0xFF;
    call->ecx = pointer_bad();
    call->edx = pointer_bad();
    call->esi = pointer_bad();
    call->edi = pointer_bad();
}

static void call_choose(struct hypercall_registers *call);

/* Entries as hostile as calls of their own; the count only lies where the list is nowhere. */
static void multi_call(struct hypercall_registers *call)
{
    struct multicall_entry *list = (struct multicall_entry *)(pointer_good() & ~3u);
    uint32_t count = random_below(BATCH_MAX + 1);

    call->ebx = (uint32_t)list;
    call->ecx = count;
    if (random_below(8) == 0) {
        call->ebx = HYPERVISOR_VIRT_START - random_below(sizeof(*list));
        call->ecx = word_any();
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        struct hypercall_registers entry = { .eax = 0 };

        call_choose(&entry);
        if (entry.eax == HYPERCALL_MULTICALL)
            entry.ebx = pointer_bad();
        list[i] = (struct multicall_entry){ entry.eax, 0, { entry.ebx, entry.ecx, entry.edx, entry.esi, entry.edi } };
    }
}

/* Calls whose arguments may be anything: nothing they do is in our way. */
static void plain_call(struct hypercall_registers *call)
{
    call->ebx = random_below(4) == 0 ? word_any() : random_below(12);
    call->ecx = pointer_any();
    call->edx = word_any();
    call->esi = word_any();
    call->edi = word_any();
}

/* What has no maker belongs to no floor or to a higher one, and gets a smaller chance. */
static void call_choose(struct hypercall_registers *call)
{
    static void (*const makers[NUMBERS])(struct hypercall_registers *) = {
        [HYPERCALL_SET_TRAP_TABLE] = trap_calls,        [HYPERCALL_SET_GDT] = gdt_call,
        [HYPERCALL_STACK_SWITCH] = plain_call,          [HYPERCALL_SET_CALLBACKS] = plain_call,
        [HYPERCALL_FPU_TASKSWITCH] = plain_call,        [HYPERCALL_SCHED_OP_COMPAT] = compat_call,
        [HYPERCALL_SET_DEBUGREG] = debug_call,          [HYPERCALL_GET_DEBUGREG] = plain_call,
        [HYPERCALL_UPDATE_DESCRIPTOR] = descriptor_call, [HYPERCALL_XEN_VERSION] = plain_call,
        [HYPERCALL_CONSOLE_IO] = console_call,          [HYPERCALL_VM_ASSIST] = plain_call,
        [HYPERCALL_SCHED_OP] = sched_call,              [HYPERCALL_CALLBACK_OP] = plain_call,
        [HYPERCALL_PHYSDEV_OP] = physdev_call,          [HYPERCALL_MMUEXT_OP] = mmuext_call,
    };
    uint32_t number = random_below(NUMBERS);

    while (makers[number] == NULL && random_below(8) != 0)
        number = random_below(NUMBERS);
    if (number == HYPERCALL_IRET)
        number = 0xFFFFFFFF - random_below(4);
    call->eax = number;
    if (number < NUMBERS && makers[number] != NULL)
        makers[number](call);
    else
        other_call(call);
}

/* Lists of calls are made here, so that a list in a list is only ever one to nowhere. */
void call_make(struct hypercall_registers *call)
{
    *call = (struct hypercall_registers){ .ebp = random_next() };
    call_choose(call);
    if (call->eax == HYPERCALL_MULTICALL)
        multi_call(call);
    if (random_below(64) == 0)
        call->eax = NUMBERS + random_next() % 0xFFFFFF00;
}
