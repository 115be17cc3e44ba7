/* Words of the domain's command line (start_info.cmd_line). */
#ifndef PV_OPTIONS_H
#define PV_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

/* Whether the word stands there. */
bool option_given(const char *name);
/* The number in `name=number`, or `otherwise`. */
uint32_t option_number(const char *name, uint32_t otherwise);

#endif
