/*
 * A second floor whose init breaks the hypervisor on purpose, in the way that the boot option break=WORD names. Linked
 * with floor 1 into an image of its own for test_panic.c: how our own bugs are reported.
 */
#include <stddef.h>
#include <stdint.h>
#include "floor.h"
#include "layout.h"
#include "options.h"
#include "panic.h"
#include "text.h"

#define UNMAPPED 0xF0000000u /* between the guest's half and the gate area: never mapped */

void faults_read_unmapped(void);
void faults_write_text(void);
void faults_write_constant(void);
void faults_overflow(uint32_t depth);

static char chosen[32];
static const uint32_t constant = 1;

static bool break_set(const char *value)
{
    text_copy(chosen, sizeof(chosen), value);
    return true;
}

static const struct option break_option = { "break", "break=WORD", break_set };
OPTION(break_option);

void __attribute__((noinline)) faults_read_unmapped(void)
{
    (void)*(volatile uint32_t *)UNMAPPED;
}

void __attribute__((noinline)) faults_write_text(void)
{
    *(volatile uint8_t *)(uintptr_t)faults_read_unmapped = 0xC3;
}

void __attribute__((noinline)) faults_write_constant(void)
{
    *(volatile uint32_t *)(uintptr_t)&constant = 2;
}

/* The use of `large` after the call keeps the compiler from making a loop of it. */
void __attribute__((noinline)) faults_overflow(uint32_t depth)
{
    volatile uint8_t large[512];

    large[0] = (uint8_t)depth;
    if (depth != UINT32_MAX)
        faults_overflow(depth + 1);
    large[1] = large[0];
}

static void faults_init(void)
{
    if (text_equal(chosen, "unmapped"))
        faults_read_unmapped();
    if (text_equal(chosen, "text"))
        faults_write_text();
    if (text_equal(chosen, "constant"))
        faults_write_constant();
    if (text_equal(chosen, "stack"))
        faults_overflow(0);
    if (text_equal(chosen, "assert"))
        ASSERT(constant == 3);
}

static const struct floor faults_floor = { .level = 2, .name = "faults", .init = faults_init };
FLOOR(faults_floor);
