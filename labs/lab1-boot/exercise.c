/*
 * The end of an unfinished hypervisor (floor 1): the first missing exercise that was reached, in one sentence.
 */
#include "exercise.h"
#include "panic.h"
#include "print.h"

void exercise_missing(const char *number)
{
    char lab = number[0];
    const char *exercise = number + 2;

    print("exercise %s is not written yet: see handouts/lab%c-boot.html#exercise-%c-%s\n", number, lab, lab, exercise);
    machine_off(MACHINE_UNFINISHED);
}
