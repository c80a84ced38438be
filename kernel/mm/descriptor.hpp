// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/address.hpp"
#include "kernel/field.hpp"
#include "kernel/mm/frame.hpp"
#include "kernel/require.hpp"

#include <cstdint>

namespace mm {

/// How memory behaves. The value is the index into MAIR_EL1.
enum class MemoryType : std::uint8_t {
    Normal = 0,              ///< Write-back, read and write allocate.
    DeviceNgnre = 1,         ///< Not gathered, not reordered; a write may be acknowledged early.
    NormalNonCacheable = 2,  ///< For what a device shares with the CPU: framebuffer, mailbox.
};

/// MAIR_EL1 as MemoryType means it (ARM DDI 0487J.a, D19.2 under MAIR_EL1).
inline constexpr std::uint64_t kMemoryTypes = 0x4404ff;

/// What the kernel may do there; nobody else runs. There is no value that writes and executes.
enum class Access : std::uint8_t { Read, ReadWrite, ReadExecute };

/// Memory type and access of a mapping. Only Normal memory can be executed.
class Attributes {
public:
    constexpr Attributes(MemoryType type, Access access) : type_{type}, access_{access} {
        kernel::require(access != Access::ReadExecute || type == MemoryType::Normal,
                        "only Normal memory is executed");
    }

    constexpr MemoryType type() const { return type_; }
    constexpr Access access() const { return access_; }

    friend constexpr bool operator==(Attributes, Attributes) = default;

private:
    MemoryType type_;
    Access access_;
};

/// The tables of a 39-bit space begin at level 1; a level 3 descriptor maps one page.
enum class Level : std::uint8_t { One = 1, Two = 2, Three = 3 };

inline constexpr unsigned kTableEntries = 512;  ///< Descriptors in a table: one frame of them.

/// No descriptor leads beyond this (ARM DDI 0487J.a, D8.3, without FEAT_LPA).
inline constexpr std::uint64_t kPhysicalBytes = std::uint64_t{1} << 48;

/// Bytes of address space that one descriptor of `level` stands for: 1 GiB, 2 MiB, 4 KiB.
constexpr std::uint64_t bytes_per_entry(Level level) {
    return std::uint64_t{1} << (39 - 9 * static_cast<unsigned>(level));
}

/// One VMSAv8-64 stage 1 descriptor for the 4 KiB granule (ARM DDI 0487J.a, D8.3).
///
///      63   55 54  53      47              12 11 10 9 8 7  6 5  4  2 1 0
///     +-------+---+---+---+------------------+--+--+---+----+--+----+---+
///     |       |UXN|PXN|   |  output address  |nG|AF| SH| AP |NS|Attr|typ|   block, page
///     +-------+---+---+---+------------------+--+--+---+----+--+----+---+
///     |                   | next table       |                      |1 1|   table
///     +-------------------+------------------+----------------------+---+
class Descriptor {
public:
    enum class Kind : std::uint8_t { Invalid, Table, Leaf };

    explicit constexpr Descriptor(std::uint64_t raw) : raw_{raw} {}

    static constexpr Descriptor invalid() { return Descriptor{0}; }

    /// Leads to the table of the next level that `frame` holds.
    static constexpr Descriptor table(EarlyFrame frame) {
        return Descriptor{kTableOrPage | address_bits(frame.address())};
    }

    /// Maps to the page or block at `to`, which is aligned to the bytes of an entry of `level`.
    static constexpr Descriptor leaf(Level level, kernel::PhysAddr to, Attributes attributes) {
        std::uint64_t const type = level == Level::Three ? kTableOrPage : kBlock;
        return Descriptor{type | address_bits(to) | bits(attributes)};
    }

    constexpr Kind kind(Level level) const {
        if (Valid::in(raw_) == 0) {
            return Kind::Invalid;
        }
        bool const is_11 = Type::in(raw_) == Type::in(kTableOrPage);
        if (level == Level::Three) {
            return is_11 ? Kind::Leaf : Kind::Invalid;  // 0b01 is reserved at level 3.
        }
        return is_11 ? Kind::Table : Kind::Leaf;
    }

    constexpr std::uint64_t raw() const { return raw_; }

    /// Of a leaf: where it maps to. Of a table descriptor: where the next table lies.
    constexpr kernel::PhysAddr address() const {
        return kernel::PhysAddr{raw_ & OutputAddress::kMask};
    }

    // What the bits of a leaf permit the kernel, whoever wrote them.
    constexpr bool is_writable() const { return ReadOnly::in(raw_) == 0; }
    constexpr bool is_executable() const { return PXN::in(raw_) == 0; }
    constexpr bool is_user_accessible() const { return AP1::in(raw_) != 0; }
    /// Index into MAIR_EL1: a MemoryType in what this kernel wrote.
    constexpr unsigned memory_type_index() const {
        return static_cast<unsigned>(AttrIndx::in(raw_));
    }

    friend constexpr bool operator==(Descriptor, Descriptor) = default;

private:
    using Valid = kernel::Field<0>;
    using Type = kernel::Field<1, 0>;      ///< 0b11: table, or page at level 3; 0b01: block.
    using AttrIndx = kernel::Field<4, 2>;  ///< Index into MAIR_EL1.
    using AP1 = kernel::Field<6>;          ///< AP[1], 1: EL0 may access it too.
    using ReadOnly = kernel::Field<7>;     ///< AP[2].
    using SH = kernel::Field<9, 8>;        ///< 0b11: inner shareable. Ignored but for Normal WB.
    using AF = kernel::Field<10>;          ///< 0: the first access faults.
    using OutputAddress = kernel::Field<47, 12>;
    using PXN = kernel::Field<53>;  ///< 1: EL1 does not execute it.
    using UXN = kernel::Field<54>;  ///< 1: EL0 does not execute it.

    static constexpr std::uint64_t kTableOrPage = Type::of(0b11);
    static constexpr std::uint64_t kBlock = Type::of(0b01);
    static constexpr std::uint64_t kInnerShareable = SH::of(0b11);

    static constexpr std::uint64_t address_bits(kernel::PhysAddr address) {
        kernel::require((address.raw() & ~OutputAddress::kMask) == 0,
                        "an output address is a multiple of 4 KiB below 2^48");
        return address.raw();
    }

    static constexpr std::uint64_t bits(Attributes attributes) {
        bool const writes = attributes.access() == Access::ReadWrite;
        bool const executes = attributes.access() == Access::ReadExecute;
        return AttrIndx::of(static_cast<std::uint64_t>(attributes.type())) |
               ReadOnly::of(writes ? 0 : 1) | PXN::of(executes ? 0 : 1) | UXN::of(1) | AF::of(1) |
               kInnerShareable;
    }

    std::uint64_t raw_;
};

}  // namespace mm
