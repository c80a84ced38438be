// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

// What memcpy and its kin do, by loads and stores that are never unaligned: they also run while the
// MMU is off. kernel/arch/string.cpp gives them the names the compiler calls.
namespace kernel::bytes {

/// Eight bytes of whatever type lies there.
using Word [[gnu::may_alias]] = std::uint64_t;

inline bool is_word_aligned(void const* at) {
    return reinterpret_cast<std::uintptr_t>(at) % sizeof(Word) == 0;
}

/// The words at `at`, which is aligned to them.
inline Word* words_at(void* at) { return static_cast<Word*>(at); }
inline Word const* words_at(void const* at) { return static_cast<Word const*>(at); }

/// `from` and `to` may overlap if `to` is the lower one.
inline void copy_upwards(unsigned char* to, unsigned char const* from, std::size_t count) {
    if (is_word_aligned(to) && is_word_aligned(from)) {
        Word* words_to = words_at(to);
        Word const* words_from = words_at(from);
        for (; count >= 4 * sizeof(Word); count -= 4 * sizeof(Word)) {
            Word const a = words_from[0];
            Word const b = words_from[1];
            Word const c = words_from[2];
            Word const d = words_from[3];
            words_to[0] = a;
            words_to[1] = b;
            words_to[2] = c;
            words_to[3] = d;
            words_to += 4;
            words_from += 4;
        }
        for (; count >= sizeof(Word); count -= sizeof(Word)) {
            *words_to++ = *words_from++;
        }
        to = reinterpret_cast<unsigned char*>(words_to);
        from = reinterpret_cast<unsigned char const*>(words_from);
    }
    for (; count > 0; --count) {
        *to++ = *from++;
    }
}

/// `from` and `to` may overlap if `to` is the higher one.
inline void copy_downwards(unsigned char* to, unsigned char const* from, std::size_t count) {
    to += count;
    from += count;
    if (is_word_aligned(to) && is_word_aligned(from)) {
        for (; count >= sizeof(Word); count -= sizeof(Word)) {
            to -= sizeof(Word);
            from -= sizeof(Word);
            *words_at(to) = *words_at(from);
        }
    }
    for (; count > 0; --count) {
        *--to = *--from;
    }
}

inline void fill(unsigned char* to, unsigned char value, std::size_t count) {
    for (; count > 0 && !is_word_aligned(to); --count) {
        *to++ = value;
    }
    Word const word = value * (~Word{0} / 0xff);
    Word* words = words_at(to);
    for (; count >= 8 * sizeof(Word); count -= 8 * sizeof(Word)) {
        words[0] = word;
        words[1] = word;
        words[2] = word;
        words[3] = word;
        words[4] = word;
        words[5] = word;
        words[6] = word;
        words[7] = word;
        words += 8;
    }
    to = reinterpret_cast<unsigned char*>(words);
    for (; count > 0; --count) {
        *to++ = value;
    }
}

/// Less than, equal to or greater than 0 as the first byte that differs, unsigned.
inline int compare(unsigned char const* left, unsigned char const* right, std::size_t count) {
    for (; count > 0; --count, ++left, ++right) {
        if (*left != *right) {
            return *left - *right;
        }
    }
    return 0;
}

/// The first `value` among the `count` bytes at `at`, or nullptr.
inline unsigned char const* find(unsigned char const* at, unsigned char value, std::size_t count) {
    for (; count > 0; --count, ++at) {
        if (*at == value) {
            return at;
        }
    }
    return nullptr;
}

}  // namespace kernel::bytes
