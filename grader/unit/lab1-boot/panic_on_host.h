/*
 * panic() and machine_off() for host tests: they jump back into the test. ENDS_MACHINE(call) is true when `call` ended
 * the machine; `machine_status` then says how, `console_text` what was printed.
 */
#ifndef RINGLET_PANIC_ON_HOST_H
#define RINGLET_PANIC_ON_HOST_H

#include <setjmp.h>
#include <stddef.h>

extern jmp_buf machine_end;
extern int machine_status;
extern char console_text[4096];
extern size_t console_length;

#define ENDS_MACHINE(call) (setjmp(machine_end) == 0 ? ((void)(call), 0) : 1)

/* Forget what was printed. */
void console_clear(void);

#endif
