// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/address.hpp"
#include "kernel/units.hpp"

#include <cstdint>

namespace kernel {

/// A kernel that waits in memory to be run.
struct NextKernel {
    VirtRange file;   ///< Begins with an early frame; behind it is Successor::kRoomBehind.
    PhysRange place;  ///< Where it runs: whole frames, no byte of the file among them.
};

/// Runs another kernel in place of this one.
class Successor {
public:
    /// What run() needs behind the file.
    static constexpr std::uint64_t kRoomBehind = 260 * kKiB;

    /// As the loader has run this one: on this core, all others waiting where they waited then,
    /// with the loader's device tree, at the exception level that was found.
    ///
    /// No other core works or may still come, and this one is that which booted. Does not come
    /// back.
    virtual void run(NextKernel const& next) = 0;

protected:
    ~Successor() = default;
};

}  // namespace kernel
