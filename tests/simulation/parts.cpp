// SPDX-License-Identifier: MIT
#include "tests/simulation/parts.hpp"

namespace simulation {
namespace {

using mm::MemoryMap;

kernel::PhysRange bytes(std::uint64_t first, std::uint64_t end) {
    return {FrameNumber{first}.address(), FrameNumber{end}.address()};
}

// `frame`, or the next frame at which a largest block may begin.
std::uint64_t some_end(mm::Random& random, std::uint64_t frame) {
    return random.below(3) == 0 ? (frame + 1023) / 1024 * 1024 : frame;
}

std::vector<std::uint64_t> metadata_for(MemoryMap::Ranges const& ram) {
    return std::vector<std::uint64_t>(mm::BuddyAllocator::metadata_words(mm::hull(ram)));
}

}  // namespace

Layout::Layout(std::uint64_t seed) {
    mm::Random random{seed};
    // A few largest blocks in each zone, so that little is much; their borders are met, too.
    std::uint64_t const first = 1024 * random.below(3) + random.below(2) * random.below(700);
    std::uint64_t const border = some_end(random, first + 500 + random.below(800));
    std::uint64_t const end = some_end(random, border + 300 + random.below(1000));
    window_first = FrameNumber{first};
    window_end = FrameNumber{border};
    std::uint64_t from = first;
    for (std::uint64_t banks = 1 + random.below(4); banks != 0; --banks) {
        std::uint64_t const to = banks == 1 ? end : from + random.below(end - from) / banks;
        static_cast<void>(map.add_ram(bytes(from, to)));
        from = std::min(to + random.below(40), end);
    }
    // There is early RAM and late RAM in every layout.
    static_cast<void>(map.add_ram(bytes(first + 100, first + 400)));
    static_cast<void>(map.add_ram(bytes(border, border + 200)));
    for (std::uint64_t count = random.below(7); count != 0; --count) {
        std::uint64_t const at = first + random.below(end - first);
        std::uint64_t const length = random.skewed(64);
        static_cast<void>(
            map.reserve({bytes(at, at + length), mm::RegionOwner::ReservedMemory, "some"}));
    }
}

ZoneWithModel::ZoneWithModel(char const* name, MemoryMap::Ranges const& all,
                             MemoryMap::Ranges const& usable)
    : ram{all},
      metadata{metadata_for(ram)},
      zone{name, mm::hull(ram), ram.items(), metadata},
      model{mm::hull(ram)} {
    for (FrameRange const range : usable) {
        bool const is_released{zone.buddies().release(range)};
        kernel::require(is_released, "what the map calls usable lies in its zone");
        model.release(range);
    }
}

std::optional<Error> ZoneWithModel::worded(std::optional<Error> error, FrameRange range) const {
    FrameNumber frame = range.first;
    while (error == Error::Reserved && (model.is_free(frame) || model.is_allocated(frame))) {
        frame = frame + 1;
    }
    return error == Error::Reserved && !zone.is_ram(frame) ? Error::NotRam : error;
}

kernel::Result<mm::EarlyFrame> WatchedFrames::allocate() {
    auto const frame = source_.allocate();
    auto const expected = expected_.strikes() ? std::nullopt : model_.allocate(Order{});
    if (!expected || !frame) {
        auto const refusal = expected ? std::nullopt : std::optional{Error::OutOfMemory};
        judge_.answer(error_of(frame), refusal, "an early frame");
        was_refused_ = true;
    } else {
        judge_.call(frame->number() == *expected, "the number of an early frame");
        ++outstanding_;
    }
    return frame;
}

void WatchedFrames::free(mm::EarlyFrame frame) {
    source_.free(frame);
    judge_.call(!model_.free(frame.number(), Order{}), "an early frame that is given back");
    --outstanding_;
}

}  // namespace simulation
