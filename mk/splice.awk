# Takes a file of solution/ and keeps the reference's code of some exercises only; the others become what a student
# starts from. With keep="" the result is what `unifdef -USOLUTION` gives, with all of them `unifdef -DSOLUTION`.
#   awk -v keep="1.1 1.2" -f mk/splice.awk solution/lab1-boot/segments.c
# A block is #ifdef SOLUTION ... #else ... EXERCISE("1.3") ... #endif: one exercise each, none inside another.
# For tests: partial solutions, and mutants of one exercise.
BEGIN { split(keep, list, " "); for (i in list) wanted[list[i]] = 1 }

/^#ifdef SOLUTION$/ { part = 1; text[1] = ""; text[2] = ""; next }
part == 1 && /^#else$/ { part = 2; next }
part == 2 && /^#endif$/ {
    if (!match(text[2], /EXERCISE\("[0-9.]+"\)/)) {
        print FILENAME ":" FNR ": no EXERCISE in the part behind #else." >"/dev/stderr"
        exit 1
    }
    number = substr(text[2], RSTART + 10, RLENGTH - 12)
    printf "%s", text[(number in wanted) ? 1 : 2]
    part = 0
    next
}
part { text[part] = text[part] $0 "\n"; next }
{ print }

END {
    if (part) {
        print FILENAME ": a block of #ifdef SOLUTION has no #else or does not end." >"/dev/stderr"
        exit 1
    }
}
