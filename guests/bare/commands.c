/* The shell's commands that are short enough to stand together, and the table of all. Called by the shell.
   Commands run in the shell's thread with interrupts on. Each but `date` prints yes or no, never a
   number that another machine would print differently: transcripts are compared byte for byte. */
#include "commands.h"

#include <stddef.h>
#include <stdint.h>

#include "clock.h"
#include "cpu.h"
#include "devices.h"
#include "options.h"
#include "print.h"
#include "shell.h"
#include "string.h"
#include "threads.h"

/* One spelling for all commands: what compares transcripts has only these two to know. */
const char *yes_no(bool fact)
{
    return fact ? "yes" : "no";
}

/* In the order of the table, which is the order in which they are worth trying. */
static bool command_help(const char *argument)
{
    (void)argument;
    for (const struct command *command = commands; command->name != NULL; command++)
        print("%s: %s\n", command->name, command->help);
    return true;
}

/* Fails never: it is the test of the line editor and the serial line. */
static bool command_echo(const char *argument)
{
    print("%s\n", argument);
    return true;
}

/* A latched count lies within the divisor, and within one tick it differs from an earlier one.
   A counter that stands still would pass the first two comparisons; one that is read unlatched could fail them. */
static bool timer_counts(void)
{
    uint16_t divisor = PIT_INPUT_HZ / CLOCK_HZ;
    uint16_t first = pit_count();
    uint16_t second = first;

    /* gives up after a second of ticks */
    for (uint32_t start = clock_ticks(); second == first && clock_ticks() - start < CLOCK_HZ;)
        second = pit_count();
    return first <= divisor && second <= divisor && second != first;
}

/* Sleeping proves the interrupt, reading the counter proves the device behind it. */
static bool command_ticks(const char *argument)
{
    uint32_t start = clock_ticks();
    bool advance;
    bool counts;

    (void)argument;
    thread_sleep(5);            /* ends only if IRQ 0 arrives, is ended at the PIC and switches threads */
    advance = clock_ticks() - start >= 5;
    counts = timer_counts();
    print("ticks: advance %s, counter runs %s\n", yes_no(advance), yes_no(counts));
    return advance && counts;
}

/* The printer has no widths; a date needs leading zeros. `value` below 100. */
static void print_two(unsigned value, char after)
{
    print("%u%u%c", value / 10, value % 10, after);
}

/* The date itself is for people; transcripts that are compared use `date check`.
   "20": the CMOS century byte has no fixed place, and the test machine's date is fixed to 2026. */
static bool command_date(const char *argument)
{
    struct clock_date date;
    bool valid = clock_read_date(&date);

    if (string_equal(argument, "check") || !valid) {
        print("date: valid %s\n", yes_no(valid));
        return valid;
    }
    print("date: 20");
    print_two(date.year, '-');
    print_two(date.month, '-');
    print_two(date.day, ' ');
    print_two(date.hour, ':');
    print_two(date.minute, ':');
    print_two(date.second, '\n');
    return true;
}

/* Addresses below keep clear of this image, and of the first MiB, where a PC has its ROMs.
   Two words, so that a bus which merely holds its last value is found out. A moving one bit tries every data line. */
static bool memory_keeps(uint32_t address)
{
    volatile uint32_t *word = (volatile uint32_t *)address;

    for (uint32_t pattern = 1; pattern != 0; pattern <<= 1) {
        word[0] = pattern;
        word[1] = ~pattern;
        if (word[0] != pattern || word[1] != ~pattern)
            return false;
    }
    return true;
}

/* The size is the loader's word and differs from machine to machine, so it is tried but not printed.
   A hypervisor that tells more memory than it maps crashes this guest at top - 8. */
static bool command_mem(const char *argument)
{
    uint32_t top = 0x100000 + memory_upper_kib() * 1024;
    bool told = memory_upper_kib() >= 1024;
    bool keeps = told && memory_keeps(0x200000) && memory_keeps(top - 8);

    (void)argument;
    print("mem: size told %s, both ends keep values %s\n", yes_no(told), yes_no(keeps));
    return keeps;
}

/* Only bits that the architecture or we ourselves have set: the rest of CR0 depends on the loader.
   A hypervisor runs this kernel with paging on: CR0 as the guest reads it must not show that. */
static bool command_cr(const char *argument)
{
    uint32_t cr0 = cr0_read();
    bool right = (cr0 & CR0_PE) != 0 && (cr0 & CR0_PG) == 0;

    (void)argument;
    print("cr: protection %s, paging %s\n", cr0 & CR0_PE ? "on" : "off", cr0 & CR0_PG ? "on" : "off");
    return right;
}

/* The status is for whoever started the machine: QEMU's exit device, or a hypervisor.
   Does not return; the compiler knows it from guest_exit's attribute. */
static bool command_halt(const char *argument)
{
    (void)argument;
    print("bare: halt, %u failed\n", shell_failures());
    guest_exit(shell_failures() == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* A command is added here and nowhere else. The self-test of main.c names those it runs. */
const struct command commands[] = {
    { "help", command_help, "this list" },
    { "echo", command_echo, "print the words that follow" },
    { "ticks", command_ticks, "see whether the timer ticks" },
    { "threads", command_threads, "run two threads that never give way" },
    { "date", command_date, "read the CMOS clock; 'date check' only judges it" },
    { "mem", command_mem, "try memory at both ends" },
    { "cr", command_cr, "read control registers" },
    { "fault", command_fault, "cause an exception by name and recover; 'fault all', 'fault list'" },
    { "privileged", command_privileged, "execute each privileged instruction" },
    { "ring3", command_ring3, "run user code and come back" },
    { "halt", command_halt, "end" },
    { NULL, NULL, NULL },
};
