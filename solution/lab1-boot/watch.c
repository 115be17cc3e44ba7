/*
 * Seeing what does not trap (floor 1).
 *
 * Seventeen x86 instructions are sensitive but not privileged (Robin and Irvine, "Analysis of the Intel Pentium's
 * Ability to Support a Secure Virtual Machine Monitor", USENIX Security 2000, section 3.2): in ring 3 they run, and
 * silently do something else. Stepping through the code behind an emulated instruction finds those in critical
 * sections: cli is emulated here, and the popf that should undo it is a few instructions further on. Each site is
 * reported once. Stepping costs hundreds of instructions for one, so the code behind one place is stepped through a few
 * times only: on a slow machine a timer handler would otherwise take longer than the timer.
 *
 *      pushf            runs; the guest sees the real IF, which is always 1
 *      cli              #GP, emulated: watch_begin()
 *      incl counter     stepped: nothing to say
 *      popf             stepped: reported. In ring 3 it leaves IF as it is (SDM vol. 2, POPF), and does not trap
 */
#include "watch.h"
#include <stddef.h>
#include <stdint.h>
#include "bare.h"
#include "cpu.h"
#include "decode.h"
#include "domain.h"
#include "floor.h"
#include "options.h"
#include "print.h"
#include "text.h"

/* Sizes of what is remembered. When something is full, less is reported; the guest notices nothing. */
#define WATCH_STEPS 32   /* instructions behind an emulated one: a critical section is about that long */
#define WATCH_SITES 64   /* different sites reported of one guest */
#define WATCH_TIMES 4    /* for each place; more than once, because the code behind it may branch */
#define WATCH_PLACES 1024 /* emulated instructions told apart */

/* What is known about one guest's code. */
struct watch {
    uint16_t steps_left;         /* instructions still to be stepped through; 0: not watching */
    uint16_t site_count;         /* of sites[] in use */
    uint32_t sites[WATCH_SITES]; /* EIPs reported */
    uint8_t times[WATCH_PLACES]; /* how often it was begun, by a hash of the EIP; where two meet, less is seen */
};

PER_DOMAIN struct watch watch;

bool watch_enabled;

/* "ignore" is the default, and has a name so that a script can always give the option. */
static bool sensitive_set(const char *value)
{
    watch_enabled = text_equal(value, "report");
    return watch_enabled || text_equal(value, "ignore");
}

static const struct option sensitive_option = { "sensitive", "sensitive=report or sensitive=ignore", sensitive_set };
OPTION(sensitive_option);

/* The hash mixes the page into the place, so that code of the same layout in two pages is told apart. */
void watch_begin(struct bare *guest, uint32_t eip)
{
    struct watch *seen = domain_data(guest->domain, watch);
    uint8_t *times = &seen->times[(eip ^ eip / WATCH_PLACES) % WATCH_PLACES];

    if (*times == WATCH_TIMES)
        return;
    ++*times;
    seen->steps_left = WATCH_STEPS;
}

bool watch_has_steps(const struct bare *guest)
{
    return domain_data(guest->domain, watch)->steps_left > 0;
}

/* A loop must not print its site a thousand times. When the list is full nothing is new any more. */
static bool site_is_new(struct watch *seen, uint32_t eip)
{
    for (unsigned i = 0; i < seen->site_count; i++)
        if (seen->sites[i] == eip)
            return false;
    if (seen->site_count == WATCH_SITES)
        return false;
    seen->sites[seen->site_count++] = eip;
    return true;
}

/* 0F 00 and 0F 01 are told apart by ModRM.reg, SDM vol. 2 table A-6. */
static const char *name_0f(uint8_t second, uint8_t modrm)
{
    static const char *const group6[] = { "sldt", "str", NULL, NULL, "verr", "verw", NULL, NULL };
    static const char *const group7[] = { "sgdt", "sidt", NULL, NULL, "smsw", NULL, NULL, NULL };
    unsigned reg = modrm >> 3 & 7;

    switch (second) {
    case 0x00:
        return group6[reg];
    case 0x01:
        return modrm >= 0xc0 && reg < 4 ? NULL : group7[reg]; /* register forms of /0../3 are other instructions */
    case 0x02:
        return "lar";
    case 0x03:
        return "lsl";
    default:
        return NULL;
    }
}

/* Name of the sensitive instruction at `code`, whose prefixes are skipped; NULL when it is none. */
/* 0x8c is MOV from a segment register: of CS and SS it shows the real RPL 3, where a kernel expects 0. */
static const char *sensitive_name(const uint8_t code[INSN_MAX_LENGTH])
{
    unsigned at = 0;

    while (at < INSN_MAX_LENGTH - 2 - 1 &&
           (code[at] == 0x66 || code[at] == 0x67 || code[at] == 0x2e || code[at] == 0x3e))
        at++;
    switch (code[at]) {
    case 0x9c:
        return "pushf";
    case 0x9d:
        return "popf";
    case 0x0e:
        return "push %cs";
    case 0x16:
        return "push %ss";
    case 0x8c:
        return (code[at + 1] >> 3 & 7) == SEG_CS || (code[at + 1] >> 3 & 7) == SEG_SS ? "mov from %cs or %ss" : NULL;
    case 0x0f:
        return name_0f(code[at + 1], code[at + 2]);
    default:
        return NULL;
    }
}

/* A popf about to run: what would the flags on the stack have done to IF? */
static const char *popf_effect(struct bare *guest)
{
    uint8_t *top;

    if (bare_access(guest, SEG_SS, guest->frame->esp, 4, false, &top) != FAULT_NONE)
        return "";
    bool wanted = top[1] & 2; /* bit 9 */
    if (wanted == guest->interrupts)
        return ": IF would stay as it is";
    return wanted ? ": it should set IF, and will not" : ": it should clear IF, and will not";
}

/* Copied, with zeros behind the end: looking for a name may then read past what the guest has, but not past `code`. */
void watch_step(struct bare *guest)
{
    struct watch *seen = domain_data(guest->domain, watch);
    uint8_t code[INSN_MAX_LENGTH] = { 0 };
    const uint8_t *bytes;

    if (seen->steps_left == 0)
        return;
    seen->steps_left--;
    /* The instruction at EIP has not run yet: the step before it has ended. */
    unsigned count = bare_fetch(guest, &bytes);
    memcpy(code, bytes, count);
    const char *name = sensitive_name(code);
    if (name != NULL && site_is_new(seen, guest->frame->eip))
        print("domain %u (%s): sensitive instruction %s at %08x does not trap%s\n", guest->domain->id,
              guest->domain->name, name, guest->frame->eip, text_equal(name, "popf") ? popf_effect(guest) : "");
}
