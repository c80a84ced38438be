// SPDX-License-Identifier: MIT
#include "kernel/mm/health/retired_frames.hpp"

#include "kernel/require.hpp"

#include <algorithm>

namespace mm {

std::string_view describe(Retirement why) {
    switch (why) {  // GCOVR_EXCL_BR_LINE: every enumerator has its case.
        case Retirement::Poison: return "bad: poison";
        case Retirement::MemoryTest: return "bad: memtest";
    }
    kernel::unreachable("Retirement is one of its enumerators");  // GCOVR_EXCL_LINE: so it is.
}

// Of the first that is not below `frame`.
std::size_t RetiredFrames::place_of(FrameNumber frame) const {
    auto const listed = entries_.first(count_);
    return static_cast<std::size_t>(
        std::lower_bound(listed.begin(), listed.end(), frame.raw() << 1) - listed.begin());
}

bool RetiredFrames::add(FrameNumber frame, Retirement why) {
    if (is_full() || find(frame)) {
        return false;
    }
    std::size_t const place = place_of(frame);
    for (std::size_t to = count_; to > place; --to) {
        entries_[to] = entries_[to - 1];
    }
    entries_[place] = frame.raw() << 1 | static_cast<std::uint64_t>(why);
    ++count_;
    return true;
}

std::optional<Retirement> RetiredFrames::find(FrameNumber frame) const {
    std::size_t const place = place_of(frame);
    if (place == count_ || frame_of(entries_[place]) != frame) {
        return std::nullopt;
    }
    return why_of(entries_[place]);
}

std::optional<RetiredFrames::Run> RetiredFrames::next(FrameNumber from) const {
    std::size_t place = place_of(from);
    if (place == count_) {
        return std::nullopt;
    }
    std::uint64_t const first = entries_[place];
    std::uint64_t end = first;
    // Of two frames side by side with one reason the entries differ by 2.
    for (; place != count_ && entries_[place] == end; ++place) {
        end += 2;
    }
    return Run{
        {frame_of(first), frame_of(end)},
        why_of(first)
    };
}

}  // namespace mm
