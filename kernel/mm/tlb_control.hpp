// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/address.hpp"

#include <cstdint>

namespace mm {

/// What a page table needs of the machine when its descriptors change (ARM DDI 0487J.a, D8.13).
class TlbControl {
public:
    /// Descriptors that were invalid have become valid. When it returns, every core may use them.
    virtual void after_map() = 0;

    /// Descriptors of the `pages` pages from `first` on have become invalid. When it returns, no
    /// core uses what they were, nor the tables on the way to them. One page names a whole block.
    virtual void invalidate(kernel::VirtAddr first, std::uint64_t pages) = 0;

protected:
    ~TlbControl() = default;
};

}  // namespace mm
