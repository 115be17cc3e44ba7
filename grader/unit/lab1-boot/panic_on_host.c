/*
 * The end of the machine, and its console, as variables (panic_on_host.h).
 */
#include "panic_on_host.h"

#include <stdint.h>
#include <string.h>

#include "console.h"
#include "panic.h"

jmp_buf machine_end;
int machine_status;
char console_text[4096];
size_t console_length;

void console_clear(void)
{
    memset(console_text, 0, sizeof(console_text));
    console_length = 0;
}

void console_log(char c)
{
    if (console_length < sizeof(console_text) - 1)
        console_text[console_length++] = c;
}

void machine_off(enum machine_status status)
{
    machine_status = status;
    longjmp(machine_end, 1);
}

void panic(const char *format, ...)
{
    (void)format;
    machine_off(MACHINE_PANIC);
}
