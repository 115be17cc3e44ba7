/*
 * An exercise that is not written yet, on the host: the test program says so and fails.
 */
#include <stdio.h>
#include <stdlib.h>

#include "exercise.h"

void exercise_missing(const char *number)
{
    fprintf(stderr, "exercise %s is not written yet\n", number);
    exit(1);
}
