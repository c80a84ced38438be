// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/error.hpp"

#include "tests/exhaustive/flips.hpp"

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <optional>

namespace exhaustive {

inline constexpr double kMostLive = 3.0;  ///< Percent of allocations on flipped metadata.

/// How often calls on flipped metadata ended in which way.
struct Ends {
    std::uint64_t calls = 0;
    std::uint64_t corrupt = 0;  ///< Refused as corrupt.
    std::uint64_t wrong = 0;    ///< A live frame was handed out; a free accepted that must not be.

    double percent() const {
        return calls == 0 ? 0 : 100.0 * static_cast<double>(wrong) / static_cast<double>(calls);
    }
    void print(char const* what, char const* wrongly) const {
        std::printf("%s: %" PRIu64 ", %" PRIu64 " refused as corrupt, %" PRIu64 " %s, %.2f %%\n",
                    what, calls, corrupt, wrong, wrongly, percent());
    }
};

/// Of all flips, and of those of bits in which one state differs from another.
struct Account {
    Ends all{};
    Ends used{};

    void add(Flip flip, std::optional<kernel::Error> error, bool is_wrong) {
        add_to(all, error, is_wrong);
        if (flip.is_used) {
            add_to(used, error, is_wrong);
        }
    }

private:
    static void add_to(Ends& ends, std::optional<kernel::Error> error, bool is_wrong) {
        ++ends.calls;
        ends.corrupt += error == kernel::Error::Corrupt ? 1U : 0U;
        ends.wrong += is_wrong ? 1U : 0U;
    }
};

/// Prints both. True if few enough live frames were handed out.
inline bool is_bounded(Account const& allocations, Account const& frees) {
    allocations.all.print("allocations", "handed out a live frame");
    allocations.used.print("  after flips of bits in use", "did");
    frees.all.print("frees", "accepted that must not be");
    frees.used.print("  after flips of bits in use", "were");
    bool const is_bounded =
        allocations.used.percent() <= kMostLive && allocations.all.percent() <= kMostLive;
    if (!is_bounded) {
        std::printf("FAILED: at most %.0f %% may hand out a live frame\n", kMostLive);
    }
    return is_bounded;
}

}  // namespace exhaustive
