/*
 * Calling the student's functions from a unit check (host side, all labs). The student's files run in another process,
 * the executor (executor.h): sanitized, without file, process or network calls, with limits on time and memory. It
 * gets requests and returns raw results; what they should be is known on this side only. So nothing that the code does
 * over there (exit(0), printing, writing to the pipe) can earn a point: silence and wrong bytes both fail the check.
 *
 * Every check gets a fresh executor at its first unit_call(), which then serves all its calls. A call costs about 20
 * microseconds, an executor about 20 milliseconds.
 */
#ifndef RINGLET_UNIT_H
#define RINGLET_UNIT_H

#include <stddef.h>
#include <stdint.h>

/*
 * Calls operation `number` of the lab's executor (grader/labK-name/wire.h has numbers and structures) and fills
 * *reply. Crash, endless loop, sanitizer report, forbidden system call, early exit, "exercise not written yet" and a
 * reply of another size end the check as failed, with the stack on the card.
 * Sizes must be those of the operation; a mistake there is the grader's trouble, not the student's failure.
 */
void unit_call(uint32_t number, const void *request, size_t request_size, void *reply, size_t reply_size);

#endif
