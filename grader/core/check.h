/*
 * A check of the autograder, and what its code may say (host side, all labs). A check is one entry of a table: who it
 * is, what it is worth, which invariant of the student's hypervisor it looks at, and a function that looks. The table
 * is registered with CHECKS(); run.c turns each entry into one cmocka test, and the functions below turn what the
 * check says into the one result model (result.h) from which every report is made.
 *
 * To add a check: write grader/labK-name/check_<subject>.c with a table and CHECKS(table). Nothing is to be listed
 * anywhere else. Unit checks call the student's code with unit_call() (unit.h); system checks boot it (system.h).
 *
 *     static void run_decode_lock(void)
 *     {
 *         struct decode_reply reply;
 *
 *         check_case("lock cli: f0 fa");
 *         unit_call(DECODE, &request, sizeof(request), &reply, sizeof(reply));
 *         check_equal("result of decode()", DECODE_INVALID, reply.result);
 *     }
 *
 * The first thing that is not as expected ends the check: none of the functions below returns then.
 */
#ifndef RINGLET_CHECK_H
#define RINGLET_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum check_kind {
    CHECK_UNIT,   /* calls compiled student files in the executor */
    CHECK_SYSTEM, /* boots the student's image */
};

/* More would be read by nobody. */
#define CHECK_CAUSES_MAX   4
#define CHECK_REQUIRES_MAX 4

struct check {
    const char *name;      /* words-with-hyphens, unique in the lab; what T= takes */
    const char *exercise;  /* "1.3" */
    unsigned points;       /* all checks of an exercise add up to what the exercise is worth */
    enum check_kind kind;
    bool is_hidden;        /* students see name and invariant, not what was expected and observed */
    const char *invariant; /* one sentence, without "should": "A gate's offset is split into bits 0-15 and 48-63." */
    const char *handout;   /* anchor of handouts/labK-name.html; NULL: exercise-1-3 */
    const char *where;     /* the student's place: "decode.c: decode()" */
    const char *stop;      /* GDB location just before it fails ("decode.c:decode"); NULL: the function of `where` */
    const char *causes[CHECK_CAUSES_MAX];     /* likely causes, likeliest first; short, no trailing full stop */
    const char *requires[CHECK_REQUIRES_MAX]; /* names of checks that must have passed; they stand earlier */
    void (*run)(void);
};

/* Static, and never changed: results point into it. */
struct check_table {
    const struct check *checks;
    size_t count;
};

/* Registers a table. Checks run ordered by exercise, then in the order of their file names and tables. */
#define CHECKS(table) \
    static const struct check_table table##_entry = { table, sizeof(table) / sizeof(table[0]) }; \
    static const struct check_table *const table##_slot __attribute__((used, section("check_tables"))) = &table##_entry

/*
 * What the next comparison is about; shown on the card until the next call. "decode f0 fa, default size 4".
 * Call it before each comparison in a loop: without it a card cannot say which round failed.
 */
void check_case(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Another place in the student's code than the table says.
 * As "file.c: function()".
 */
void check_where(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Fails unless observed == expected; both are shown in hexadecimal (and decimal when small). `what` is a noun. */
void check_equal(const char *what, uint64_t expected, uint64_t observed);

/* The same for bytes; shows the first difference with its offset. */
void check_bytes(const char *what, const void *expected, const void *observed, size_t size);

/* The same for text. */
void check_text(const char *what, const char *expected, const char *observed);

/* Fails unless the fact holds: `expected` is a sentence, the rest says what was seen instead. */
void check_fact(bool fact, const char *expected, const char *observed, ...) __attribute__((format(printf, 3, 4)));

/* Fails. */
void check_fail(const char *expected, const char *observed, ...) __attribute__((noreturn, format(printf, 2, 3)));

/* The grader itself could not do its work (no memory, no QEMU): no verdict on the student. One sentence. */
void check_trouble(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/*
 * Random numbers for seeded variants: they depend on SEED and on the check's name alone, so a check sees the same ones
 * whichever others run. check_below(n) is 0..n-1.
 */
uint32_t check_random(void);
uint32_t check_below(uint32_t limit);

/* What a lab says of itself, once: grader/labK-name/lab.c defines `lab`. */
struct exercise {
    const char *number; /* "1.3" */
    const char *title;          /* as in the handout */
    unsigned points;    /* what its checks add up to */
};

struct lab {
    unsigned number;
    const char *folder; /* "lab1-boot" */
    const char *title;
    const struct exercise *exercises; /* ended by a NULL number */
    unsigned memory_mib;              /* of the machine under test when a boot names none; 0: 32 */
    const char *guest;  /* for the debugger, when a unit check has failed: below build/guests; NULL: "bare.elf" */
};

extern const struct lab lab;

#endif
