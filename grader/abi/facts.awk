# What headers declare, as expressions: awk -f facts.awk names HEADER...
# For each number, structure and field a line "name <tab> expression <tab> the same in Xen's names", the last "-" for
# what is ours alone (see names). The headers are the list: a line that is not understood here is an error, so nothing
# can be added to them without being compared. Understood: #define NAME NUMBER, structures, typedefs, _Static_assert.

function fail(what)
{
    printf "%s: facts.awk does not understand: %s\n", file, what >"/dev/stderr"
    failed = 1
    exit 1
}

# What Xen calls it.
function theirs(name,    i, stem, rest, expression)
{
    for (i = 1; i <= names; i++) {
        stem = pattern[i]
        if (stem == name)
            return translation[i]
        if (sub(/\*$/, "", stem) && index(name, stem) == 1) {
            rest = substr(name, length(stem) + 1)
            expression = translation[i]
            sub(/\*/, rest, expression)
            sub(/~/, tolower(rest), expression)
            return expression
        }
    }
    return name
}

function fact(label, before, ours, other)
{
    print label "\t" before ours ")\t" before other ")"
}

function structure(    i, label, field, other, size)
{
    fact("size of " name, "sizeof(struct ", name, name)
    fact("alignment of " name, "_Alignof(struct ", name, name)
    size = "sizeof(((struct " name " *)0)->"
    for (i = 1; i <= fields; i++) {
        field = path[i]
        label = name "." field
        other = theirs(label)
        if (other == label)
            other = field
        fact("offset of " label, "offsetof(struct " name ", ", field, other)
        fact("size of " label, size, field, other)
        if (is_array[i])
            fact("size of " label "[0]", size, field "[0]", other "[0]")
    }
}

# "type one, two[3]": the type is left out, it shows in the sizes.
function declaration(text,    parts, count, i)
{
    count = split(text, parts, /,/)
    if (parts[1] !~ /[a-z0-9_] +[a-z_]/)
        fail(text)
    for (i = 1; i <= count; i++) {
        sub(/^ +/, "", parts[i])
        fields++
        is_array[fields] = sub(/ *\[.*/, "", parts[i])
        sub(/.* /, "", parts[i])
        if (parts[i] !~ /^[a-z_0-9]+$/)
            fail(text)
        path[fields] = parts[i]
    }
}

# What stands before a "{", "}" or ";".
function piece(text, mark,    i)
{
    gsub(/[ \t\n]+/, " ", text)
    gsub(/^ | $/, "", text)
    if (mark == "{" && depth == 0 && text ~ /^struct [a-z_0-9]+$/) {
        name = substr(text, 8)
        fields = 0
        depth = 1
    } else if (mark == "{" && depth > 0 && text == "struct") {
        first[++depth] = fields + 1
    } else if (mark == "}" && text == "" && depth > 0) {
        closed = depth--
        if (depth == 0)
            structure()
    } else if (mark == ";" && depth > 0 && closed > 1) {
        for (i = first[closed]; i <= fields; i++)
            path[i] = text "." path[i]
        declaration("struct " text)
        closed = 0
    } else if (mark == ";" && depth > 0) {
        declaration(text)
    } else if (mark == ";" && (text ~ /^(typedef|_Static_assert) ?[^{]/ || (text == "" && closed == 1))) {
        closed = 0
    } else {
        fail(text mark)
    }
}

function header_end()
{
    while (match(code, /[{};]/)) {
        piece(substr(code, 1, RSTART - 1), substr(code, RSTART, 1))
        code = substr(code, RSTART + 1)
    }
    if (depth > 0 || code ~ /[^ \t\n]/)
        fail(code)
    code = ""
}

FNR == NR {
    if ($0 ~ /^[^#]/) {
        pattern[++names] = $1
        sub(/^[^ ]+ +/, "")
        translation[names] = $0
    }
    next
}

FNR == 1 {
    header_end()
    file = FILENAME
}

# Comments: whole ones, then one that goes on in the next line.
{
    if (comment && !sub(/^.*\*\//, ""))
        next
    gsub(/\/\*([^*]|\*+[^*\/])*\*+\//, "")
    comment = sub(/\/\*.*/, "")
}

/^#define RINGLET_[A-Z_]+_H$/ || /^#(ifndef|include|endif)/ { next }

/^#define [A-Z][A-Z0-9_]* +[^ ]/ {
    print $2 "\t" $2 "\t" theirs($2)
    next
}

/^#/ { fail($0) }

{ code = code $0 "\n" }

END {
    if (!failed)
        header_end()
}
