/*
 * A floor that claims the level of floor 1: the image must panic at boot (test_panic.c).
 */
#include "floor.h"

static const struct floor same_level = { .level = 1, .name = "same-level" };
FLOOR(same_level);
