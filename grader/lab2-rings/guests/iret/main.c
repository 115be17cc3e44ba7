/* Goes to ring 3 and to other places of ring 1 by the iret hypercall and tells what it found there. */
#include "evidence.h"
#include "evidence_keys.h"
#include "test.h"

#define STUB "jmp hypercall_page + 23 * 32" /* pushes EAX, then calls */

extern const char iret_user[], iret_flags[];

uint32_t iret_registers[KEYS_REGISTERS], iret_words[21], iret_kept, iret_kernel[2], iret_stack[32];
static uint32_t handler_masks[2];

/* With all registers loaded; the frame is the last five of iret_words: EIP CS EFLAGS ESP SS. */
static void user_enter(void)
{
    __asm__ volatile("mov $iret_words + 64, %%esp\n\t"
                     "movl iret_registers + 4, %%ecx\n\t"
                     "movl iret_registers + 8, %%edx\n\t"
                     "movl iret_registers + 12, %%ebx\n\t"
                     "movl iret_registers + 20, %%ebp\n\t"
                     "movl iret_registers + 24, %%esi\n\t"
                     "movl iret_registers + 28, %%edi\n\t"
                     "movl iret_registers, %%eax\n\t" STUB : : : "memory");
    __builtin_unreachable();
}

__asm__(".pushsection .user.text, \"ax\", @progbits\n"
        "iret_user: int $0x31\n"
        "iret_flags: pushf\n"
        "pop %eax\n"
        "int $0x31\n"
        ".popsection");

static struct trap_record user_try(const char *place, uint32_t eflags)
{
    struct trap_record record = { .cr2 = 0 };
    uint32_t *iret_frame = iret_words + 16;

    iret_frame[0] = (uint32_t)place;
    iret_frame[1] = SELECTOR_RING3_CODE | evidence_random() << 16; /* the upper half does not count */
    iret_frame[2] = eflags;
    iret_frame[3] = (uint32_t)user_stack_top - 64;
    iret_frame[4] = SELECTOR_RING3_DATA;
    trap_happens(user_enter, &record);
    __asm__ volatile("mov %0, %%ds; mov %0, %%es" : : "r"(SELECTOR_RING1_DATA));
    return record;
}

static void registers_put(void)
{
    for (int i = 0; i < KEYS_REGISTERS; i++)
        iret_registers[i] = evidence_random();
    struct trap_frame frame = user_try(iret_user, (evidence_random() & KEYS_FLAGS) | 0x202).frame;
    const uint32_t values[KEYS_REGISTERS] = { frame.eax, frame.ecx, frame.edx, frame.ebx, frame.esp, frame.ebp,
                                              frame.esi, frame.edi };
    for (uint32_t i = 0; i < KEYS_REGISTERS; i++)
        evidence_put(IRET_REGISTERS + i, values[i]);
    evidence_put(IRET_EIP, frame.eip - (uint32_t)iret_user);
    evidence_put(IRET_CS, frame.cs);
    evidence_put(IRET_FLAGS, frame.eflags);
    evidence_put(IRET_SS, frame.ss & 0xffff);
    evidence_put(IRET_ESP, (uint32_t)user_stack_top - 64);
    /* IOPL 3 and VM, as a kernel that wants to be ring 0 would ask for. */
    evidence_put(IRET_REAL_FLAGS, user_try(iret_flags, 0x23202).frame.eax);
    evidence_seal();
}

/* EAX, EIP, CS, EFLAGS: ESP goes on behind them. */
static void __attribute__((noinline)) kernel_try(void)
{
    iret_registers[0] = evidence_random();
    iret_stack[16] = SELECTOR_RING1_CODE;
    iret_stack[17] = 0x202;
    __asm__ volatile("pusha\n\t"
                     "mov %%esp, iret_kept\n\t"
                     "mov $iret_stack + 60, %%esp\n\t"
                     "movl $1f, iret_stack + 60\n\t"
                     "movl iret_registers, %%eax\n\t" STUB "\n"
                     "1: mov %%esp, iret_kernel\n\t"
                     "mov %%eax, iret_kernel + 4\n\t"
                     "mov iret_kept, %%esp\n\t"
                     "popa" : : : "memory");
    evidence_put(IRET_KERNEL_ESP, iret_kernel[0] - (uint32_t)&iret_stack[18]);
    evidence_put(IRET_KERNEL_EAX, iret_kernel[1] - iret_registers[0]);
    evidence_seal();
}

static void interrupt(void)
{
    __asm__ volatile("int $0x30");
}

static void mask_try(bool masked, uint32_t key)
{
    struct trap_record record = { .cr2 = 0 };

    events_set_mask(masked);
    trap_happens(interrupt, &record);
    evidence_put(key, record.frame.saved_mask);
    evidence_put(key + 1, record.frame.eflags & EFLAGS_IF);
}

/* Two handlers, each of which looks at the mask it runs with by raising another INT. */
static struct trap_frame *handler(struct trap_frame *frame)
{
    static uint32_t outer;

    if (frame->vector == 0x34) {
        handler_masks[outer - 0x32] = frame->saved_mask;
        return frame;
    }
    outer = frame->vector;
    __asm__ volatile("int $0x34");
    return frame;
}

static void handlers_try(void)
{
    for (unsigned vector = 0x32; vector <= 0x34; vector++) {
        trap_set_handler(vector, handler);
        trap_install(vector, vector == 0x33 ? 1 : 1 | TRAP_INFO_MASKS);
    }
    events_set_mask(false);
    __asm__ volatile("int $0x32");
    __asm__ volatile("int $0x33");
    evidence_put(IRET_MASK_HANDLER, handler_masks[0]);
    evidence_put(IRET_MASK_PLAIN, handler_masks[1]);
}

void test_run(void)
{
    trap_install(0x30, 1);
    trap_install(0x31, 3 | TRAP_INFO_MASKS);
    kernel_try();
    registers_put();
    mask_try(false, IRET_MASK_OFF);
    mask_try(true, IRET_MASK_ON);
    handlers_try();
    evidence_seal();
    test_success();
}
