# Turns `nm -n IMAGE` into the section .symbols: {u32 address, u32 offset of the name} sorted by address, then names.
# Code only; the hypervisor's backtrace (floor 1) looks addresses up in it. No input gives an empty table.
BEGIN { count = 0; offset = 0 }

# The table's own labels are left out: while it is empty they belong to no section of their own.
$3 ~ /^symbols_(start|end|names)$/ { next }

$2 == "t" || $2 == "T" { address[count] = $1; name[count] = $3; count++ }

END {
    print ".section .symbols, \"a\""
    print ".global symbols_start, symbols_end, symbols_names"
    print ".balign 4"
    print "symbols_start:"
    for (i = 0; i < count; i++) {
        printf ".long 0x%s, %d\n", address[i], offset
        offset += length(name[i]) + 1
    }
    print "symbols_end:"
    print "symbols_names:"
    for (i = 0; i < count; i++)
        printf ".asciz \"%s\"\n", name[i]
    print ".section .note.GNU-stack, \"\", @progbits"
}
