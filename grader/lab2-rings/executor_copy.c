/*
 * Lab 2's executor: guest memory (exercise 2.4) on a machine of a few frames. The direct map is an array of them, and
 * page tables and pages stand where the request puts them.
 */
/* sources: guest_copy.c */
#include <stdlib.h>
#include <string.h>

#include "executor.h"
#include "guest_copy.h"
#include "paging.h"
#include "wire.h"

uint8_t direct_map[WIRE_RAM] __attribute__((aligned(4096)));

static struct pv_vcpu copy_vcpu;

static void copy_build(const struct wire_copy *in)
{
    memcpy(direct_map, in->ram, WIRE_RAM);
    memset(&copy_vcpu, 0, sizeof(copy_vcpu));
    for (unsigned i = 0; i < 4; i++)
        copy_vcpu.pdpt[i] = in->pdpt[i];
}

/* As a number: what the student's code returns may point anywhere and is not followed. */
static void run_pointer(const void *request, void *reply)
{
    const struct wire_copy *in = request;
    struct wire_copied *out = reply;

    copy_build(in);
    const void *pointer = guest_pointer(&copy_vcpu, in->address, in->is_write);
    uintptr_t offset = (uintptr_t)pointer - (uintptr_t)direct_map;
    out->is_null = pointer == NULL;
    out->is_in_ram = offset < WIRE_RAM;
    out->offset = out->is_in_ram ? (uint32_t)offset : 0;
    memcpy(out->ram, direct_map, WIRE_RAM);
}
OPERATION(WIRE_POINTER, struct wire_copy, struct wire_copied, run_pointer);

/* The hypervisor's side is a block of exactly that size, so that the sanitizer sees a byte too many. */
static void run_copy(const void *request, void *reply)
{
    const struct wire_copy *in = request;
    struct wire_copied *out = reply;
    uint32_t size = in->count < WIRE_BUFFER ? in->count : WIRE_BUFFER;
    uint8_t *block = malloc(size > 0 ? size : 1);

    copy_build(in);
    memcpy(block, in->buffer, size);
    out->result = (uint32_t)(in->is_write ? copy_to_guest(&copy_vcpu, in->address, block, in->count) :
                             copy_from_guest(&copy_vcpu, block, in->address, in->count));
    memcpy(out->buffer, block, size);
    free(block);
    memcpy(out->ram, direct_map, WIRE_RAM);
}
OPERATION(WIRE_COPY, struct wire_copy, struct wire_copied, run_copy);
