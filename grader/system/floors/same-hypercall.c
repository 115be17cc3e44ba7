/*
 * Two handlers for one hypercall: the image must panic at boot (test_panic.c).
 */
#include "floor.h"

static int32_t first_handler(struct vcpu *vcpu, const uint32_t args[6])
{
    (void)vcpu, (void)args;
    return 1;
}
HYPERCALL(7, first_handler);

static int32_t second_handler(struct vcpu *vcpu, const uint32_t args[6])
{
    (void)vcpu, (void)args;
    return 2;
}
HYPERCALL(7, second_handler);
