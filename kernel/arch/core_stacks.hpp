// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/address.hpp"
#include "kernel/cores.hpp"
#include "kernel/units.hpp"

#include <cstdint>

namespace arch {

/// Where the stacks of the other cores are: one slot for each core, by its number. The slot of the
/// core that boots is left empty.
///
///     +--------------+-----------------------+--------------+---------------------------+
///     | guard, 4 KiB | of exceptions, 12 KiB | guard, 4 KiB | the core's own, 64 KiB    | nothing
///     +--------------+-----------------------+--------------+---------------------------+
///
/// The vectors tell an overflow by two address bits: a slot is aligned to 16 KiB.
class CoreStacks {
public:
    static constexpr std::uint64_t kStride = 128 * kernel::kKiB;
    static constexpr std::uint64_t kExceptionBytes = 12 * kernel::kKiB;
    static constexpr std::uint64_t kOwnBytes = 64 * kernel::kKiB;

    explicit constexpr CoreStacks(unsigned core) : slot_{kBegin + core * kStride} {}

    constexpr kernel::VirtRange exception_guard() const { return {slot_, slot_ + kPage}; }
    constexpr kernel::VirtRange exceptions() const {
        kernel::VirtAddr const begin = exception_guard().end;
        return {begin, begin + kExceptionBytes};
    }
    constexpr kernel::VirtRange guard() const {
        kernel::VirtAddr const begin = exceptions().end;
        return {begin, begin + kPage};
    }
    constexpr kernel::VirtRange own() const {
        kernel::VirtAddr const begin = guard().end;
        return {begin, begin + kOwnBytes};
    }

private:
    static constexpr kernel::VirtAddr kBegin{0xffff'ffff'8900'0000};
    static constexpr std::uint64_t kPage = 4 * kernel::kKiB;

    kernel::VirtAddr slot_;
};

}  // namespace arch
