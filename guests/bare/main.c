/* A small real kernel for a PC: own descriptor tables, interrupt controllers, timer, preemptive threads, serial shell.
   It knows nothing of hypervisors. Every line it prints is a fact, never a measurement: its transcript must be the
   same byte for byte on any machine that is a PC. Options: run=SCRIPT (see shell.c) in place of the self-test, and
   shell to stay in the shell afterwards. Ends with status 0 when no command failed, else 1. */
#include <stdbool.h>

#include "clock.h"
#include "devices.h"
#include "interrupts.h"
#include "options.h"
#include "print.h"
#include "segments.h"
#include "shell.h"
#include "string.h"
#include "threads.h"
#include "traps.h"
#include "uart.h"

#define SELF_TEST "help+echo_hello+ticks+threads+date_check+mem+cr+fault_all+privileged+ring3+"
#define SCRIPT_SIZE 256

void guest_main(void);

static void script_set(void)
{
    static char script[SCRIPT_SIZE];

    if (!option_text("run", script, sizeof(script) - 1)) {
        shell_set_script(SELF_TEST);
        return;
    }
    if (script[0] != '\0')
        script[strlen(script)] = '+';
    shell_set_script(script);
}

void guest_main(void)
{
    segments_load();
    traps_load();
    pic_remap(VECTOR_IRQ0);
    threads_start();
    clock_start();
    uart_start();
    interrupts_enable();
    print("bare: up, timer %d Hz\n", CLOCK_HZ);
    script_set();
    shell_run(option_given("shell"));
    print("bare: end, %u failed\n", shell_failures());
    guest_exit(shell_failures() == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}
