// SPDX-License-Identifier: MIT
#include "tests/concurrency/explorer/choices.hpp"

#include "kernel/require.hpp"

#include <bit>

namespace concurrency {

bool Choices::advance() {
    next_ = 0;
    while (!taken_.empty()) {
        Choice& last = taken_.back();
        if (last.kind == Choice::Kind::Value) {
            if (last.chosen + 1 < last.count) {
                ++last.chosen;
                return true;
            }
        } else {
            last.tried = static_cast<CoreSet>(last.tried | only(last.chosen));
            auto const left = static_cast<CoreSet>(last.wanted & last.allowed & ~last.tried);
            if (left != 0) {
                last.chosen = static_cast<std::uint8_t>(std::countr_zero(left));
                return true;
            }
        }
        taken_.pop_back();
    }
    return false;
}

void Choices::want(std::size_t index, CoreSet cores) {
    Choice& choice = taken_[index];
    auto const possible = static_cast<CoreSet>(cores & choice.allowed);
    if ((cores & choice.wanted) == 0 && possible != 0) {
        choice.wanted = static_cast<CoreSet>(
            choice.wanted | only(static_cast<unsigned>(std::countr_zero(possible))));
    }
}

unsigned Choices::value(unsigned count) {
    if (count == 1) {
        return 0;
    }
    kernel::require(count <= kMostValues, "there are at most kMostValues values");
    if (!is_known()) {
        taken_.push_back({.kind = Choice::Kind::Value, .count = static_cast<std::uint8_t>(count)});
    }
    Choice const& here = taken_[next_++];
    kernel::require(here.kind == Choice::Kind::Value && here.count == count,
                    "the same choices lead to the same place");
    return here.chosen;
}

Choice const& Choices::core(Choice const& fresh) {
    if (!is_known()) {
        taken_.push_back(fresh);
    }
    Choice const& here = taken_[next_++];
    kernel::require(here.kind == Choice::Kind::Core && here.can_run == fresh.can_run,
                    "the same choices lead to the same place");
    return here;
}

}  // namespace concurrency
