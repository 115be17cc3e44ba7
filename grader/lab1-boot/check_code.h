/*
 * Decoding bytes in lab 1's unit checks (host side): shared by check_decode.c, which has the functions, and
 * check_modrm.c.
 */
#ifndef RINGLET_CHECK_CODE_H
#define RINGLET_CHECK_CODE_H

#include <stdbool.h>
#include <stdint.h>

#include "check.h"
#include "decode.h"
#include "wire.h"

/* Decodes; the bytes are the case on the card. default_size: 2 or 4. */
struct wire_decoded code_decode(const uint8_t *bytes, unsigned count, unsigned default_size);

/* Fails unless they are the same enum decode_result. */
void expect_result(unsigned expected, unsigned observed);

#endif
