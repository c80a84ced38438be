// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace kernel {

/// Time since power-on.
class Clock {
public:
    virtual std::uint64_t microseconds() const = 0;

protected:
    ~Clock() = default;
};

}  // namespace kernel
