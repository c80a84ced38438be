// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/clock.hpp"

#include <cstdint>

namespace drivers {

/// How long a driver waits for its device: by the clock, and by a count of looks in case the clock
/// stands still.
class Deadline {
public:
    /// No core reads a register of a device a hundred times in a microsecond, so that of a clock
    /// that runs and the count, the clock ends the wait.
    static constexpr std::uint64_t kLooksPerMicrosecond = 100;

    Deadline(kernel::Clock const& clock, std::uint64_t microseconds)
        : clock_{clock},
          start_{clock.microseconds()},
          microseconds_{microseconds},
          looks_left_{microseconds * kLooksPerMicrosecond} {}

    /// To be asked once for each look at the device.
    bool has_passed() {
        if (looks_left_ == 0) {
            return true;
        }
        --looks_left_;
        return clock_.microseconds() - start_ >= microseconds_;
    }

    /// Looks until `holds()` or the end of time. True if it held; there is a last look after time
    /// is up, so that a core that slept meanwhile does not blame the device.
    template <typename Condition>
    bool wait_until(Condition holds) {
        while (!holds()) {
            if (has_passed()) {
                return holds();
            }
        }
        return true;
    }

private:
    kernel::Clock const& clock_;
    std::uint64_t start_;
    std::uint64_t microseconds_;
    std::uint64_t looks_left_;
};

/// Lets at least `microseconds` go by.
inline void pause(kernel::Clock const& clock, std::uint64_t microseconds) {
    // One more, for the first of them may end at once: the clock counts whole ones.
    Deadline{clock, microseconds + 1}.wait_until([] { return false; });
}

}  // namespace drivers
