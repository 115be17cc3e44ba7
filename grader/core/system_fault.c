/*
 * Faults of the machine under test in words (host side, all labs): from QEMU's "-d int,cpu_reset" log of a run that
 * ended with a reset, and from "info registers" of one that was stopped. The log names each exception in a line
 * "check_exception old: 0xd new 0xe"; a triple fault is the third of a row.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scratch.h"
#include "system_private.h"

#define EXCEPTIONS_SHOWN 4      /* the three of a triple fault and the one before */

/* Vector 9 has had no meaning since the 486. */
static const char *exception_name(unsigned vector)
{
    static const char *const names[] = { "#DE divide error", "#DB debug", "NMI", "#BP breakpoint", "#OF overflow",
                                         "#BR bound", "#UD invalid opcode", "#NM no FPU", "#DF double fault", "9",
                                         "#TS invalid TSS", "#NP segment not present", "#SS stack fault",
                                         "#GP general protection", "#PF page fault" };

    return vector < sizeof(names) / sizeof(names[0]) ? names[vector] : vector < 32 ? "an exception" : "an interrupt";
}

/* Value behind "NAME=" in the text, hexadecimal; 0 when it is not there. */
static uint32_t value_of(const char *text, const char *name)
{
    const char *place = strstr(text, name);

    return place ? (uint32_t)strtoul(place + strlen(name), NULL, 16) : 0;
}

/* Number and name: the number finds it in a listing, the name in the source. */
static void place_print(FILE *out, const struct elf_file *image, uint32_t eip)
{
    char *place = elf_place(image, eip);

    fprintf(out, "eip %08x%s%s", eip, place ? " = " : "", place ? place : "");
    free(place);
}

/* "     3: v=0d e=0018 i=0 cpl=0 IP=e008:f8101234 pc=f8101234 SP=e010:f8105ff0 ..." */
static void exception_print(FILE *out, const char *line, const struct elf_file *image)
{
    unsigned vector = 0, error = 0, ring = 0;
    const char *place = strstr(line, "v=");

    if (!place || sscanf(place, "v=%x e=%x i=%*x cpl=%u", &vector, &error, &ring) != 3)
        return;
    fprintf(out, "%s, error code %#x, in ring %u at ", exception_name(vector), error, ring);
    place_print(out, image, value_of(line, "pc="));
    if (vector == 14)
        fprintf(out, ", address %08x", value_of(line, "CR2="));
    fputc('\n', out);
}

/*
 * The last few exceptions before `end`, oldest first.
 * A ring of the last lines: the log may be megabytes long.
 */
static void exceptions_print(FILE *out, const char *log, const char *end, const struct elf_file *image)
{
    const char *lines[EXCEPTIONS_SHOWN] = { NULL };
    unsigned count = 0;

    for (const char *line = log; line && line < end; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line + strspn(line, " 0123456789"), ": v=", 4) == 0)
            lines[count++ % EXCEPTIONS_SHOWN] = line;
        if (!*line)
            break;
    }
    unsigned shown = count < EXCEPTIONS_SHOWN ? count : EXCEPTIONS_SHOWN;
    for (unsigned i = count - shown; i < count; i++)
        exception_print(out, lines[i % EXCEPTIONS_SHOWN], image);
}

/* To be freed. An empty image gives numbers without names. */
char *system_fault_decode(const char *log, const struct elf_file *image)
{
    const char *triple = strstr(log, "Triple fault");
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    fprintf(out, "%s\n", triple ? "triple fault: the CPU could not deliver an exception, nor the double fault after it"
                                : "the machine reset itself");
    exceptions_print(out, log, triple ? triple : log + strlen(log), image);
    fclose(out);
    return text;
}

/* The order is that of a page of notes: general registers first, then control. To be freed. */
char *system_registers_decode(const char *registers, const struct elf_file *image)
{
    static const char *const names[] = { "EAX=", "EBX=", "ECX=", "EDX=", "ESI=", "EDI=", "EBP=", "ESP=", "EFL=", "CR0=",
                                         "CR2=", "CR3=" };
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    const char *ring = strstr(registers, "CPL=");

    place_print(out, image, value_of(registers, "EIP="));
    fprintf(out, ", ring %c", ring ? ring[4] : '?');
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        fprintf(out, "%s%s%08x", i % 4 ? " " : "\n", names[i], value_of(registers, names[i]));
    fputc('\n', out);
    fclose(out);
    return text;
}
