/*
 * A lab with a check of every outcome, for tests of the engine (host side). Include it once, in a test program.
 */
#ifndef RINGLET_LAB_FAKE_H
#define RINGLET_LAB_FAKE_H

#include "../../core/result.h"

static const struct exercise fake_exercises[] = { { "7.1", "First <things>", 30 }, { "7.2", "Others", 25 },
                                                  { NULL, NULL, 0 } };
const struct lab lab = { .number = 7, .folder = "lab7-fake", .title = "fake", .exercises = fake_exercises };

static void run_nothing(void)
{
}

#define FAKE_CHECK(text, number, worth, more...) \
    { .name = text, .exercise = number, .points = worth, .invariant = "Nothing is \"lost\" & all < well.", \
      .where = "file.c: function()", .causes = { "a", "b" }, .run = run_nothing, more }

static const struct check fake_checks[] = {
    FAKE_CHECK("one-passed", "7.1", 10, .kind = CHECK_UNIT),
    FAKE_CHECK("two-failed", "7.1", 20, .kind = CHECK_SYSTEM),
    FAKE_CHECK("three-skipped", "7.2", 5, .requires = { "two-failed" }),
    FAKE_CHECK("four-error", "7.2", 5, .kind = CHECK_UNIT),
    FAKE_CHECK("five-hidden", "7.2", 5, .is_hidden = true),
    FAKE_CHECK("six-not-run", "7.2", 5, .handout = "elsewhere"),
    FAKE_CHECK("seven-passed", "7.2", 5, .kind = CHECK_UNIT),
};

#define FAKE_COUNT (sizeof(fake_checks) / sizeof(fake_checks[0]))

/* Texts as a hostile submission would like them; text_clean() has been over real ones. */
static struct grading fake_grading(struct result results[FAKE_COUNT])
{
    static const enum result_status statuses[FAKE_COUNT] = { RESULT_PASSED, RESULT_FAILED, RESULT_SKIPPED, RESULT_ERROR,
                                                             RESULT_FAILED, RESULT_NOT_RUN, RESULT_PASSED };

    for (size_t i = 0; i < FAKE_COUNT; i++)
        results[i] = (struct result){ .check = &fake_checks[i], .number = (unsigned)i + 1, .status = statuses[i] };
    results[1].case_text = text_clean("case \"1\"");
    results[1].expected = text_clean("a < b && \"c\"\n]]> second line");
    results[1].observed = text_clean("\033[31m</failure>\x80\xff\x01, =SUM(A1)");
    results[1].stack = text_clean("f at file.c:3\nmain at main.c:9\n");
    results[1].log = text_clean("[guest] hello\r\n");
    results[2].reason = text_clean("it needs what two-failed looks at");
    results[3].reason = text_clean("no <QEMU>");
    results[4].expected = text_clean("the secret expectation");
    return (struct grading){ .submission = "folder", .seed = 18446744073709551615u, .results = results,
                             .count = FAKE_COUNT, .seconds = 1.5 };
}

static void fake_free(struct result results[FAKE_COUNT])
{
    for (size_t i = 0; i < FAKE_COUNT; i++) {
        char *texts[] = { results[i].reason, results[i].case_text, results[i].expected, results[i].observed,
                          results[i].where, results[i].stack, results[i].log };
        for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++)
            free(texts[k]);
    }
}

#endif
