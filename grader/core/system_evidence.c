/*
 * Evidence of guests (host side, all labs; see system.h): finding a record in the RAM of the run that is looked at, and
 * believing it only with its keyed sum. A hypervisor under test sees all of its guests' memory, so in principle it
 * could read a secret and forge a record; to do so it would have to contain the sum, the layout of the record and the
 * answers to questions that depend on the seed, which is more work than the lab.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "outcome.h"
#include "system_private.h"

#define CODE_SUCCESS 33

/* `name` may be the whole words of a boot: what follows the first blank is not looked at. */
static const struct system_guest *guest_find(const char *name)
{
    const struct system_run *run = system_run_now();
    size_t length = strcspn(name, " ");

    for (unsigned i = 0; run && i < run->guest_count; i++)
        if (strncmp(run->guests[i].name, name, length) == 0 && run->guests[i].name[length] == 0)
            return &run->guests[i];
    check_trouble("the check asks for guest %s, which its boot does not have", name);
}

/* For checks that compute the right answer themselves (evidence_next). */
uint32_t system_seed(const char *name)
{
    return guest_find(name)->header.seed;
}

/* What stopped a guest from leaving evidence is what the run itself came to, if that was not success. */
static void __attribute__((noreturn)) evidence_missing(const char *name, const char *how)
{
    if (system_ended() != SYSTEM_EXIT || system_exit_code() != CODE_SUCCESS)
        system_expect_exit(CODE_SUCCESS);
    outcome_set(&outcome_result()->expected, "guest %s leaves its sealed record in memory", name);
    check_fail(outcome_result()->expected, "%s", how);
}

/* On a copy: the mapping is the machine's memory, where a count could change between two looks at it. */
static bool record_is_sealed(const struct evidence_record *record, const struct evidence_header *header)
{
    struct evidence_record copy = *record;

    return copy.count <= EVIDENCE_ENTRIES &&
           evidence_sum(header->secret, (const uint8_t *)&copy, evidence_covered(&copy)) ==
               evidence_word(copy.sum, 8);
}

/*
 * The guest's memory may lie anywhere, and its mark may be there twice (a hypervisor may copy), so each place is tried.
 * A check asks for many values of one record, and to search tens of MiB takes a while: the last one found is kept. Its
 * run has ended, so it cannot change, and no other run has its tag.
 */
static struct evidence_record record_find(const char *name)
{
    static uint8_t tag[16];
    static struct evidence_record last;
    const struct system_guest *guest = guest_find(name);
    const struct system_run *run = system_run_now();
    const uint8_t *at = run->memory, *end = run->memory + run->memory_size - sizeof(struct evidence_record);
    struct evidence_record record;
    uint8_t mark[16];
    bool seen = false;

    if (memcmp(tag, guest->header.tag, sizeof(tag)) == 0)
        return last;
    for (int i = 0; i < 16; i++)
        mark[i] = (uint8_t)~guest->header.tag[i];
    while (at < end && (at = memmem(at, (size_t)(end - at), mark, sizeof(mark)))) {
        memcpy(&record, at, sizeof(record));
        if (record_is_sealed(&record, &guest->header)) {
            memcpy(tag, guest->header.tag, sizeof(tag));
            last = record;
            return record;
        }
        seen = true;
        at++;
    }
    evidence_missing(name, seen ? "its record is there, but it was not sealed, or was changed afterwards"
                                : "there is none: the guest did not get that far");
}

/* The first entry of a key counts. */
static bool value_find(const char *name, uint32_t key, uint32_t *value)
{
    struct evidence_record record = record_find(name);

    for (uint32_t i = 0; i < record.count; i++) {
        if (record.entries[i].key != key)
            continue;
        *value = record.entries[i].value;
        return true;
    }
    return false;
}

/* Fails the check when there is no record at all: only a sealed record can say that a key is not in it. */
bool system_has(const char *name, uint32_t key)
{
    uint32_t value;

    return value_find(name, key, &value);
}

uint32_t system_value(const char *name, uint32_t key)
{
    uint32_t value;

    if (!value_find(name, key, &value))
        evidence_missing(name, "its record is there, but the guest did not get to the value that is looked at");
    return value;
}
