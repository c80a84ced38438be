// SPDX-License-Identifier: MIT
#include "kernel/mm/late_ram.hpp"

#include <bit>

namespace mm {
namespace {

// `range`, or as many of its first frames as so many words of metadata can describe.
FrameRange describable(FrameRange range, std::uint64_t words) {
    if (BuddyAllocator::metadata_words(range) <= words) {
        return range;
    }
    FrameRange fits{range.first, range.first};
    for (std::uint64_t step = std::bit_floor(range.count()); step != 0; step /= 2) {
        FrameRange const more{fits.first, fits.end + step};
        fits = BuddyAllocator::metadata_words(more) <= words ? more : fits;
    }
    return fits;
}

}  // namespace

MemoryMap::Ranges late_ram(MemoryMap const& memory, FrameRange window) {
    std::uint64_t const words =
        frame_count(memory.ram_inside(window)) * kFrameBytes / 2 / sizeof(std::uint64_t);
    MemoryMap::Ranges taken;
    for (FrameRange const range : memory.ram_outside(window)) {
        FrameNumber const first = taken.empty() ? range.first : hull(taken).first;
        FrameNumber const end = describable({first, range.end}, words).end;
        if (end <= range.first) {
            break;
        }
        (void)taken.push_back({range.first, end});  // A part of a list fits where the list did.
    }
    return taken;
}

}  // namespace mm
