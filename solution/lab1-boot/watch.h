/*
 * Seeing what does not trap (floor 1). With the boot option sensitive=report the hypervisor follows a bare guest for
 * some instructions after each one it emulated, and reports those that read or write machine state without trapping.
 */
#ifndef RINGLET_WATCH_H
#define RINGLET_WATCH_H

#include <stdbool.h>
#include <stdint.h>

struct bare;

/* sensitive=report was given: until then the two questions on the way of every trap cost next to nothing. */
extern bool watch_enabled;

/* The instruction at `eip` has been emulated: watch the ones behind it. */
void watch_begin(struct bare *guest, uint32_t eip);

static inline void watch_start(struct bare *guest, uint32_t eip)
{
    if (watch_enabled)
        watch_begin(guest, eip);
}

/* Single step came: look at the instruction at EIP. */
void watch_step(struct bare *guest);

/* Is this guest to be stepped? */
bool watch_has_steps(const struct bare *guest);

/* Asked on each way back to a bare guest, hence the bool in front. */
static inline bool watch_is_on(const struct bare *guest)
{
    return watch_enabled && watch_has_steps(guest);
}

#endif
