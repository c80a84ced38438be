// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/frame.hpp"
#include "kernel/require.hpp"

#include <cstdint>
#include <optional>

namespace mm {

/// The sizes of small objects: 64, 128, ... 2048 bytes. A page is cut into slots of one of them, 64
/// at most, so that one word says which are used. A slot is aligned to its size.
class SizeClass {
public:
    static constexpr unsigned kCount = 6;
    static constexpr std::uint64_t kSmallestBytes = 64;
    static constexpr std::uint64_t kLargestBytes = kSmallestBytes << (kCount - 1);

    /// 0 for the smallest.
    static constexpr SizeClass of(unsigned index) {
        kernel::require(index < kCount, "there are only so many size classes");
        return SizeClass{index};
    }

    /// The smallest class whose slots hold `bytes`; none if that takes whole pages.
    static constexpr std::optional<SizeClass> covering(std::uint64_t bytes) {
        for (unsigned index = 0; index < kCount; ++index) {
            if (bytes <= kSmallestBytes << index) {
                return SizeClass{index};
            }
        }
        return std::nullopt;
    }

    constexpr unsigned index() const { return index_; }
    constexpr std::uint64_t slot_bytes() const { return kSmallestBytes << index_; }
    constexpr unsigned slots_per_page() const {
        return static_cast<unsigned>(kFrameBytes / kSmallestBytes) >> index_;
    }

    /// A bit for each slot of a page.
    constexpr std::uint64_t all_slots() const {
        return ~std::uint64_t{0} >> (64 - slots_per_page());
    }

    friend constexpr bool operator==(SizeClass, SizeClass) = default;

private:
    explicit constexpr SizeClass(unsigned index) : index_{index} {}

    unsigned index_;
};
static_assert(SizeClass::kLargestBytes == kFrameBytes / 2);

}  // namespace mm
