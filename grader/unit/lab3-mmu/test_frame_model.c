/* sources: model_step.c frame_model.c */
/* sources: mmu_on_host.c frame.c pagetable.c memory_op.c floor3.c mmuext.c guest_copy.c pv_memory.c m2p.c */
/* sources: descriptor.c segments.c fake_pv.c frames.c panic_on_host.c exercise_on_host.c */
/*
 * The validator against an independent model (floor 3; frame_model.h), after every step: the same result, the same
 * counts and types, the same contents, no frame writable and a table, and the TLB flushed where it had to be.
 *
 * Here every sequence of a given length of STEPS operations on four frames. Sequences that lead to one state go on
 * alike, so each state is continued once: from one level of states to the next, a state being all that the model knows,
 * which step_do() has compared. States that differ only in which of the four frames is called what are one. The length
 * is what MODEL_SECONDS of CPU time allow (5 if it is not set; make model SECONDS=60). test_frame_random.c goes further
 * in other directions.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "model_step.h"

#define FREE_FRAMES 4u /* A to D */
#define VALUES      12u
#define STEPS       (FREE_FRAMES * 3 + FREE_FRAMES + (FREE_FRAMES + 1) + FREE_FRAMES + 1 + FREE_FRAMES * 2 * VALUES)
#define LENGTH_MIN  3u /* of the exhaustive part, however slow the machine is */
#define STATES_MAX  (1u << 23)
#define SEEN_SIZE   (1u << 25) /* a power of two, with room */

/* A state, packed (state_pack()), and how it was reached. */
struct node {
    uint64_t state;
    uint32_t parent;
    uint8_t step;
};

static struct node *nodes;
static uint64_t *seen; /* hash table of states in their canonical form; 0: empty, which no state is */
static uint32_t node_count, node_here;
static uint8_t orders[24][FREE_FRAMES];
static uint64_t compared;

/* What an entry of the exhaustive part can be: nothing; each of the four, read-only and writable; three that tell. */
static uint64_t value_of(unsigned code)
{
    if (code == 0)
        return 0;
    if (code <= FREE_FRAMES)
        return host_place(HOST_A + code - 1, 0) | PTE_PRESENT;
    if (code <= 2 * FREE_FRAMES)
        return host_place(HOST_A + code - 1 - FREE_FRAMES, 0) | PTE_PRESENT | PTE_WRITABLE;
    return code == 9 ? host_place(HOST_FOREIGN, 0) | PTE_PRESENT :
           code == 10 ? host_place(HOST_SHARED, 0) | PTE_PRESENT | PTE_WRITABLE :
           host_place(HOST_SHARED, 0) | PTE_PRESENT | PTE_LARGE;
}

static unsigned code_of(uint64_t value)
{
    for (unsigned code = 0; code < VALUES; code++)
        if (value_of(code) == value)
            return code;
    fail_msg("%#llx is no value", (unsigned long long)value);
    return 0;
}

/* The same entry when frame i is called order[i]. */
static uint64_t code_renamed(unsigned code, const uint8_t order[FREE_FRAMES])
{
    return code == 0 || code > 2 * FREE_FRAMES ? code : order[(code - 1) % 4] + 1u + (code > 4 ? 4 : 0);
}

struct packed_frame {
    uint8_t code[2], pinned, is_listed, is_owned;
};

/* 12 bits for each frame: what frame i is stands at order[i]. Contents of a frame that is nobody's are nothing. */
static uint64_t state_pack(const struct packed_frame frames[FREE_FRAMES], uint32_t base,
                           const uint8_t order[FREE_FRAMES])
{
    uint64_t state = base < FREE_FRAMES ? order[base] : base;

    state <<= 48;
    for (unsigned i = 0; i < FREE_FRAMES; i++)
        if (frames[i].is_owned)
            state |= (code_renamed(frames[i].code[0], order) | code_renamed(frames[i].code[1], order) << 4 |
                      (uint64_t)frames[i].pinned << 8 | (uint64_t)frames[i].is_listed << 10 | 1ull << 11)
                     << 12 * order[i];
    return state;
}

static void model_unpack(uint64_t state, struct model *model, struct model_truth *truth)
{
    static const uint8_t slots[2] = { 0, 2 };

    model_start(model, truth);
    model->base = HOST_A + (uint32_t)(state >> 48);
    for (unsigned i = 0; i < FREE_FRAMES; i++) {
        struct model_frame *frame = &model->frame[i];
        uint32_t bits = state >> 12 * i & 0xfff;

        frame->owner = bits >> 11 ? HOST_OWNER : 0;
        frame->is_listed = bits >> 10 & 1;
        frame->pinned = bits >> 8 & 3;
        for (unsigned n = 0; n < 2; n++)
            frame->entry[slots[n]] = value_of(bits >> 4 * n & 15);
    }
    model_truth(model, truth);
    for (unsigned i = 0; i < FREE_FRAMES; i++)
        for (unsigned slot = 5; slot < MODEL_SLOTS && truth->type[i] == FRAME_L2_TOP; slot++)
            model->frame[i].entry[slot] = HOST_TOP_ENTRY;
}

static void packed_read(const struct model *model, struct packed_frame frames[FREE_FRAMES])
{
    for (unsigned i = 0; i < FREE_FRAMES; i++) {
        const struct model_frame *frame = &model->frame[i];

        frames[i] = (struct packed_frame){ { 0, 0 }, frame->pinned, frame->is_listed, frame->owner != 0 };
        if (frame->owner != 0) {
            frames[i].code[0] = (uint8_t)code_of(frame->entry[0]);
            frames[i].code[1] = (uint8_t)code_of(frame->entry[2]);
        }
    }
}

/* True the first time. */
static bool see(uint64_t canonical)
{
    uint32_t place = (uint32_t)(canonical * 0x9e3779b97f4a7c15ull >> 32) & (SEEN_SIZE - 1);

    while (seen[place] != 0 && seen[place] != canonical)
        place = (place + 1) & (SEEN_SIZE - 1);
    if (seen[place] == canonical)
        return false;
    seen[place] = canonical;
    return true;
}

/* The state as it is goes into the list, if it has not been there under any naming of the four. */
static void node_add(const struct model *model, uint8_t step)
{
    struct packed_frame frames[FREE_FRAMES];
    uint64_t canonical = UINT64_MAX, state;

    packed_read(model, frames);
    for (unsigned i = 0; i < 24; i++) {
        state = state_pack(frames, model->base - HOST_A, orders[i]);
        if (state < canonical)
            canonical = state;
    }
    if (!see(canonical))
        return;
    assert_true(node_count < STATES_MAX);
    nodes[node_count++] = (struct node){ state_pack(frames, model->base - HOST_A, orders[0]), node_here, step };
}

/* Operation `number` of the exhaustive part. */
static struct step step_of(unsigned number)
{
    if (number < 12)
        return (struct step){ .kind = STEP_PIN, .mfn = HOST_A + number % 4,
                              .type = (enum frame_type)(FRAME_L1 + number / 4) };
    number -= 12;
    if (number < 4)
        return (struct step){ .kind = STEP_UNPIN, .mfn = HOST_A + number };
    number -= 4;
    if (number < 5) /* HOST_FIRST comes behind the four */
        return (struct step){ .kind = STEP_BASE, .mfn = HOST_A + number };
    number -= 5;
    if (number < 4)
        return (struct step){ .kind = STEP_GIVE_BACK, .mfn = HOST_A + number };
    number -= 4;
    if (number == 0)
        return (struct step){ .kind = STEP_TAKE };
    number -= 1;
    return (struct step){ .kind = STEP_WRITE, .mfn = HOST_A + number % 4, .slot = number / 4 % 2 * 2,
                          .value = value_of(number / 8) };
}

static void path_print(void)
{
    uint8_t path[64];
    unsigned length = 0;

    for (uint32_t node = node_here; node != 0 && length < sizeof(path); node = nodes[node].parent)
        path[length++] = nodes[node].step;
    while (length-- > 0) {
        struct step step = step_of(path[length]);

        step_print(&step);
    }
}

static double seconds_used(void)
{
    struct rusage now;

    getrusage(RUSAGE_SELF, &now);
    return (double)(now.ru_utime.tv_sec + now.ru_stime.tv_sec) +
           (double)(now.ru_utime.tv_usec + now.ru_stime.tv_usec) / 1e6;
}

static void node_expand(uint32_t node)
{
    struct model model, at;
    struct model_truth truth, truth_at;

    node_here = node;
    model_unpack(nodes[node].state, &model, &truth);
    step_restore(&model, &truth);
    for (unsigned number = 0; number < STEPS; number++) {
        struct step step = step_of(number);

        at = model;
        truth_at = truth;
        step_do(&at, &truth_at, &step);
        compared++;
        if (memcmp(&at, &model, sizeof(model)) == 0)
            continue;
        node_add(&at, (uint8_t)number);
        step_restore(&model, &truth);
    }
}

static void orders_make(void)
{
    unsigned count = 0;

    for (unsigned n = 0; n < 256; n++) {
        uint8_t order[4] = { n & 3, n >> 2 & 3, n >> 4 & 3, n >> 6 & 3 };

        if ((1 << order[0] | 1 << order[1] | 1 << order[2] | 1 << order[3]) == 15)
            memcpy(orders[count++], order, sizeof(order));
    }
    for (unsigned i = 0; i < 24; i++) /* orders[0] is the one that renames nothing */
        if (orders[i][0] == 0 && orders[i][1] == 1 && orders[i][2] == 2) {
            memcpy(orders[i], orders[0], 4);
            memcpy(orders[0], (const uint8_t[4]){ 0, 1, 2, 3 }, 4);
        }
}

static void sequences_report(unsigned length, uint32_t states, uint32_t done, uint32_t of)
{
    double sequences = 1;

    for (unsigned i = 0; i < length; i++)
        sequences *= STEPS;
    print_message("model: every sequence of up to %u of %u operations over 4 frames (%.3g sequences), as %u states "
                  "up to renaming;\n       of %u operations %.1f %%; %llu steps compared in %.1f s\n", length, STEPS,
                  sequences, states, length + 1, of == 0 ? 0.0 : 100.0 * done / of, (unsigned long long)compared,
                  seconds_used());
}

/* Level by level. A level that time does not allow to be finished is counted in percent and not called explored. */
static void all_short_sequences(void **state)
{
    const char *text = getenv("MODEL_SECONDS");
    double limit = text != NULL ? atof(text) : 5;
    struct model model;
    struct model_truth truth;
    uint32_t first = 0, next = 0, end = 1;
    unsigned length = 0;

    (void)state;
    orders_make();
    nodes = calloc(STATES_MAX, sizeof(*nodes));
    seen = calloc(SEEN_SIZE, sizeof(*seen));
    assert_true(nodes != NULL && seen != NULL);
    step_history = path_print;
    model_start(&model, &truth);
    node_add(&model, 0);
    for (;; length++) {
        while (next < end && (length < LENGTH_MIN || seconds_used() < limit) && node_count + STEPS < STATES_MAX)
            node_expand(next++);
        if (next < end)
            break;
        first = end;
        end = node_count;
    }
    sequences_report(length, end, next - first, end - first);
    step_history = NULL;
    free(nodes);
    free(seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(all_short_sequences, mmu_host_start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
