// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

namespace kernel {

/// Every Pi has four; a board's others stay where they are. Numbers of cores are below this.
inline constexpr unsigned kMostCores = 4;

/// Each core has two: its own, and that of exceptions.
inline constexpr std::size_t kMostStacks = std::size_t{2} * kMostCores;

/// In the order in which a core may come to it.
enum class CoreState : std::uint8_t {
    Absent,      ///< The board has none of this number.
    NotStarted,  ///< The tree names no way to start it that this kernel knows.
    Silent,      ///< It was released, and has not come.
    Sleeps,      ///< It waits for work.
    Works,
    Stopped,  ///< By a panic of another one, for ever.
};

class Alarm;

/// Something to be done, on whichever core.
class Work {
public:
    virtual void run() = 0;

protected:
    ~Work() = default;
};

/// The cores of this machine, by their numbers.
class Cores {
public:
    virtual CoreState state(unsigned core) const = 0;
    /// Interrupts it has taken, messages among them.
    virtual std::uint64_t interrupts(unsigned core) const = 0;

    /// Has `work`, which lives until that is done, done by `core`, which sleeps. What the caller
    /// has written by now is seen there.
    virtual void start(unsigned core, Work& work) = 0;

    /// Of the core that asks.
    virtual Alarm& alarm() = 0;

    /// Sleeps until `core` no longer works. What it has written by then is seen here.
    virtual void wait_for(unsigned core) = 0;

    /// The same, but any interrupt of this core ends it, too.
    virtual void doze_for(unsigned core) = 0;

protected:
    ~Cores() = default;
};

}  // namespace kernel
