// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/address.hpp"
#include "kernel/mm/frame.hpp"
#include "kernel/require.hpp"
#include "kernel/units.hpp"

#include <cstdint>

namespace mm {

/// The first stretch of RAM and where the kernel sees it: the only bridge from a frame to a
/// pointer, and early frames alone may cross it.
///
///     physical   base ............. base + bytes        (0 on a Pi, 0x4000_0000 on virt)
///     virtual    at ............... at + bytes          (0xFFFF_FFFF_8000_0000)
class EarlyWindow {
public:
    static constexpr std::uint64_t kMaxBytes = 128 * kernel::kMiB;

    /// `base`, `bytes` and `at` are multiples of 4 KiB, `bytes` at most kMaxBytes.
    constexpr EarlyWindow(kernel::PhysAddr base, std::uint64_t bytes, kernel::VirtAddr at)
        : base_{base}, bytes_{bytes}, at_{at} {
        kernel::require(bytes <= kMaxBytes, "the early window is at most 128 MiB");
        kernel::require(kernel::is_aligned(base.raw() | bytes | at.raw(), kFrameBytes),
                        "the early window is made of whole frames");
    }

    constexpr kernel::PhysRange physical() const { return {base_, base_ + bytes_}; }
    constexpr kernel::VirtRange pages() const { return {at_, at_ + bytes_}; }

    constexpr bool contains(kernel::PhysAddr address) const {
        return base_ <= address && address - base_ < bytes_;
    }

    /// Where the kernel sees `frame`. The frame lies in the window: that is what makes it early.
    constexpr kernel::VirtAddr to_virtual(EarlyFrame frame) const {
        kernel::require(contains(frame.address()), "an early frame lies in the early window");
        return at_ + (frame.address() - base_);
    }

    /// The frame's memory as a `T`, which fits into a frame.
    template <typename T>
    T* pointer(EarlyFrame frame) const {
        static_assert(sizeof(T) <= kFrameBytes);
        static_assert(alignof(T) <= kFrameBytes);
        return reinterpret_cast<T*>(to_virtual(frame).raw());
    }

private:
    kernel::PhysAddr base_;
    std::uint64_t bytes_;
    kernel::VirtAddr at_;
};

}  // namespace mm
