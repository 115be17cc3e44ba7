/* sources: model_step.c frame_model.c */
/* sources: mmu_on_host.c frame.c pagetable.c memory_op.c floor3.c mmuext.c guest_copy.c pv_memory.c m2p.c */
/* sources: descriptor.c segments.c fake_pv.c frames.c panic_on_host.c exercise_on_host.c */
/*
 * The validator against the independent model (frame_model.h) in random sequences of 100,000 operations: longer than
 * test_frame_model.c can be, with all frames, more entries, odd flags, pages of descriptors, clear and copy.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lab1-boot/xorshift.h"
#include "model_step.h"

#define LENGTH 100000u
#define SEEDS  3u

/* An entry for the random part: mostly a frame that is there, mostly with flags that may be. */
static uint64_t value_random(uint64_t *seed)
{
    static const uint64_t flags[] = { 0, 0, 0, 2, 2, 2, 4, 6, 0x20, 0x60, 0xe00, 0x100, 0x80, 0x10, 8, 1ull << 63,
                                      1ull << 32 };
    uint32_t choice = xorshift_next(seed), mfn = HOST_A + choice % MODEL_FRAMES;

    if (choice >> 8 & 1 && choice >> 9 & 1)
        return 0;
    if ((choice >> 16) % 64 == 0)
        mfn = choice % 2 ? 0 : FRAMES_MAX + choice % 3;
    return host_place(mfn, 0) | flags[(choice >> 10) % (sizeof(flags) / sizeof(flags[0]))] |
           ((choice >> 24) % 16 != 0 ? PTE_PRESENT : 0);
}

/* Few enough kinds of tables that they fit together now and then, and enough ends that they come apart again. */
static struct step step_random(uint64_t *seed)
{
    static const uint8_t kinds[] = { STEP_PIN, STEP_PIN, STEP_PIN, STEP_UNPIN, STEP_BASE, STEP_WRITE, STEP_WRITE,
                                     STEP_WRITE, STEP_WRITE, STEP_WRITE, STEP_WRITE, STEP_GIVE_BACK, STEP_TAKE,
                                     STEP_TAKE, STEP_CLEAR, STEP_COPY, STEP_DESCRIBE, STEP_DESCRIBE_NO_MORE,
                                     STEP_DESCRIBE_NO_MORE };
    uint32_t choice = xorshift_next(seed);

    return (struct step){ .kind = (enum step_kind)kinds[choice % sizeof(kinds)],
                          .mfn = HOST_A + (choice >> 8) % MODEL_FRAMES, .other = HOST_A + (choice >> 12) % MODEL_FRAMES,
                          .type = (enum frame_type)(FRAME_L1 + (choice >> 16) % 3),
                          .slot = (choice >> 20) % MODEL_SLOTS, .value = value_random(seed),
                          .keep_ad = (choice >> 24) % 4 == 0 };
}

/* A step that is refused changes nothing: enough of them must not be, or little is tested. */
static void random_sequences(void **state)
{
    struct model model;
    struct model_truth truth;
    unsigned done = 0;

    for (uint64_t first = 1; first <= SEEDS; first++) {
        uint64_t seed = first;

        mmu_host_start(state);
        model_start(&model, &truth);
        for (unsigned i = 0; i < LENGTH; i++) {
            struct step step = step_random(&seed);
            struct model before = model;

            step_do(&model, &truth, &step);
            done += memcmp(&before, &model, sizeof(model)) != 0;
        }
    }
    print_message("model: %u random sequences of %u operations, %u of which changed something\n", SEEDS, LENGTH, done);
    assert_true(done > LENGTH / 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_sequences),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
