// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/frame.hpp"
#include "kernel/mm/order.hpp"
#include "kernel/mm/trial/frame_call.hpp"
#include "kernel/mm/trial/naive_frames.hpp"
#include "kernel/mm/trial/random.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace mm {

/// Chooses calls for a frame allocator: most make sense in the state that it is in, some are wrong.
/// For a while it takes more than it gives, then the other way round, so that both a full and an
/// empty allocator are met.
class RandomCalls {
public:
    explicit constexpr RandomCalls(std::uint64_t seed) : random_{seed} {}

    constexpr FrameCall next(NaiveFrames const& frames) {
        if (calls_++ % kTide == 0) {
            is_filling_ = random_.below(2) != 0;
        }
        std::uint64_t const dice = random_.below(64);
        if (dice < 8) {
            return anything(frames);
        }
        if (dice < 10) {
            return on_range(FrameCall::Kind::Reserve, FrameKind::Free, frames);
        }
        if (dice < 13) {
            return on_range(FrameCall::Kind::Release, FrameKind::Reserved, frames);
        }
        bool const takes = random_.below(8) < (is_filling_ ? 5U : 3U);
        return takes ? taking(frames) : giving(frames);
    }

    /// A frame of the span, or now and then one just outside.
    constexpr FrameNumber frame(NaiveFrames const& frames) {
        FrameRange const span = frames.span();
        if (random_.below(32) != 0) {
            return span.first + random_.below(span.count());
        }
        std::uint64_t const distance = random_.below(3);
        if (distance == 0 || span.first.raw() < distance) {
            return span.end + distance;
        }
        return FrameNumber{span.first.raw() - distance};
    }

private:
    static constexpr std::uint64_t kTide = 256;
    static constexpr std::uint64_t kLongest = 4096;  ///< Frames in a range: four largest blocks.

    constexpr FrameCall taking(NaiveFrames const& frames) {
        std::uint64_t const dice = random_.below(16);
        if (dice < 11) {
            return {.kind = FrameCall::Kind::Allocate, .order = order()};
        }
        if (dice < 14) {
            return {.kind = FrameCall::Kind::AllocateFrames,
                    .count = random_.skewed(kLongest),
                    .alignment = random_.below(2) == 0 ? 1 : random_.skewed_power(kLongest)};
        }
        return on_range(FrameCall::Kind::AllocateRange, FrameKind::Free, frames);
    }

    constexpr FrameCall giving(NaiveFrames const& frames) {
        auto const found = frames.find(FrameKind::Allocated, frame(frames));
        if (!found) {
            return anything(frames);
        }
        Block const block = frames.inspect(*found).block;
        if (random_.below(4) != 0) {
            return {.kind = FrameCall::Kind::Free, .range = block.range(), .order = block.order};
        }
        FrameRange range = block.range();
        for (std::uint64_t more = random_.skewed(8); more > 1; --more) {
            FrameState const next = frames.inspect(range.end);
            if (next.kind == FrameKind::Allocated) {
                range.end = next.block.range().end;
            }
        }
        return {.kind = FrameCall::Kind::FreeFrames, .range = range};
    }

    /// A call that needs frames of `kind`, on some of them that lie side by side.
    constexpr FrameCall on_range(FrameCall::Kind call, FrameKind kind, NaiveFrames const& frames) {
        auto const first = frames.find(kind, frame(frames));
        if (!first) {
            return anything(frames);
        }
        FrameNumber end = *first + 1;
        for (std::uint64_t more = random_.skewed(kLongest); more > 1; --more) {
            if (frames.kind_of(end) != kind) {
                break;
            }
            end = end + 1;
        }
        return {
            .kind = call, .range = {*first, end}
        };
    }

    /// Any call on any frames, which is mostly wrong.
    constexpr FrameCall anything(NaiveFrames const& frames) {
        FrameNumber const first = frame(frames);
        std::uint64_t const length = random_.below(16) == 0 ? 0 : random_.skewed(kLongest);
        bool const is_huge = random_.below(16) == 0;
        return {
            .kind = static_cast<FrameCall::Kind>(random_.below(7)),
            .range = {first, first + length},
            .order = order(),
            .count = is_huge ? random_.next() : length,
            .alignment = random_.skewed_power(is_huge ? kLongest << 16 : kLongest)
        };
    }

    /// Each order half as likely as the one below, mostly.
    constexpr Order order() {
        if (random_.below(8) == 0) {
            return Order::of(static_cast<unsigned>(random_.below(Order::kMax + 1)));
        }
        unsigned value = 0;
        while (value < Order::kMax && random_.below(2) != 0) {
            ++value;
        }
        return Order::of(value);
    }

    Random random_;
    std::uint64_t calls_ = 0;
    bool is_filling_ = true;
};

}  // namespace mm
