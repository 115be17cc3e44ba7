/*
 * A hypercall number beyond the table: the image must panic at boot (test_panic.c).
 */
#include "floor.h"

static int32_t beyond_handler(struct vcpu *vcpu, const uint32_t args[6])
{
    (void)vcpu, (void)args;
    return 0;
}
HYPERCALL(HYPERCALLS_MAX, beyond_handler);
