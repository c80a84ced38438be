// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/trial/random.hpp"
#include "shell/bench/sort.hpp"
#include "shell/bench/trace.hpp"
#include "shell/rows/row.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

// What is done with each allocator. `Calls` allocates and frees: as calls that are counted, or as
// calls and nothing else.
namespace bench {

/// Calls of a row, nothing added.
class PlainCalls {
public:
    explicit PlainCalls(Row const& row) : allocate_{row.allocate}, free_{row.free} {}

    Place allocate(unsigned order) const { return allocate_(order); }
    void free(Place place, unsigned order) const { free_(place, order); }

private:
    decltype(Row::allocate) allocate_;
    decltype(Row::free) free_;
};

/// Allocates and frees a block of `order`, `count` times.
template <typename Calls>
void pairs(Calls calls, std::uint64_t count, unsigned order) {
    for (std::uint64_t i = 0; i < count; ++i) {
        calls.free(calls.allocate(order), order);
    }
}

/// Allocates as many frames as `places` has room for, then frees them, the last first; `count`
/// times.
template <typename Calls>
void batches(Calls calls, std::uint64_t count, std::span<Place> places) {
    for (std::uint64_t i = 0; i < count; ++i) {
        for (Place& place : places) {
            place = calls.allocate(0);
        }
        for (std::size_t left = places.size(); left-- > 0;) {
            calls.free(places[left], 0);
        }
    }
}

/// Takes single frames until `places` is full or memory is: the number taken.
template <typename Calls>
std::size_t fill(Calls calls, std::span<Place> places) {
    for (std::size_t taken = 0; taken < places.size(); ++taken) {
        places[taken] = calls.allocate(0);
        if (places[taken] == kNone) {
            return taken;
        }
    }
    return places.size();
}

template <typename Calls>
void free_each(Calls calls, std::span<Place const> places) {
    for (Place const place : places) {
        calls.free(place, 0);
    }
}

/// Takes 9,000 frames, or three quarters of fewer than 12,000, and frees every second one, by
/// address: no two of those can merge.
template <typename Calls>
void scatter(Calls calls, std::span<Place> places) {
    constexpr std::size_t kScattered = 9000;
    std::span<Place> const taken = places.first(std::min(kScattered, places.size() / 4 * 3));
    fill(calls, taken);
    sort(taken);
    for (std::size_t i = 0; i < taken.size(); i += 2) {
        calls.free(taken[i], 0);
    }
}

inline void shuffle(std::span<Place> places, mm::Random& random) {
    for (std::size_t left = places.size(); left > 1; --left) {
        std::swap(places[left - 1], places[random.below(left)]);
    }
}

/// Half of `places`, which all of memory has filled, is freed at random; then, 100 times, a tenth
/// of the rest is freed and taken again. The places that are taken at the end.
template <typename Calls>
std::span<Place> wear(Calls calls, std::span<Place> places) {
    std::size_t const half = places.size() / 2;
    mm::Random random{1};
    shuffle(places, random);
    free_each(calls, places.subspan(half));
    std::span<Place> const kept = places.first(half);
    for (unsigned round = 0; round < 100; ++round) {
        shuffle(kept, random);
        std::span<Place> const tenth = kept.first(half / 10);
        free_each(calls, tenth);
        fill(calls, tenth);
    }
    return kept;
}

inline constexpr unsigned kHuge = 9;  ///< The order of 2 MiB.

/// How many blocks of 2 MiB can be had, at most as many as `places` has room for.
template <typename Calls>
std::size_t huge_blocks(Calls calls, std::span<Place> places) {
    std::size_t had = 0;
    while (had < places.size() && (places[had] = calls.allocate(kHuge)) != kNone) {
        ++had;
    }
    for (Place const place : places.first(had)) {
        calls.free(place, kHuge);
    }
    return had;
}

/// Does `step` to the blocks in `places`: true unless there was no such block.
template <typename Calls>
bool take_step(Calls calls, Step step, std::span<Place> places, std::uint32_t held) {
    if (step.kind == Step::Kind::Allocate) {
        places[step.position] = calls.allocate(step.order);
        return places[step.position] != kNone;
    }
    if (places[step.position] != kNone) {
        calls.free(places[step.position], step.order);
    }
    places[step.position] = places[held];
    return true;
}

}  // namespace bench
