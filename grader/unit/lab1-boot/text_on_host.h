/*
 * text.c for host tests under other names, because the C library and AddressSanitizer have their own memcpy and strlen.
 * Include it before "text.h" and behind the system's headers.
 */
#ifndef RINGLET_TEXT_ON_HOST_H
#define RINGLET_TEXT_ON_HOST_H

#include <string.h>

#define memcpy  text_memcpy
#define memmove text_memmove
#define memset  text_memset
#define memcmp  text_memcmp
#define strlen  text_strlen

#endif
