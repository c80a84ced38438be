// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/address.hpp"
#include "kernel/mm/frame.hpp"
#include "kernel/mm/frame_allocator.hpp"
#include "shell/ordered_index.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace shell {

/// A word that somebody gave to blocks: 1 to 15 letters, digits, '-', '_' or '.'. Or none.
class Tag {
public:
    static constexpr std::size_t kMaxLength = 15;

    constexpr Tag() = default;
    static std::optional<Tag> from(std::string_view text);

    std::string_view text() const { return {letters_.data(), length_}; }
    bool empty() const { return length_ == 0; }
    friend bool operator==(Tag const& a, Tag const& b) { return a.text() == b.text(); }

private:
    std::array<char, kMaxLength> letters_{};
    std::uint8_t length_ = 0;
};

/// Frames that somebody at the shell asked for and has not given back.
struct Holding {
    std::uint64_t number = 0;  ///< What `#7` means. From 1, and never used again.
    mm::Allocation allocation{
        {mm::FrameNumber{0}, mm::FrameNumber{0}},
        mm::ZoneId::Early
    };
    bool is_block = false;  ///< Asked for by its order; else an exact count of frames.
    Tag tag{};
    std::optional<kernel::VirtAddr> mapped_at{};  ///< Where `mapva` put the whole of it.
};

/// Everything the shell holds, by handle and by address; each operation takes O(log n) steps.
///
/// The room is fixed, because records that came from the zones would be one more thing to run out
/// of: with every frame handed out, the shell must still be able to give them back.
class Holdings {
public:
    /// The room that is set aside at start, at least (design.md, 6.5).
    static constexpr std::size_t kLeastRoom = 4096;

    /// Words of storage for `count` records.
    static constexpr std::size_t storage_words(std::size_t count) {
        return count * (sizeof(Slot) / sizeof(std::uint64_t));
    }

    /// Room for as many records as fit into `storage`, which outlives this object, and at most
    /// 65,535. It is not written here, so a large one costs nothing at boot.
    explicit Holdings(std::span<std::uint64_t> storage);

    std::size_t count() const { return count_; }
    std::size_t room_left() const { return slots_.size() - count_; }
    bool was_issued(std::uint64_t number) const { return number != 0 && number < next_number_; }

    /// Records frames under the next handle. There is room, and none of the frames is held.
    Holding add(mm::Allocation const& allocation, bool is_block, Tag const& tag);
    /// Both take the number of a block that is held.
    void remove(std::uint64_t number);
    void set_mapping(std::uint64_t number, std::optional<kernel::VirtAddr> mapped_at);

    std::optional<Holding> find(std::uint64_t number) const;
    /// The one with the lowest number that is not below `number`: a loop by number may remove what
    /// it passes.
    std::optional<Holding> at_or_after(std::uint64_t number) const;
    std::optional<Holding> starting_at(mm::FrameNumber frame) const;
    std::optional<Holding> containing(mm::FrameNumber frame) const;

private:
    struct Slot {
        Holding holding;
        IndexLinks by_number{};
        IndexLinks by_frame{};
    };

    static std::uint64_t number_of(Slot const& slot) { return slot.holding.number; }
    static std::uint64_t frame_of(Slot const& slot) {
        return slot.holding.allocation.frames.first.raw();
    }
    SlotIndex slot_of(std::uint64_t number) const;
    SlotIndex take_slot();

    std::span<Slot> slots_;
    OrderedIndex<Slot, number_of, &Slot::by_number> by_number_;
    OrderedIndex<Slot, frame_of, &Slot::by_frame> by_frame_;
    std::size_t count_ = 0;
    std::size_t used_once_ = 0;  ///< Slots from here on were never written.
    SlotIndex first_vacated_ = decltype(by_number_)::kNone;  ///< A chain through by_number.lower.
    std::uint64_t next_number_ = 1;
};

}  // namespace shell
