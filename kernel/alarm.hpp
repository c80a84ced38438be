// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace kernel {

class Work;

/// Interrupts a core when a time has passed. Each core has its own, which only it sets.
class Alarm {
public:
    /// Has `work` done on this core, `microseconds` from now and once, by an interrupt handler: see
    /// kernel/interrupts.hpp for what that may. It may set the alarm again. What had been set
    /// before is forgotten. False where nothing can interrupt this core.
    virtual bool set(std::uint64_t microseconds, Work& work) = 0;

    /// Nothing is done on this core from now on.
    virtual void cancel() = 0;

protected:
    ~Alarm() = default;
};

}  // namespace kernel
