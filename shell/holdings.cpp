// SPDX-License-Identifier: MIT
#include "shell/holdings.hpp"

#include "kernel/require.hpp"

#include <algorithm>
#include <new>

namespace shell {
namespace {

constexpr SlotIndex kNone = 0xffff;

constexpr bool is_tag_letter(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || letter == '-' || letter == '_' || letter == '.';
}

}  // namespace

std::optional<Tag> Tag::from(std::string_view text) {
    if (text.empty() || text.size() > kMaxLength || !std::ranges::all_of(text, is_tag_letter)) {
        return std::nullopt;
    }
    Tag tag;
    std::copy(text.begin(), text.end(), tag.letters_.begin());
    tag.length_ = static_cast<std::uint8_t>(text.size());
    return tag;
}

Holdings::Holdings(std::span<std::uint64_t> storage)
    // Raw storage: a slot's life begins when add() uses it for the first time.
    : slots_{reinterpret_cast<Slot*>(storage.data()),
             std::min<std::size_t>(storage.size_bytes() / sizeof(Slot), kNone)},
      by_number_{slots_},
      by_frame_{slots_} {
    static_assert(alignof(Slot) == alignof(std::uint64_t));
}

SlotIndex Holdings::take_slot() {
    kernel::require(room_left() != 0, "a record is added only where there is room");
    if (first_vacated_ != kNone) {
        SlotIndex const slot = first_vacated_;
        first_vacated_ = slots_[slot].by_number.lower;
        return slot;
    }
    return static_cast<SlotIndex>(used_once_++);
}

Holding Holdings::add(mm::Allocation const& allocation, bool is_block, Tag const& tag) {
    kernel::require(!containing(allocation.frames.first), "no frame is held twice");
    SlotIndex const slot = take_slot();
    Holding const holding{next_number_++, allocation, is_block, tag, std::nullopt};
    new (&slots_[slot]) Slot{holding, {}, {}};
    by_number_.insert(slot);
    by_frame_.insert(slot);
    ++count_;
    return holding;
}

void Holdings::remove(std::uint64_t number) {
    SlotIndex const slot = slot_of(number);
    by_number_.remove(slot);
    by_frame_.remove(slot);
    slots_[slot].by_number.lower = first_vacated_;
    first_vacated_ = slot;
    --count_;
}

void Holdings::set_mapping(std::uint64_t number, std::optional<kernel::VirtAddr> mapped_at) {
    slots_[slot_of(number)].holding.mapped_at = mapped_at;
}

SlotIndex Holdings::slot_of(std::uint64_t number) const {
    auto const slot = by_number_.at_or_below(number);
    kernel::require(slot && number_of(slots_[*slot]) == number, "the handle is held");
    return *slot;
}

std::optional<Holding> Holdings::find(std::uint64_t number) const {
    auto const holding = at_or_after(number);
    return holding && holding->number == number ? holding : std::nullopt;
}

std::optional<Holding> Holdings::at_or_after(std::uint64_t number) const {
    auto const slot = by_number_.at_or_above(number);
    return slot ? std::optional{slots_[*slot].holding} : std::nullopt;
}

std::optional<Holding> Holdings::starting_at(mm::FrameNumber frame) const {
    auto const holding = containing(frame);
    return holding && holding->allocation.frames.first == frame ? holding : std::nullopt;
}

std::optional<Holding> Holdings::containing(mm::FrameNumber frame) const {
    auto const slot = by_frame_.at_or_below(frame.raw());
    if (!slot || !slots_[*slot].holding.allocation.frames.contains(frame)) {
        return std::nullopt;
    }
    return slots_[*slot].holding;
}

}  // namespace shell
