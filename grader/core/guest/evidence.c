/* Evidence for the grader, see evidence.h. The header is volatile: the compiler must not take the zeros it sees here
   for what will be there at run time. */
#include "evidence.h"

#include "evidence_record.h"

volatile struct evidence_header evidence_header __attribute__((used, section(".data"))) = { .tag = { 1 } };
static volatile struct evidence_record record;
static uint32_t random_state;

uint32_t evidence_seed(void)
{
    return evidence_header.seed;
}

uint32_t evidence_random(void)
{
    if (random_state == 0)
        random_state = evidence_header.seed;
    return evidence_next(&random_state);
}

void evidence_put(uint32_t key, uint32_t value)
{
    uint32_t i = 0;

    while (i < record.count && record.entries[i].key != key)
        i++;
    if (i == EVIDENCE_ENTRIES)
        return;
    record.entries[i].key = key;
    record.entries[i].value = value;
    if (i == record.count)
        record.count = i + 1;
}

void evidence_seal(void)
{
    uint8_t secret[16];

    for (int i = 0; i < 16; i++) {
        record.mark[i] = (uint8_t)~evidence_header.tag[i];
        secret[i] = evidence_header.secret[i];
    }
    struct evidence_record *settled = (struct evidence_record *)&record;
    uint64_t sum = evidence_sum(secret, (const uint8_t *)settled, evidence_covered(settled));
    for (int i = 0; i < 8; i++)
        record.sum[i] = (uint8_t)(sum >> 8 * i);
}
