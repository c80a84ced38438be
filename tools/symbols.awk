# SPDX-License-Identifier: MIT
# From `nm -nC` of a linked kernel to assembler source: the functions' names for stack walks.
#
#   .long  count
#   .long  bytes from image_begin, ascending     (count of them)
#   .asciz name                                  (count of them, in the same order)
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

function shorten(name,    words) {
    gsub(/\(anonymous namespace\)::/, "", name)
    if (name ~ /operator/) {
        return name
    }
    while (sub(/<[^<>]*>/, "", name)) {
    }
    sub(/\(.*/, "", name)
    sub(/ \[clone.*/, "", name)
    words = split(name, word, " ")
    return word[words]
}

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
    print "    .balign 4"
    printf "    .long %d\n", count
    for (i = 0; i < count; ++i) {
        printf "    .long %d\n", addresses[i] - begin
    }
    for (i = 0; i < count; ++i) {
        printf "    .asciz \"%s\"\n", names[i]
    }
}
