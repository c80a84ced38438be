// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/frame_allocator.hpp"
#include "kernel/mm/zone.hpp"

#include "tests/exhaustive/block_set.hpp"
#include "tests/exhaustive/explorer.hpp"
#include "tests/exhaustive/image.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace exhaustive {

/// Two zones as the kernel has them, of a few frames:
///
///     frame   4 5 6 7  8..15    16 17 18 19 20 21 22 23
///             early    no zone  late; 17 is a hole, 22 is reserved
class TwoZonesUnderTest {
public:
    static constexpr mm::FrameRange kEarly{mm::FrameNumber{4}, mm::FrameNumber{8}};
    static constexpr mm::FrameRange kLate{mm::FrameNumber{16}, mm::FrameNumber{24}};
    static constexpr mm::FrameNumber kHole{17};
    static constexpr mm::FrameNumber kReserved{22};
    static constexpr std::array kEarlyRam{kEarly};
    static constexpr std::array kLateRam{
        mm::FrameRange{kLate.first, kHole    },
        mm::FrameRange{kHole + 1,   kLate.end}
    };

    static constexpr std::uint64_t metadata_words() {
        return mm::BuddyAllocator::metadata_words(kEarly) +
               mm::BuddyAllocator::metadata_words(kLate);
    }

    explicit TwoZonesUnderTest(std::span<std::uint64_t> metadata);

    mm::Zone early;
    mm::Zone late;
};

/// The same, of two rows of blocks, with the functions of FrameAllocator.
class TwoZonesModel {
public:
    TwoZonesModel();

    kernel::Result<mm::Allocation> allocate(mm::FrameRequest const& request);
    kernel::Result<mm::Allocation> allocate(mm::Order order, std::optional<mm::ZoneId> zone);
    kernel::Result<void> free(mm::Allocation const& allocation);
    kernel::Result<void> free(mm::ZoneId zone, mm::FrameNumber first, mm::Order order);

    BlockSet& zone(mm::ZoneId id) { return id == mm::ZoneId::Early ? early_ : late_; }
    BlockSet const& zone(mm::ZoneId id) const { return id == mm::ZoneId::Early ? early_ : late_; }
    static std::optional<mm::ZoneId> zone_of(mm::FrameNumber frame);

    std::uint64_t key() const { return early_.key() << 32 | late_.key(); }

private:
    kernel::Result<mm::Allocation> allocate_at(mm::FrameRequest const& request);
    /// `error` of a call on `range`: the first frame that is not there is not RAM.
    kernel::Error as_heard(kernel::Error error, mm::FrameRange range) const;

    BlockSet early_;
    BlockSet late_;
};

/// A call of FrameAllocator, as a value.
struct ZoneCall {
    enum class Kind : std::uint8_t { AllocateOrder, Allocate, FreeBlock, Free };

    Kind kind = Kind::AllocateOrder;
    mm::FrameRequest request{};
    mm::Order order{};
    mm::Allocation allocation{
        {mm::FrameNumber{0}, mm::FrameNumber{0}},
        mm::ZoneId::Early
    };
};

/// A FrameAllocator over both; for Explorer.
class TwoZones {
public:
    TwoZones();

    Image<TwoZonesUnderTest>& image() { return image_; }
    TwoZonesModel& model() { return model_; }
    std::size_t call_count() const { return calls_.size(); }
    Answer make(std::size_t call);
    char const* wrong();
    void print_state() const;
    void print_call(std::size_t call);

private:
    static std::vector<mm::FrameNumber> frames_to_try();
    void add_allocations();
    void add_frees();

    Image<TwoZonesUnderTest> image_;
    TwoZonesModel model_;
    std::vector<ZoneCall> calls_;
};

}  // namespace exhaustive
