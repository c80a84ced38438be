// SPDX-License-Identifier: MIT
#include "shell/stress/taken_frames.hpp"

#include <algorithm>

namespace shell {

namespace {

constexpr std::uint64_t kBits = 64;

/// Calls `change` with each word's place, from that of the span's first frame on, and the bits of
/// `frames` in it.
template <typename Change>
void for_each_word(mm::FrameRange span, mm::FrameRange frames, Change change) {
    std::uint64_t at = frames.first.raw();
    while (at < frames.end.raw()) {
        std::uint64_t const shift = at % kBits;
        std::uint64_t const count = std::min(kBits - shift, frames.end.raw() - at);
        change(at / kBits - span.first.raw() / kBits, ~std::uint64_t{0} >> (kBits - count)
                                                                               << shift);
        at += count;
    }
}

}  // namespace

std::size_t TakenFrames::words(mm::FrameRange span) {
    return span.empty() ? 0 : (span.end.raw() - 1) / kBits - span.first.raw() / kBits + 1;
}

TakenFrames::TakenFrames(mm::Zone const& zone, std::span<Word> words)
    : span_{zone.span()}, words_{words} {
    mm::FrameNumber at = span_.first;
    while (at < span_.end) {
        mm::FrameState const state = zone.buddies().inspect(at);
        mm::FrameNumber const end = state.block.range().end;
        if (state.kind != mm::FrameKind::Free) {
            take({at, end});
        }
        at = end;
    }
}

bool TakenFrames::take(mm::FrameRange frames) {
    std::uint64_t had = 0;
    for_each_word(span_, frames, [&](std::uint64_t word, std::uint64_t bits) {
        had |= words_[word].fetch_or(bits, std::memory_order_relaxed) & bits;
    });
    return had == 0;
}

bool TakenFrames::give(mm::FrameRange frames) {
    std::uint64_t lacked = 0;
    for_each_word(span_, frames, [&](std::uint64_t word, std::uint64_t bits) {
        lacked |= bits & ~words_[word].fetch_and(~bits, std::memory_order_relaxed);
    });
    return lacked == 0;
}

}  // namespace shell
