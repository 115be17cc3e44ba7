/*
 * A third floor without a second: the image must panic at boot (test_panic.c).
 */
#include "floor.h"

static const struct floor missing_level = { .level = 3, .name = "missing-level" };
FLOOR(missing_level);
