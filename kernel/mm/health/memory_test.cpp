// SPDX-License-Identifier: MIT
#include "kernel/mm/health/memory_test.hpp"

#include <algorithm>
#include <array>

namespace mm {
namespace {

constexpr std::uint64_t kWordBytes = sizeof(std::uint64_t);

// Of one word, before and after.
struct Values {
    std::uint64_t expected;
    std::uint64_t written;
};

}  // namespace

MemoryTest::MemoryTest(FrameContents& contents, std::span<FrameRange const> ranges, BadWords& bad)
    : contents_{contents}, ranges_{ranges}, bad_{bad} {
    for (FrameRange const range : ranges) {
        frames_ += range.count();
    }
}

MemoryTest::Pattern MemoryTest::pattern(unsigned number) {
    std::uint64_t const odd_ones = number % 2 == 0 ? 0 : ~std::uint64_t{0};
    if (number < kAddress) {
        std::uint64_t const one = std::uint64_t{1} << number % kWalking;
        return {number < kWalking ? one : ~one};
    }
    if (number < kAddressBits) {
        return {odd_ones, ~std::uint64_t{0}};
    }
    if (number < kInversions) {
        return {odd_ones, 0, kFirstBit + (number - kAddressBits) / 2, 1};
    }
    constexpr std::array<std::uint64_t, 3> kMoving{0, 0x5555'5555'5555'5555, 0x3333'3333'3333'3333};
    unsigned const place = number - kInversions;
    std::uint64_t const word = kMoving[place / kPerInversion];
    return {place % kPerInversion % 2 == 0 ? word : ~word};
}

// Of the five patterns of an inversion the last two are written from the top down. (The pass that
// only reads follows whole inversions, and goes up as the next would.)
MemoryTest::Direction MemoryTest::direction(unsigned pass) {
    bool const is_down = pass >= kInversions && (pass - kInversions) % kPerInversion > 2;
    return is_down ? Direction::Down : Direction::Up;
}

FrameRange MemoryTest::next_frames(Direction direction) {
    bool const is_up = direction == Direction::Up;
    FrameRange const range = ranges_[is_up ? ranges_done_ : ranges_.size() - 1 - ranges_done_];
    std::uint64_t const count = std::min(contents_.most_frames(), range.count() - frames_done_);
    FrameNumber const first =
        range.first + (is_up ? frames_done_ : range.count() - frames_done_ - count);
    frames_done_ += count;
    done_ += count;
    if (frames_done_ == range.count()) {
        frames_done_ = 0;
        ++ranges_done_;
    }
    return {first, first + count};
}

bool MemoryTest::step() {
    if (ranges_done_ == ranges_.size()) {
        ranges_done_ = 0;
        ++pass_;
    }
    if (ranges_.empty() || pass_ > kPatterns) {
        return false;
    }
    Direction const way = direction(pass_);
    FrameRange const frames = next_frames(way);
    std::uint64_t volatile* const words = contents_.show(frames);
    for (std::uint64_t i = 0; i < frames.count(); ++i) {
        std::uint64_t const place = way == Direction::Up ? i : frames.count() - 1 - i;
        visit(frames.first + place, words + place * kFrameWords);
    }
    contents_.hide();
    return true;
}

void MemoryTest::visit(FrameNumber frame, std::uint64_t volatile* words) {
    Pattern const old = pattern(pass_ == 0 ? 0 : pass_ - 1);
    Pattern const fresh = pattern(std::min(pass_, kPatterns - 1));
    // For most patterns the words need no arithmetic, and time is what this costs.
    if (old.is_plain() && fresh.is_plain()) {
        go_over(frame, words, [&](std::uint64_t) { return Values{old.base, fresh.base}; });
    } else {
        go_over(frame, words, [&](std::uint64_t address) {
            return Values{old.at(address), fresh.at(address)};
        });
    }
}

// Reads and writes each word, in the direction of the pass.
template <typename ValueAt>
void MemoryTest::go_over(FrameNumber frame, std::uint64_t volatile* words, ValueAt value_at) {
    bool const is_up = direction(pass_) == Direction::Up;
    std::uint64_t const turn = is_up ? 1 : ~std::uint64_t{0};
    std::uint64_t const address = frame.address().raw();
    std::uint64_t at = is_up ? 0 : kFrameWords - 1;
    std::uint64_t wrong = 0;
    std::uint64_t wrong_at = 0;
    for (std::uint64_t i = 0; i < kFrameWords; ++i, at += turn) {
        auto const [expected, written] = value_at(address + at * kWordBytes);
        std::uint64_t const difference = words[at] ^ expected;
        if (difference != 0 && wrong == 0) {
            wrong = difference;
            wrong_at = at;
        }
        words[at] = written;
    }
    // What the first pass reads is whatever was there.
    if (wrong != 0 && pass_ != 0) {
        bad_.found(frame.address() + wrong_at * kWordBytes, wrong);
    }
}

}  // namespace mm
