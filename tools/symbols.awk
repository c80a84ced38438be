# SPDX-License-Identifier: MIT
# From `nm -nC` of a linked kernel to assembler source: the functions' names for stack walks.
#
#   .hword count
#   .hword instructions from image_begin, ascending     (count of them)
#   .byte  shared, then .asciz rest              (count of them, in the same order)
#
# A name is the first `shared` characters of the name before it, then the rest: neighbours are mostly
# of one class, and this is a third less than whole names.
#
# Names are shortened to what tells a person where it was: no parameters, template arguments or
# return types. Written for mawk: no strtonum, and numbers are doubles, so only the last 8 digits of
# an address are read.

function hexadecimal(digits,    i, value) {
    value = 0
    for (i = 1; i <= length(digits); ++i) {
        value = value * 16 + index("0123456789abcdef", substr(digits, i, 1)) - 1
    }
    return value
}

function shorten(name,    words, operator) {
    gsub(/\(anonymous namespace\)::/, "", name)
    operator = ""
    if (match(name, /operator(\(\)|\[\]| new(\[\])?| delete(\[\])?| bool|<=>|[-=+*<>!]=?)/)) {
        operator = substr(name, RSTART, RLENGTH)
        name = substr(name, 1, RSTART - 1)
    }
    while (sub(/<[^<>]*>/, "", name)) {
    }
    if (sub(/\(.*/, "", name) && operator != "") {
        name = name "::"    # Of a function's lambda.
    }
    sub(/ \[clone.*/, "", name)
    words = split(name, word, " ")
    return (name ~ / $/ ? "" : word[words]) operator
}

function shared_length(one, other,    length_so_far) {
    while (length_so_far < length(one) && length_so_far < length(other) &&
           substr(one, length_so_far + 1, 1) == substr(other, length_so_far + 1, 1)) {
        ++length_so_far
    }
    return length_so_far + 0
}

BEGIN { count = 0 }    # Else the first address is kept under "", not under 0.

$3 == "image_begin" { begin = hexadecimal(substr($1, 9)) }

# $2 is t, T, w or W: code. One name for each address, the first.
$2 ~ /^[tTwW]$/ && $3 !~ /^(\$|\.L|image_begin|text_begin|text_end)/ && $1 != last {
    last = $1
    name = $0
    sub(/^[0-9a-f]+ . /, "", name)
    addresses[count] = hexadecimal(substr($1, 9))
    names[count++] = substr(shorten(name), 1, 80)
}

END {
    print "    .section .symbols, \"a\""
    print "    .balign 2"
    printf "    .hword %d\n", count
    for (i = 0; i < count; ++i) {
        printf "    .hword %d\n", (addresses[i] - begin) / 4
    }
    for (i = 0; i < count; ++i) {
        shared = shared_length(names[i - 1], names[i])
        printf "    .byte %d\n    .asciz \"%s\"\n", shared, substr(names[i], shared + 1)
    }
}
