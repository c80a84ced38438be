// SPDX-License-Identifier: MIT
#include "tests/simulation/world.hpp"

#include <sys/mman.h>
#include <utility>

namespace simulation {
namespace {

using kernel::VirtAddr;
using mm::Allocation;
using mm::ZoneId;

constexpr std::uint64_t kPage = mm::kFrameBytes;

// Memory behind the early window: page tables live in it. The same for all worlds.
VirtAddr window_memory() {
    static void* const memory = mmap(nullptr, 16 * kernel::kMiB, PROT_READ | PROT_WRITE,
                                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    kernel::require(memory != MAP_FAILED, "there is memory for the window");
    return VirtAddr{reinterpret_cast<std::uint64_t>(memory)};
}

// Any zone twice as often as either of the two.
std::optional<ZoneId> wanted_zone(std::uint32_t b) {
    return b % 4 == 0   ? std::optional{ZoneId::Late}
           : b % 4 == 1 ? std::optional{ZoneId::Early}
                        : std::nullopt;
}

}  // namespace

World::World(std::uint64_t seed)
    : layout_{seed},
      early_{"early", layout_.map.ram_inside({layout_.window_first, layout_.window_end}),
             layout_.map.usable_inside({layout_.window_first, layout_.window_end})},
      late_{"late", layout_.map.ram_outside({layout_.window_first, layout_.window_end}),
            layout_.map.usable_outside({layout_.window_first, layout_.window_end})},
      window_{layout_.window_first.address(), (layout_.window_end - layout_.window_first) * kPage,
              window_memory()},
      pages_{*mm::PageTable::make_root(early_frames_, window_), early_frames_, window_, tlb_},
      heap_metadata_(mm::Heap::metadata_words(kHeapWindow)),
      heap_{kHeapWindow, heap_pages_, heap_metadata_, &plan_},
      heap_model_{kHeapWindow.begin},
      space_metadata_(mm::VirtualSpace::metadata_words(kSpace)),
      space_{kSpace, space_metadata_, &plan_},
      space_model_{
          FrameRange{FrameNumber{kSpace.begin.raw() >> 12}, FrameNumber{kSpace.end.raw() >> 12}}},
      beginning_{state()} {
    FrameRange const pages = space_model_.span();
    space_model_.release({pages.first + 1, pages.end});
}

void World::run(Operation const& operation) {
    using Kind = Operation::Kind;
    std::uint32_t const a = operation.a;
    std::uint32_t const b = operation.b;
    switch (operation.kind) {
        case Kind::Allocate: return allocate(a, b);
        case Kind::AllocateFrames: return allocate_frames(a, b);
        case Kind::AllocateAt: return allocate_at(a, b);
        case Kind::Free: return free(a, b);
        case Kind::FreeWrongly: return free_wrongly(a, b);
        case Kind::AllocateObject: return allocate_object(a, b);
        case Kind::FreeObject: return free_object(a, b);
        case Kind::FreeObjectWrongly: return free_object_wrongly(a);
        case Kind::Map: return map(a, b);
        case Kind::Unmap: return unmap(a, b);
        case Kind::Plan: return plan(a, b);
        case Kind::Flip: return flip(a, b);
        case Kind::Verify: return verify();
        case Kind::Compare: return compare();
    }
}

void World::keep(kernel::Result<Allocation> const& got) {
    if (got) {
        held_.push_back(*got);
    }
}

void World::allocate(std::uint32_t a, std::uint32_t b) {
    // Each order half as likely as the one below it.
    Order const order = Order::of(static_cast<unsigned>(std::countr_zero(a | 1U << Order::kMax)));
    auto const only = wanted_zone(b);
    auto const got = frames_.allocate(order, only);
    std::optional<Allocation> expected;
    bool const is_struck = expected_plan_.strikes();
    for (ZoneId const id : {ZoneId::Late, ZoneId::Early}) {
        if (!is_struck && !expected && only.value_or(id) == id) {
            if (auto const first = zone(id).model.allocate(order)) {
                expected = Allocation{
                    mm::Block{*first, order}
                    .range(), id
                };
            }
        }
    }
    judge_.answer(error_of(got), expected ? std::nullopt : std::optional{Error::OutOfMemory},
                  "a block");
    judge_.check(
        !expected || !got || (got->frames == expected->frames && got->zone == expected->zone),
        "which block it is");
    keep(got);
}

void World::allocate_frames(std::uint32_t a, std::uint32_t b) {
    mm::FrameRequest const request{
        .count = a % 61 == 0 ? 0 : 1 + (a >> 6) % (std::uint64_t{2} << b / 4 % 11),
        .alignment = b / 64 % 4 == 0 ? std::uint64_t{1} << (b / 256 % 12) : 1,
        .zone = wanted_zone(b)};
    auto const got = frames_.allocate(request);
    bool const is_struck = expected_plan_.strikes();
    kernel::Result<FrameNumber> expected = is_struck ? Error::OutOfMemory : Error::TooLarge;
    for (ZoneId const id : {ZoneId::Late, ZoneId::Early}) {
        if (!is_struck && !expected && request.zone.value_or(id) == id) {
            auto const first = zone(id).model.allocate_frames(request.count, request.alignment);
            expected = first || first.error() != Error::TooLarge ? first : expected;
        }
    }
    judge_.answer(error_of(got), error_of(expected), "frames by their number");
    judge_.check(!expected || !got ||
                     (got->frames.first == *expected && got->frames.count() == request.count),
                 "which frames they are");
    keep(got);
}

void World::allocate_at(std::uint32_t a, std::uint32_t b) {
    FrameNumber const at = any_frame(a);
    std::uint64_t const count = 1 + b / 4 % 32;
    auto const only = wanted_zone(b);
    auto const got = frames_.allocate({.count = count, .zone = only, .at = at});
    auto const id = zone_of(at);
    std::optional<Error> expected;
    if (expected_plan_.strikes()) {
        expected = Error::OutOfMemory;
    } else if (!id) {
        expected = Error::NotRam;
    } else if (only.value_or(*id) != *id) {
        expected = Error::OtherZone;
    } else if (count > zone(*id).model.span().end - at) {
        expected = Error::TooLarge;
    } else {
        FrameRange const range{at, at + count};
        expected = zone(*id).worded(zone(*id).model.allocate_range(range), range);
    }
    judge_.answer(error_of(got), expected, "frames at their place");
    judge_.check(!got || got->frames == FrameRange{at, at + count}, "which frames they are");
    keep(got);
}

std::optional<Error> World::expected_free(Allocation const& frames) {
    ZoneWithModel& owner = zone(frames.zone);
    return owner.worded(owner.model.free_frames(frames.frames), frames.frames);
}

void World::free(std::uint32_t a, std::uint32_t b) {
    if (held_.empty()) {
        return;
    }
    Allocation const frames = std::exchange(held_[a % held_.size()], held_.back());
    held_.pop_back();
    auto const order = zone(frames.zone).model.order_at(frames.frames.first);
    bool const is_block = order && std::uint64_t{1} << *order == frames.frames.count();
    // NOLINTBEGIN(clang-analyzer-unix.Malloc): these are frames, not what malloc gave.
    auto const freed = is_block && b % 2 == 0
                           ? frames_.free(frames.zone, frames.frames.first, Order::of(*order))
                           : frames_.free(frames);
    judge_.call(!error_of(freed) && !expected_free(frames), "a block that is given back");
    if (b % 16 == 0) {
        judge_.answer(error_of(frames_.free(frames)), expected_free(frames), "a double free");
    }
    // NOLINTEND(clang-analyzer-unix.Malloc)
}

void World::free_wrongly(std::uint32_t a, std::uint32_t b) {
    FrameNumber const first = any_frame(a);
    ZoneId const named = b % 8 == 0 ? ZoneId::Early : ZoneId::Late;
    auto const id = zone_of(first);
    ZoneId const zone_id = b % 4 == 1 ? named : id.value_or(named);
    unsigned order = b / 8 % 11;
    // A block that somebody holds is given back with another order than its own.
    if (id && zone(*id).model.order_at(first) == order) {
        order = (order + 1) % 11;
    }
    auto const freed = frames_.free(zone_id, first, Order::of(order));
    std::optional<Error> expected;
    if (!id) {
        expected = Error::NotRam;
    } else if (*id != zone_id) {
        expected = Error::OtherZone;
    } else {
        expected = zone(*id).model.free(first, Order::of(order));
        expected = zone(*id).worded(expected, {first, first + 1});
    }
    judge_.check(expected.has_value(), "a wrong free is wrong");
    judge_.answer(error_of(freed), expected, "a wrong free");
}

std::optional<ZoneId> World::zone_of(FrameNumber frame) const {
    return early_.model.span().contains(frame)  ? std::optional{ZoneId::Early}
           : late_.model.span().contains(frame) ? std::optional{ZoneId::Late}
                                                : std::nullopt;
}

// A frame of either zone, or just outside.
FrameNumber World::any_frame(std::uint32_t a) const {
    std::uint64_t const first = early_.model.span().first.raw();
    std::uint64_t const count = late_.model.span().end.raw() + 2 - first;
    return FrameNumber{first + a % count};
}

World::Zones World::state() const {
    return {early_.zone.buddies().hash(), late_.zone.buddies().hash(), heap_.hash(), space_.hash()};
}

void World::finish() {
    plan(kNoPlan, 0);
    while (!mapped_.empty() && !judge_.has_failed()) {
        unmap(0, 1);
    }
    while (!held_.empty() && !judge_.has_failed()) {
        free(0, 1);
    }
    while (!objects_.empty() && !judge_.has_failed()) {
        free_object(0, 1);
    }
    if (!judge_.has_failed()) {
        verify();
        compare();
        judge_.check(state() == beginning_, "the state after all was given back");
    }
}

}  // namespace simulation
