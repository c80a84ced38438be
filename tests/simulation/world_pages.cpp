// SPDX-License-Identifier: MIT
// The operations that need page tables, and those that look at everything.
#include "tests/simulation/world.hpp"

#include <utility>

namespace simulation {
namespace {

using kernel::VirtAddr;
using kernel::VirtRange;

constexpr std::uint64_t kPage = mm::kFrameBytes;
constexpr mm::Attributes kData{mm::MemoryType::Normal, mm::Access::ReadWrite};
constexpr std::uint64_t kMostMappedFrames = 64;  // Fewer than a block of 2 MiB has.

void* pointer_to(std::uint64_t address) { return reinterpret_cast<void*>(address); }

FrameRange numbers_of(VirtRange pages) {
    return {FrameNumber{pages.begin.raw() >> 12}, FrameNumber{pages.end.raw() >> 12}};
}

}  // namespace

void World::allocate_object(std::uint32_t a, std::uint32_t b) {
    // As many short ones as long ones, and few that need pages of their own.
    std::uint64_t const bytes = 1 + a % (std::uint64_t{64} << (b % 32 == 0 ? 10 : b % 6));
    std::uint64_t const alignment = std::uint64_t{1} << (b / 32 % 16 == 0 ? 14 : b / 32 % 8);
    static_cast<void>(early_frames_.take_refusal());
    bool const is_struck = expected_plan_.strikes();
    auto const expected = is_struck ? std::nullopt : heap_model_.allocate(bytes, alignment);
    auto const got = heap_.allocate(bytes, alignment);
    bool const is_refused = early_frames_.take_refusal() || !expected;
    judge_.answer(error_of(got), is_refused ? std::optional{Error::OutOfMemory} : std::nullopt,
                  "an object");
    judge_.check(is_refused || !got || *got == pointer_to(*expected), "where an object is");
    if (expected && is_refused) {
        heap_model_.forget();
    } else if (expected) {
        heap_model_.keep();
        objects_.push_back(*expected);
    }
}

void World::free_object(std::uint32_t a, std::uint32_t b) {
    if (objects_.empty()) {
        return;
    }
    std::uint64_t const object = std::exchange(objects_[a % objects_.size()], objects_.back());
    objects_.pop_back();
    auto const freed = heap_.free(pointer_to(object));
    judge_.call(!error_of(freed) && !heap_model_.free(object), "an object that is given back");
    if (b % 8 == 0) {
        judge_.answer(error_of(heap_.free(pointer_to(object))), heap_model_.free(object),
                      "an object that is given back twice");
    }
}

void World::free_object_wrongly(std::uint32_t a) {
    // No object begins at an odd address.
    std::uint64_t const bytes = kHeapWindow.bytes() + 2 * kPage;
    std::uint64_t const address = (kHeapWindow.begin.raw() + a % bytes) | 1;
    judge_.answer(error_of(heap_.free(pointer_to(address))), heap_model_.free(address),
                  "a wrong free of an object");
}

std::optional<VirtRange> World::take_addresses(std::uint64_t pages, std::uint64_t alignment) {
    auto const got = space_.allocate(pages * kPage, alignment * kPage);
    bool const is_struck = expected_plan_.strikes();
    auto const expected = is_struck ? kernel::Result<FrameNumber>{Error::OutOfMemory}
                                    : space_model_.allocate_frames(pages + 1, alignment);
    judge_.answer(error_of(got), expected ? std::nullopt : std::optional{Error::OutOfAddressSpace},
                  "a range of addresses");
    judge_.check(!expected || !got || numbers_of(*got) == FrameRange{*expected, *expected + pages},
                 "which addresses they are");
    return got ? std::optional{*got} : std::nullopt;
}

void World::give_addresses(VirtRange range) {
    FrameRange const pages = numbers_of(range);
    bool const is_freed{space_.free(range)};
    judge_.call(is_freed && !space_model_.free_frames({pages.first, pages.end + 1}),
                "addresses that are given back");
}

void World::map(std::uint32_t a, std::uint32_t b) {
    if (held_.empty()) {
        return;
    }
    mm::Allocation& held = held_[a % held_.size()];
    if (held.zone == mm::ZoneId::Early || held.frames.count() > kMostMappedFrames) {
        return;
    }
    auto const range = take_addresses(held.frames.count(), std::uint64_t{1} << b / 16 % 4);
    if (!range || judge_.has_failed()) {
        return;
    }
    static_cast<void>(early_frames_.take_refusal());
    auto const mapped =
        pages_.map(range->begin, held.frames.first.address(), range->bytes(), kData);
    bool const is_refused = early_frames_.take_refusal();
    judge_.answer(error_of(mapped), is_refused ? std::optional{Error::OutOfMemory} : std::nullopt,
                  "a mapping");
    VirtAddr const last{range->end.raw() - kPage};
    if (is_refused) {
        judge_.check(leads_to(range->begin, {}) && leads_to(last, {}),
                     "a mapping that was refused");
        return give_addresses(*range);
    }
    judge_.check(leads_to(range->begin, held.frames.first) &&
                     leads_to(last, held.frames.first + (held.frames.count() - 1)),
                 "where a mapping leads");
    mapped_.push_back({held, *range});
    held = held_.back();
    held_.pop_back();
}

void World::unmap(std::uint32_t a, std::uint32_t b) {
    if (mapped_.empty()) {
        return;
    }
    Mapped const mapped = std::exchange(mapped_[a % mapped_.size()], mapped_.back());
    mapped_.pop_back();
    if (b % 4 == 0) {
        VirtRange const pages = mapped.pages;
        judge_.answer(error_of(pages_.map(pages.begin, kernel::PhysAddr{0}, kPage, kData)),
                      Error::AlreadyMapped, "a mapping over another");
        judge_.answer(error_of(pages_.unmap(pages.begin, pages.bytes() + kPage)), Error::NotMapped,
                      "a guard page that is unmapped");
        judge_.answer(error_of(space_.free({pages.begin, pages.end + kPage})), Error::WrongSize,
                      "addresses that are given back with another size");
    }
    bool const is_unmapped{pages_.unmap(mapped.pages.begin, mapped.pages.bytes())};
    judge_.call(is_unmapped && leads_to(mapped.pages.begin, {}), "a mapping that is taken away");
    give_addresses(mapped.pages);
    held_.push_back(mapped.frames);
}

void World::plan(std::uint32_t a, std::uint32_t b) {
    using Rule = mm::FaultPlan::Rule;
    std::uint64_t const number = b / 16;
    mm::FaultPlan plan;
    switch (a % 8) {
        case 0: plan = {Rule::Every, 2 + number % 50}; break;
        case 1: plan = {Rule::At, 1 + number % 200}; break;
        case 2: plan = {Rule::After, number % 300}; break;
        case 3: plan = {Rule::Rate, 1 + number % 30, number}; break;
        default: break;
    }
    judge_.check(
        plan_.requests() == expected_plan_.requests() && plan_.struck() == expected_plan_.struck(),
        "what the plan was asked");
    judge_.tally.struck += plan_.struck();
    plan_ = plan;
    expected_plan_ = plan;
}

void World::flip(std::uint32_t a, std::uint32_t b) {
    std::array<std::vector<std::uint64_t>*, 4> const all{&early_.metadata, &late_.metadata,
                                                         &heap_metadata_, &space_metadata_};
    std::uint64_t const which = b / 16 % 4;
    std::uint64_t& word = (*all[which])[a % all[which]->size()];
    std::uint64_t const bit = std::uint64_t{1} << b / 64 % 64;
    word ^= bit;
    bool const is_found = which == 0   ? !early_.zone.buddies().verify()
                          : which == 1 ? !late_.zone.buddies().verify()
                          : which == 2 ? !heap_.verify()
                                       : !space_.verify();
    word ^= bit;
    judge_.call(is_found, "a flipped bit");
    ++judge_.tally.flips;
}

void World::verify() {
    judge_.call(static_cast<bool>(early_.zone.buddies().verify()), "the early zone's invariants");
    judge_.call(static_cast<bool>(late_.zone.buddies().verify()), "the late zone's invariants");
}

void World::compare() {
    verify();
    judge_.call(static_cast<bool>(heap_.verify()), "the heap's invariants");
    judge_.call(static_cast<bool>(space_.verify()), "the virtual space's invariants");
    judge_.check(early_.model.agrees_with(early_.zone.buddies()), "the frames of the early zone");
    judge_.check(late_.model.agrees_with(late_.zone.buddies()), "the frames of the late zone");
    judge_.check(heap_model_.agrees_with(heap_.statistics()), "the heap's statistics");
    judge_.check(space_.allocated_ranges() == mapped_.size(), "the number of address ranges");
    judge_.check(early_frames_.outstanding() == 1 + expected_tables() + heap_model_.mapped_pages(),
                 "the number of early frames in use");
}

bool World::leads_to(VirtAddr page, std::optional<FrameNumber> frame) const {
    auto const to = pages_.translate(page).to;
    return to ? frame && *to == frame->address() : !frame;
}

// No table is left empty: one for each 2 MiB with a page in it, and one for each 1 GiB with such.
std::uint64_t World::expected_tables() const {
    std::uint64_t const heap_border = HeapModel::kPages / 2;
    std::array<bool, 4> is_needed{};
    for (std::uint64_t page = 0; page < HeapModel::kPages; ++page) {
        bool& half = is_needed[page < heap_border ? 0 : 1];
        half = half || heap_model_.is_mapped(page);
    }
    std::uint64_t const space_border = space_model_.span().first.raw() + 256;
    for (Mapped const& mapped : mapped_) {
        FrameRange const pages = numbers_of(mapped.pages);
        is_needed[2] = is_needed[2] || pages.first.raw() < space_border;
        is_needed[3] = is_needed[3] || space_border < pages.end.raw();
    }
    std::uint64_t tables = 0;
    for (std::size_t pair = 0; pair < 4; pair += 2) {
        std::uint64_t const pages = (is_needed[pair] ? 1U : 0U) + (is_needed[pair + 1] ? 1U : 0U);
        tables += pages + (pages == 0 ? 0U : 1U);
    }
    return tables;
}

}  // namespace simulation
