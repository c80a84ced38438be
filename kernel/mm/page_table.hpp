// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/address.hpp"
#include "kernel/mm/descriptor.hpp"
#include "kernel/mm/early_frames.hpp"
#include "kernel/mm/early_window.hpp"
#include "kernel/mm/tlb_control.hpp"
#include "kernel/result.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace mm {

/// What the hardware would do with an address: the descriptors it meets, and where it ends.
struct Translation {
    struct Step {
        Level level = Level::One;
        kernel::PhysAddr table{0};
        unsigned index = 0;  ///< Of the descriptor in its table.
        Descriptor descriptor = Descriptor::invalid();
    };

    std::array<Step, 3> steps{};
    unsigned step_count = 0;
    std::optional<kernel::PhysAddr> to;  ///< None: nothing is mapped there.

    std::span<Step const> met() const { return {steps.data(), step_count}; }
};

/// A page or block that is mapped.
struct Mapping {
    kernel::VirtAddr at;
    Level level;
    Descriptor descriptor;

    std::uint64_t bytes() const { return bytes_per_entry(level); }
    kernel::PhysAddr to() const { return descriptor.address(); }
};

/// Is shown mappings in the order of their addresses.
class MappingVisitor {
public:
    virtual void visit(Mapping const& mapping) = 0;

protected:
    ~MappingVisitor() = default;
};

/// The kernel's translation tables: the upper half (TTBR1), 39 bits, 4 KiB granule.
///
///      63      39 38      30 29      21 20      12 11       0
///     +----------+----------+----------+----------+----------+
///     | all ones | level 1  | level 2  | level 3  | in page  |
///     +----------+----------+----------+----------+----------+
///                  1 GiB      2 MiB      4 KiB each
///
/// Works on tables that are in use as well as on tables that are being built: a table is zero
/// before it is linked, a descriptor is made invalid and forgotten by the TLBs before anything
/// takes its place or its frame is given back. No table but the root is ever left empty.
///
/// Not reentrant; one core at a time.
class PageTable {
public:
    static constexpr kernel::VirtAddr kFirst{0xffff'ff80'0000'0000};
    static constexpr std::uint64_t kSpaceBytes = kTableEntries * bytes_per_entry(Level::One);

    /// A frame that maps nothing, to be the root of a new PageTable. Errors: OutOfMemory.
    static kernel::Result<EarlyFrame> make_root(EarlyFrameSource& frames,
                                                EarlyWindow const& window);

    /// Continues with the tables below `root`, new or in use, wherever their frames came from:
    /// those that get empty are given to `frames`. Owns no root: TTBR1_EL1 may hold it for ever.
    PageTable(EarlyFrame root, EarlyFrameSource& frames, EarlyWindow const& window, TlbControl& tlb)
        : root_{root}, frames_{frames}, window_{window}, tlb_{tlb} {}

    EarlyFrame root() const { return root_; }

    /// Maps the `bytes` from `at` on to those from `to` on, by 2 MiB blocks wherever both addresses
    /// and what is left allow it. All are multiples of 4 KiB.
    ///
    /// Errors: EmptyRange; Misaligned; NotKernelAddress; AddressSizeFault for a physical address
    /// beyond 48 bits; AlreadyMapped if any page is; OutOfMemory for a table. On error nothing has
    /// changed.
    kernel::Result<void> map(kernel::VirtAddr at, kernel::PhysAddr to, std::uint64_t bytes,
                             Attributes attributes);

    /// The same by pages only: any of them can be unmapped alone.
    kernel::Result<void> map_pages(kernel::VirtAddr at, kernel::PhysAddr to, std::uint64_t bytes,
                                   Attributes attributes);

    /// Unmaps `bytes` from `at` on, all of which are mapped, and gives back the tables that get
    /// empty. A block goes as a whole: to split one would unmap its other pages for a moment, and
    /// the stack may be among them.
    ///
    /// Errors: EmptyRange; Misaligned; NotKernelAddress; NotMapped; PartOfBlock. On error nothing
    /// has changed.
    kernel::Result<void> unmap(kernel::VirtAddr at, std::uint64_t bytes);

    /// Where `address` leads, byte for byte, and by which descriptors. Below kFirst it meets none.
    Translation translate(kernel::VirtAddr address) const;

    /// Shows every mapping to `visitor`, which changes none.
    void visit(MappingVisitor& visitor) const;

private:
    /// Offsets from kFirst, so that the end of the last page is a number.
    struct Span {
        std::uint64_t first;
        std::uint64_t end;
    };
    struct Survey {
        std::uint64_t mapped_bytes = 0;
        bool cuts_block = false;
    };

    static kernel::Result<Span> span_of(kernel::VirtAddr at, std::uint64_t bytes);
    Survey survey(Span span) const;
    kernel::Result<void> map_by(Level largest, Span span, kernel::PhysAddr to,
                                Attributes attributes);
    kernel::Result<void> fill(Level largest, Span span, kernel::PhysAddr to, Attributes attributes);
    void clear(Span span);

    EarlyFrame root_;
    EarlyFrameSource& frames_;
    EarlyWindow const& window_;
    TlbControl& tlb_;
};

}  // namespace mm
