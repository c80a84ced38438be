// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/address.hpp"
#include "kernel/result.hpp"

#include <cstdint>
#include <span>

namespace boot {

/// Gives device registers an address before there is anything to build tables with: one page after
/// the other from kDevicePages on, Device-nGnRE. The final tables map `mapped()` to the very same
/// frames, so that drivers outlive the early map.
class EarlyDevices {
public:
    /// Where the registers at [begin, begin + bytes) are from now on. Asked again for the same
    /// pages, it gives the same answer.
    ///
    /// Errors: TableFull. On error nothing has changed.
    kernel::Result<kernel::VirtAddr> map(kernel::PhysAddr begin, std::uint64_t bytes);

    struct Page {
        kernel::VirtAddr page;
        kernel::PhysAddr frame;
    };

    /// How many pages are mapped.
    unsigned count() const { return count_; }
    /// The `number`th of them.
    Page mapped(unsigned number) const;

private:
    unsigned count_ = 0;
};

}  // namespace boot
