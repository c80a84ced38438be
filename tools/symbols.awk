# SPDX-License-Identifier: MIT
# From `nm -nC` of a linked kernel to assembler source: the functions' names for stack walks.
#
#   .byte  count, then two bytes each: pairs
#   .byte  step..., shared, rest..., 0      for each function, in the order of their addresses
#
# The steps, of which each but the last is 255, add up to the instructions from the function before,
# or from image_begin. A name is the first `shared` characters of the name before it, then the rest:
# neighbours are mostly of one class. A character of 128 + n stands for the n-th pair, whose halves
# may be pairs before it: the most frequent neighbours in what is left (byte pair encoding). Both
# together make the names a quarter of what they were.
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

# Adds a name to `tokens`: the numbers of its characters, with a zero behind it.
function take_apart(text,    i) {
    for (i = 1; i <= length(text); ++i) {
        tokens[token_count++] = number_of[substr(text, i, 1)]
    }
    tokens[token_count++] = 0
}

# Sets `best` to the pair of tokens that is there most often, and returns how often.
function most_frequent_pair(    i, pair, count_of, most) {
    most = 0
    for (i = 1; i < token_count; ++i) {
        pair = tokens[i - 1] * 256 + tokens[i]
        if (tokens[i - 1] != 0 && tokens[i] != 0 && ++count_of[pair] > most) {
            most = count_of[pair]
            best = pair
        }
    }
    return most
}

function replace_pair(first, second, code,    from, to) {
    to = 0
    for (from = 0; from < token_count; ++from) {
        if (tokens[from] == first && from + 1 < token_count && tokens[from + 1] == second) {
            tokens[to++] = code
            ++from
        } else {
            tokens[to++] = tokens[from]
        }
    }
    token_count = to
}

END {
    for (i = 1; i < 128; ++i) {
        number_of[sprintf("%c", i)] = i
    }
    token_count = 0
    for (i = 0; i < count; ++i) {
        shared[i] = shared_length(names[i - 1], names[i])
        take_apart(substr(names[i], shared[i] + 1))
    }
    # What a pair saves is how often it is there; what it costs, two bytes.
    for (pairs = 0; pairs < 128 && most_frequent_pair() > 3; ++pairs) {
        first[pairs] = int(best / 256)
        second[pairs] = best % 256
        replace_pair(first[pairs], second[pairs], 128 + pairs)
    }

    print "    .section .symbols, \"a\""
    printf "    .byte %d\n", pairs
    for (i = 0; i < pairs; ++i) {
        printf "    .byte %d, %d\n", first[i], second[i]
    }
    last = begin
    token = 0
    for (i = 0; i < count; ++i) {
        printf "    .byte "
        for (step = (addresses[i] - last) / 4; step >= 255; step -= 255) {
            printf "255, "
        }
        printf "%d, %d", step, shared[i]
        do {
            printf ", %d", tokens[token]
        } while (tokens[token++] != 0)
        printf "  // %s\n", names[i]
        last = addresses[i]
    }
}
