/* Does its work beside a guest that attacks the hypervisor, and tells whether it came out right. */
#include "evidence.h"
#include "evidence_keys.h"
#include "hypercall.h"

void pv_main(const struct start_info *start);

/* Registers, memory and results of hypercalls all take part. */
void pv_main(const struct start_info *start)
{
    struct sched_shutdown end = { .reason = SHUTDOWN_POWEROFF };
    uint32_t sum = 0;

    (void)start;
    for (uint32_t round = 0; round < NEIGHBOUR_ROUNDS; round++) {
        sum += evidence_random();
        if (round % 16 == 0)
            sum += (uint32_t)hypercall_xen_version(XENVER_PAGESIZE, 0);
        if (round % 1024 == 0)
            hypercall_sched_op(SCHED_YIELD, 0);
    }
    evidence_put(NEIGHBOUR_SUM, sum);
    evidence_seal();
    hypercall_sched_op(SCHED_SHUTDOWN, &end);
}
