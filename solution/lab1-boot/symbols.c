/*
 * Looking up the symbol table that the build links behind the image (floor 1; mk/build.mk makes it from `nm`).
 * Invariant: entries are sorted by address.
 */
#include "symbols.h"
#include <stddef.h>

/* One row of the table that mk/symbols.awk writes. */
struct symbol {
    uint32_t address; /* first byte of the function */
    uint32_t name; /* offset from symbols_names */
};

/* In a section of their own at the image's end: making the table moves no code, so one extra link is enough. */
extern const struct symbol symbols_start[], symbols_end[];
extern const char symbols_names[];

/* The last symbol at or below the address. It need not be right: behind the last function there is only an offset. */
const char *symbol_find(uint32_t address, uint32_t *offset)
{
    const struct symbol *low = symbols_start, *high = symbols_end;

    while (low < high) { /* find the first symbol above address */
        const struct symbol *middle = low + (high - low) / 2;

        if (middle->address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == symbols_start) {
        *offset = address;
        return "?";
    }
    *offset = address - low[-1].address;
    return symbols_names + low[-1].name;
}
