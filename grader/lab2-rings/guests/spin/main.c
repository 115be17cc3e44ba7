/* Runs for ever without asking for anything: neighbours get their share only by the machine's tick. */
#include "abi_start.h"
#include "evidence.h"
#include "evidence_keys.h"

#define PAGE 4096u

void pv_main(const struct start_info *start);

void pv_main(const struct start_info *start)
{
    const uint32_t *frames = (const uint32_t *)start->mfn_list;

    evidence_put(START_TABLE, frames[start->pt_base / PAGE] * PAGE);
    evidence_seal();
    evidence_spin();
}
