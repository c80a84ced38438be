// SPDX-License-Identifier: MIT
//
// flips_more_test NAME [ONE_STATE_IN]
//
// flips_test for what is built on the buddy allocator: the heap and the virtual space.

#include "tests/exhaustive/flips.hpp"
#include "tests/exhaustive/named_tests.hpp"
#include "tests/exhaustive/small_heap.hpp"
#include "tests/exhaustive/small_space.hpp"

#include <cstddef>
#include <vector>

namespace {

using exhaustive::buddy_counters;
using exhaustive::Flip;
using exhaustive::kBuddyWords;
using exhaustive::kTreeWords;
using exhaustive::NamedTest;
using exhaustive::Sample;
using exhaustive::SmallHeap;
using exhaustive::SmallSpace;

/// Behind the buddy allocator and the records two counters for each size, behind its tree, and two
/// for large objects.
std::vector<std::size_t> heap_counters() {
    constexpr std::size_t kBuddyAt = 5;  // Two words say where the window is, three are pointers.
    constexpr std::size_t kRecordWords = sizeof(mm::HeapRecords) / sizeof(std::uint64_t);
    std::vector<std::size_t> words = buddy_counters(kBuddyAt);
    std::size_t at = kBuddyAt + kBuddyWords + kRecordWords;
    for (unsigned size = 0; size < mm::SizeClass::kCount; ++size) {
        at += kTreeWords;
        words.insert(words.end(), {at, at + 1});
        at += 2;
    }
    words.insert(words.end(), {at, at + 1});
    return (at + 2) * sizeof(std::uint64_t) == sizeof(mm::Heap) ? words
                                                                : std::vector<std::size_t>{};
}

std::vector<std::size_t> space_counters() {
    static_assert(sizeof(mm::VirtualSpace) ==
                  (kBuddyWords + kTreeWords + 2) * sizeof(std::uint64_t));
    std::vector<std::size_t> words = buddy_counters(0);
    words.push_back(kBuddyWords + 1 + kTreeWords);
    return words;
}

bool heap(Sample sample) {
    SmallHeap world{0x40001, 3};
    return exhaustive::flip_all(world, {heap_counters()}, sample, [](Flip, auto) { return true; });
}

bool virtual_space(Sample sample) {
    SmallSpace world{0x40003, 13};
    return exhaustive::flip_all(world, {space_counters()}, sample, [](Flip, auto) { return true; });
}

}  // namespace

int main(int argc, char** argv) {
    return exhaustive::run_named(
        argc > 1 ? argv[1] : nullptr,
        {
            NamedTest<Sample>{"heap",          heap         },
            NamedTest<Sample>{"virtual_space", virtual_space}
    },
        Sample{argc > 2 ? argv[2] : nullptr});
}
