/* The demonstration of ring-1 guests, for people: a kernel that says who it is, runs a program in ring 3 that calls it by
   INT 0x80, has two attempts on the hypervisor refused, and then talks with whoever has the keyboard. With `shell` on
   its command line it talks until `exit`; with `attack` it goes too far and is ended, alone; else it ends by itself. */
#include "test.h"

#define CALL_SAY  0     /* EBX: text */
#define CALL_RING 1     /* EBX: a selector of CS */
#define LINE_MAX  72
#define BACKSPACE 0x7F

OPERATION(kernel_looks, "mov 0xF8100000, %%eax")
USER_OPERATION(program_looks, "mov 0xF8100000, %%eax")

static char program_text[] USER_DATA = "a program, talking by INT 0x80";

/* Arrives on the trap stack, by a gate that leads here from ring 3 without the hypervisor. */
static struct trap_frame *call_answer(struct trap_frame *frame)
{
    if (frame->eax == CALL_SAY)
        print("program: %s\n", (const char *)frame->ebx);
    else
        print("program: ring %u, CS %x\n", frame->ebx & 3, frame->ebx);
    return frame;
}

/* In the pages of ring 3, like its only caller. */
USER_CODE static void call(uint32_t number, uint32_t argument)
{
    __asm__ volatile("int $0x80" : : "a"(number), "b"(argument) : "memory", "cc");
}

USER_CODE static uint32_t program(uint32_t text)
{
    uint32_t cs;

    call(CALL_SAY, text);
    __asm__ volatile("mov %%cs, %0" : "=r"(cs));
    call(CALL_RING, cs);
    return 0;
}

static void kernel_describe(void)
{
    int32_t version = hypercall_xen_version(XENVER_VERSION, NULL);

    print("kernel: ring %u, CS %x; the interface is that of Xen %u.%u\n", cs_read() & 3u, cs_read(), version >> 16,
          version & 0xFFFF);
    print("kernel: %u pages; pages 256 and 257 are machine frames %x and %x\n", start_info->nr_pages,
          frame_of((const void *)0x100000), frame_of((const void *)0x101000));
}

/* No bit for masked events: only so can the gate be a real one. */
static void program_run(void)
{
    trap_set_handler(0x80, call_answer);
    trap_install(0x80, 3);
    user_run(program, (uint32_t)program_text);
}

static void look(const char *who, void (*operation)(void))
{
    struct trap_record seen;

    if (trap_happens(operation, &seen))
        print("%s: reads the hypervisor: exception %u, error %x, handled by the kernel\n", who, seen.frame.vector,
              seen.frame.error);
    else
        print("%s: reads the hypervisor: nothing stopped it\n", who);
}

/* A stack in the hypervisor's part, and an exception: there is no place to tell the kernel about it. */
static void attack(void)
{
    print("kernel: now with a stack in the hypervisor's memory\n");
    __asm__ volatile("mov $0xF8101000, %esp; ud2");
}

/* Sleeps until there is a key: the call returns at once when one is there already. */
static char key_wait(void)
{
    char key = 0;

    while (hypercall_console_io(CONSOLE_READ, 1, &key) != 1)
        hypercall_sched_op(SCHED_BLOCK, NULL);
    return key;
}

/* What a terminal would do: show what is typed, and take it back. */
static void line_read(char line[LINE_MAX])
{
    uint32_t length = 0;

    for (char key; (key = key_wait()) != '\r' && key != '\n'; print_flush()) {
        if (key == BACKSPACE && length > 0) {
            length--;
            print("\b \b");
        } else if (key >= ' ' && key < BACKSPACE && length < LINE_MAX - 1) {
            line[length++] = key;
            print("%c", key);
        }
    }
    line[length] = '\0';
    print("\n");
}

static bool is_exit(const char *line)
{
    return line[0] == 'e' && line[1] == 'x' && line[2] == 'i' && line[3] == 't' && line[4] == '\0';
}

static void talk(void)
{
    char line[LINE_MAX];

    print("kernel: asleep until you type; 'exit' ends this guest\n");
    for (;;) {
        print("pv> ");
        print_flush();
        line_read(line);
        if (is_exit(line))
            return;
        print("kernel: you said \"%s\"\n", line);
    }
}

void test_run(void)
{
    kernel_describe();
    program_run();
    look("program", program_looks);
    look("kernel", kernel_looks);
    if (option_given("attack"))
        attack();
    if (option_given("shell"))
        talk();
    print("kernel: end\n");
    domain_end(SHUTDOWN_POWEROFF);
}
