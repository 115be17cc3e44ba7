/*
 * Booting the student's hypervisor from a system check (host side, all labs). The machine runs in virtual time, so a
 * run with the same guests and seed is the same run on every machine, loaded or not. What counts as evidence is read
 * from outside: the machine's RAM is a file that stays after it has ended, guests under test leave records in it that
 * are keyed with a secret drawn for this grading, and the hypervisor's own tables are found by its symbols. The serial
 * line is for the card only.
 *
 *     static const struct boot timer = { .guests = { "timer" } };
 *
 *     static void run_timer(void)
 *     {
 *         system_boot(&timer);
 *         check_equal("frame's CS", 0x08, system_value("timer", TIMER_CS));
 *     }
 *
 * Checks that name the same `struct boot` object (one address, static) share one run.
 */
#ifndef RINGLET_SYSTEM_H
#define RINGLET_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BOOT_GUESTS_MAX 4

struct boot {
    /*
     * Guests: "name words ...": grader/labK-name/guests/<name>/main.c; or, with a slash, a guest of the course by its
     * path below build/guests: "tests/lab1-boot/int-all". Words are the guest's own command line.
     */
    const char *guests[BOOT_GUESTS_MAX];
    const char *options;  /* the hypervisor's, or NULL */
    const char *input;    /* typed at the serial line at once, or NULL */
    double seconds;       /* limit in virtual time, rounded up to 2, 4, .. 30; 0: 4. Reaching it: see system_ended() */
    unsigned memory_mib;  /* 0: the lab's */
};

/* Runs it, or takes the run that was made before. Fails the check when the image did not build. */
void system_boot(const struct boot *boot);

/* How the run ended. */
enum system_end {
    SYSTEM_EXIT,         /* by the exit port; system_exit_code() is QEMU's exit code (33, 35, 37, ...) */
    SYSTEM_TIME,         /* the virtual time was over; registers as they were then */
    SYSTEM_DEAD,         /* CPU halted with interrupts off: nothing can follow */
    SYSTEM_TRIPLE_FAULT, /* the machine reset */
};
enum system_end system_ended(void);
int system_exit_code(void);

/* Fails with the right words, registers and decoded fault unless the run ended by the exit port with `code`. */
void system_expect_exit(int code);

/* A register ("EFL", "EIP", "CR0") of a machine whose end was SYSTEM_TIME or SYSTEM_DEAD, as it was then; else 0. */
uint32_t system_register(const char *name);

/*
 * The value that guest `name` (its first word in boot.guests) sealed under `key` (evidence.h). Fails the check when the
 * guest left no record, its keyed sum is wrong or the key is not in it. system_has(): the key is there.
 */
uint32_t system_value(const char *name, uint32_t key);
bool system_has(const char *name, uint32_t key);

/* The seed the guest was given in evidence.seed: the check and the guest derive their variants from it. */
uint32_t system_seed(const char *name);

/* Everything the serial line said; for diagnosis. */
const char *system_console(void);

/* Address of a symbol of the student's image, 0 when it has none. */
uint32_t system_symbol(const char *name);

/* Bytes of RAM, by physical address, and by an address of the hypervisor's direct map (0xF8000000..). */
void system_read_physical(uint32_t physical, void *bytes, size_t size);
/* Both fail the check when the bytes do not lie in RAM. */
void system_read(uint32_t address, void *bytes, size_t size);

#endif
