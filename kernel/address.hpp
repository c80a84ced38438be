// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/require.hpp"

#include <compare>
#include <cstdint>

namespace kernel {

/// A byte address in one address space. `Space` is a tag: it is what stops a physical address from
/// being passed where a virtual one is wanted. There is no null; use std::optional for "none",
/// because physical 0 is ordinary RAM on a Pi.
template <typename Space>
class Address {
public:
    explicit constexpr Address(std::uint64_t raw) : raw_{raw} {}

    constexpr std::uint64_t raw() const { return raw_; }

    friend constexpr auto operator<=>(Address, Address) = default;

    /// `bytes` further up. The sum must not wrap.
    friend constexpr Address operator+(Address address, std::uint64_t bytes) {
        kernel::require(address.raw_ + bytes >= address.raw_, "an address does not wrap");
        return Address{address.raw_ + bytes};
    }

    /// Distance in bytes from `from` up to `to`. A distance, not an Address.
    friend constexpr std::uint64_t operator-(Address to, Address from) {
        kernel::require(from <= to, "distance is not negative");
        return to.raw_ - from.raw_;
    }

private:
    std::uint64_t raw_;
};

using PhysAddr = Address<struct PhysicalSpace>;    ///< What the memory bus sees.
using VirtAddr = Address<struct VirtualSpaceTag>;  ///< What a load or store instruction uses.

/// The bytes [begin, end) of one address space.
template <typename Addr>
struct AddressRange {
    Addr begin;
    Addr end;

    constexpr std::uint64_t bytes() const { return end - begin; }
    constexpr bool empty() const { return end <= begin; }
    constexpr bool contains(Addr address) const { return begin <= address && address < end; }
    constexpr bool overlaps(AddressRange other) const {
        return begin < other.end && other.begin < end;
    }
    friend constexpr bool operator==(AddressRange, AddressRange) = default;
};

using PhysRange = AddressRange<PhysAddr>;
using VirtRange = AddressRange<VirtAddr>;

}  // namespace kernel
