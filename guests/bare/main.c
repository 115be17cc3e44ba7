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

/* What it can say about any PC by itself; '+' ends a command, '_' is a blank (shell.c). */
#define SELF_TEST "help+echo_hello+ticks+threads+date_check+mem+cr+fault_all+privileged+ring3+"
#define SCRIPT_SIZE 256         /* one byte is kept for the last Return */

/* Called by start.S, declared by nobody else. */
void guest_main(void);

/* Static storage: the shell reads the script long after this has returned. */
static void script_set(void)
{
    static char script[SCRIPT_SIZE];

    if (!option_text("run", script, sizeof(script) - 1)) {
        shell_set_script(SELF_TEST);
        return;
    }
    if (script[0] != '\0')      /* run= alone: no command, straight to the shell or the end */
        script[strlen(script)] = '+';
    shell_set_script(script);
}

/* Tables before devices, devices before sti: each step may trap into what the step before it has set up. */
void guest_main(void)
{
    segments_load();
    traps_load();
    pic_remap(VECTOR_IRQ0);
    threads_start();            /* before the clock: its handler switches threads */
    clock_start();
    uart_start();
    interrupts_enable();        /* from here on other threads may run */
    print("bare: up, timer %d Hz\n", CLOCK_HZ);
    script_set();
    shell_run(option_given("shell"));
    print("bare: end, %u failed\n", shell_failures());  /* the last line of a good transcript */
    guest_exit(shell_failures() == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}
