// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/bit_tree.hpp"
#include "kernel/mm/buddy_allocator.hpp"
#include "kernel/mm/trial/random.hpp"

#include "tests/exhaustive/explorer.hpp"
#include "tests/exhaustive/named_tests.hpp"

#include <algorithm>
#include <cinttypes>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <vector>

namespace exhaustive {

/// Which words of an Image a state is kept in: all of the metadata, and the object's counters. The
/// rest of the object says where its tables lie, and never changes.
struct StateWords {
    std::size_t metadata = 0;
    std::vector<std::size_t> own{};          ///< By their index in the object.
    std::vector<std::uint64_t> used_bits{};  ///< Of each word the bits that any state uses.

    std::size_t count() const { return metadata + own.size(); }

    template <typename Object>
    std::uint64_t& at(Image<Object>& image, std::size_t index) const {
        return index < metadata ? image.metadata()[index]
                                : image.own_words()[own[index - metadata]];
    }
};

/// Words of an object: its counters, and those that change too but say nothing of what is free.
struct OwnWords {
    std::vector<std::size_t> counters{};
    std::vector<std::size_t> hints{};

    bool have(std::size_t index) const {
        return std::ranges::find(counters, index) != counters.end() ||
               std::ranges::find(hints, index) != hints.end();
    }
};

/// Goes through all states of `world`, in whose object these words may change. None, and a line of
/// words, if another one ever does.
template <typename World>
std::optional<StateWords> state_words(World& world, OwnWords const& own) {
    auto& image = world.image();
    StateWords words{.metadata = image.metadata().size(), .own = own.counters};
    words.used_bits.resize(words.count());
    std::vector<std::uint64_t> start;
    for (std::size_t index = 0; index < words.count(); ++index) {
        start.push_back(words.at(image, index));
    }
    std::vector<std::uint64_t> const first{image.own_words().begin(), image.own_words().end()};
    auto const tally = Explorer{world}.run([&] {
        for (std::size_t index = 0; index < words.count(); ++index) {
            words.used_bits[index] |= words.at(image, index) ^ start[index];
        }
        for (std::size_t index = 0; index < first.size(); ++index) {
            if (image.own_words()[index] != first[index] && !own.have(index)) {
                std::printf("FAILED: word %zu of the object changes and is no counter\n", index);
                return false;
            }
        }
        return true;
    });
    return tally ? std::optional{words} : std::nullopt;
}

/// A flipped bit.
struct Flip {
    std::size_t word;
    unsigned bit;
    bool is_used;  ///< Some state differs from another in this bit.
};

/// In the state that `world` is in, flips each bit of `words` in turn and calls `on_flip` with the
/// flip and with what brings this very damage back after a call. Ends when it returns false, and is
/// false then.
template <typename World, typename OnFlip>
bool for_each_flip(World& world, StateWords const& words, OnFlip on_flip) {
    auto& image = world.image();
    image.keep();
    for (std::size_t word = 0; word < words.count(); ++word) {
        for (unsigned bit = 0; bit < 64; ++bit) {
            auto const damage = [&] {
                image.restore();
                words.at(image, word) ^= std::uint64_t{1} << bit;
            };
            damage();
            bool const is_used = (words.used_bits[word] >> bit & 1) != 0;
            bool const goes_on = on_flip(Flip{word, bit, is_used}, damage);
            image.restore();
            if (!goes_on) {
                bool const is_own = words.metadata <= word;
                std::printf("  bit %u of word %zu of the %s is flipped, in the state ", bit,
                            is_own ? words.own[word - words.metadata] : word,
                            is_own ? "object" : "metadata");
                world.print_state();
                return false;
            }
        }
    }
    return true;
}

/// Chooses one state in so many, the same ones for the same seed.
class Sample {
public:
    Sample(std::uint64_t one_in, std::uint64_t seed) : one_in_{one_in}, random_{seed} {}

    /// One state in as many as `text` says, by the seed that SEED is.
    explicit Sample(char const* text)
        : Sample{std::max(number(text, 1), std::uint64_t{1}), number(std::getenv("SEED"), 1)} {}

    bool takes_this() { return random_.below(one_in_) == 0; }

private:
    std::uint64_t one_in_;
    mm::Random random_;
};

inline constexpr std::size_t kBuddyWords = sizeof(mm::BuddyAllocator) / sizeof(std::uint64_t);
inline constexpr std::size_t kTreeWords = sizeof(mm::BitTree) / sizeof(std::uint64_t);

/// Behind the span and where it begins: free frames, allocated blocks, reserved frames, lent runs;
/// and the last word, which trees are not empty. By their index in an object that has a
/// BuddyAllocator from word `at` on.
inline std::vector<std::size_t> buddy_counters(std::size_t at) {
    return {at + 3, at + 4, at + 5, at + 6, at + kBuddyWords - 1};
}

/// Every flip in the states of the sample, of the metadata and of the object's counters; `use` is
/// what else is done with each.
template <typename World, typename Use>
bool flip_all(World& world, OwnWords const& own, Sample sample, Use use) {
    auto const words = state_words(world, own);
    if (!words) {
        return false;
    }
    std::uint64_t states = 0;
    std::uint64_t flips = 0;
    auto const tally = Explorer{world}.run([&] {
        if (!sample.takes_this()) {
            return true;
        }
        ++states;
        return for_each_flip(world, *words, [&](Flip flip, auto damage) {
            ++flips;
            if (world.image()->verify()) {
                std::puts("FAILED: verify() finds nothing");
                return false;
            }
            return use(flip, damage);
        });
    });
    if (!tally) {
        return false;
    }
    std::printf("%" PRIu64 " of %" PRIu64 " states, %zu + %zu words: %" PRIu64
                " flips, all found by verify()\n",
                states, tally->states, words->metadata, words->own.size(), flips);
    return states != 0;
}

}  // namespace exhaustive
