// SPDX-License-Identifier: MIT
#include "tests/concurrency/history.hpp"

#include "kernel/require.hpp"

#include "tests/concurrency/explorer/explorer.hpp"

namespace concurrency {

using kernel::Error;

bool SerialFrames::has_free_block(unsigned order) const {
    for (std::uint64_t frame = 0; frame < 64; frame += 1U << order) {
        if ((~free_ & block(frame, order)) == 0) {
            return true;
        }
    }
    return false;
}

/// Why no block may be given back there; none if it may.
std::optional<Error> SerialFrames::refusal(Call const& call) const {
    if ((free_ >> call.frame & 1) != 0) {
        return Error::AlreadyFree;
    }
    if (order_[call.frame] == 0) {
        return Error::InsideBlock;
    }
    return order_[call.frame] == call.order + 1 ? std::nullopt : std::optional{Error::WrongOrder};
}

bool SerialFrames::accepts(Call const& call) {
    std::uint64_t const frames = block(call.frame, call.order);
    if (call.is_free) {
        if (refusal(call) != call.error) {
            return false;
        }
        if (!call.error) {
            free_ |= frames;
            order_[call.frame] = 0;
        }
        return true;
    }
    if (call.error) {
        return *call.error == Error::OutOfMemory && !has_free_block(call.order);
    }
    if ((call.frame & ((1ULL << call.order) - 1)) != 0 || (~free_ & frames) != 0) {
        return false;
    }
    free_ &= ~frames;
    order_[call.frame] = static_cast<std::uint8_t>(call.order + 1);
    return true;
}

void History::add(unsigned caller, Call const& call) {
    Unwatched const unwatched;
    kernel::require(count_[caller] < kMostCalls, "a caller makes at most kMostCalls calls");
    calls_[caller][count_[caller]++] = call;
}

/// False if another's call had ended before the next one of `caller` began.
bool History::may_be_next(unsigned caller, Next const& next) const {
    for (unsigned other = 0; other < kMostCallers; ++other) {
        if (next[other] < count_[other] &&
            calls_[other][next[other]].end < calls_[caller][next[caller]].begin) {
            return false;
        }
    }
    return true;
}

bool History::goes_on(SerialFrames const& frames, Next& next, SerialFrames& after) const {
    if (next == count_) {
        after = frames;
        return true;
    }
    for (unsigned caller = 0; caller < kMostCallers; ++caller) {
        SerialFrames then = frames;
        if (next[caller] == count_[caller] || !may_be_next(caller, next) ||
            !then.accepts(calls_[caller][next[caller]])) {
            continue;
        }
        ++next[caller];
        if (goes_on(then, next, after)) {
            return true;
        }
        --next[caller];
    }
    return false;
}

bool History::is_serial(SerialFrames const& before, SerialFrames& after) const {
    Next next{};
    return goes_on(before, next, after);
}

}  // namespace concurrency
