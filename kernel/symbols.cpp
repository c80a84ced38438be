// SPDX-License-Identifier: MIT
#include "kernel/symbols.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace kernel {

namespace {

constexpr std::uint64_t kInstruction = 4;  ///< Bytes.
constexpr std::size_t kFirstPair = 128;    ///< Below are characters.
constexpr std::size_t kMostPairs = 128;
constexpr unsigned char kGoesOn = 255;  ///< A step that another follows.

unsigned char byte(char character) { return static_cast<unsigned char>(character); }

// Takes the first byte off. Behind the end there are zeroes.
unsigned char take(std::span<char const>& bytes) {
    if (bytes.empty()) {
        return 0;
    }
    unsigned char const first = byte(bytes.front());
    bytes = bytes.subspan(1);
    return first;
}

std::uint64_t take_steps(std::span<char const>& bytes) {
    std::uint64_t steps = 0;
    unsigned char step = kGoesOn;
    while (step == kGoesOn) {
        step = take(bytes);
        steps += step;
    }
    return steps;
}

}  // namespace

SymbolTable::SymbolTable(std::span<char const> section) : functions_{section} {
    std::size_t const wanted = std::min<std::size_t>(take(functions_), kMostPairs) * 2;
    pairs_ = functions_.first(std::min(wanted, functions_.size()));
    functions_ = functions_.subspan(pairs_.size());
}

std::optional<CodePlace> SymbolTable::find(std::uint64_t distance) const {
    CodePlace place;
    bool is_found = false;
    std::uint64_t begin = 0;
    for (std::span<char const> left = functions_; !left.empty();) {
        begin += take_steps(left) * kInstruction;
        if (begin > distance) {
            break;
        }
        place.function.keep(take(left));
        for (unsigned char code = take(left); code != 0; code = take(left)) {
            append(place.function, code);
        }
        place.offset = distance - begin;
        is_found = true;
    }
    return is_found ? std::optional{place} : std::nullopt;
}

// Of a pair its halves. None of a character, nor where a half is not a character or a pair before
// this one.
std::span<char const> SymbolTable::halves(unsigned char code) const {
    std::size_t const at = code < kFirstPair ? pairs_.size() : (code - kFirstPair) * 2;
    if (at + 2 > pairs_.size()) {
        return {};
    }
    auto const pair = pairs_.subspan(at, 2);
    bool const is_sound = byte(pair.front()) < code && byte(pair.back()) < code;
    return is_sound ? pair : std::span<char const>{};
}

// Codes only fall on the way from a pair to its halves: no more of them wait than there are pairs,
// and one. Each way ends with a character, and all end where the name is full.
void SymbolTable::append(FunctionName& name, unsigned char code) const {
    std::array<unsigned char, kMostPairs + 1> waiting{code};
    for (std::size_t count = 1; count != 0 && !name.is_full();) {
        --count;
        unsigned char const next = waiting[count];
        auto const pair = halves(next);
        if (pair.empty()) {
            name.append(next < kFirstPair ? static_cast<char>(next) : '?');
            continue;
        }
        waiting[count++] = byte(pair.back());
        waiting[count++] = byte(pair.front());
    }
}

void FunctionName::append(char character) {
    if (!is_full()) {
        characters_[size_] = character;
        ++size_;
    }
}

}  // namespace kernel
