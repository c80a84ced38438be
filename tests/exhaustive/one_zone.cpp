// SPDX-License-Identifier: MIT
#include "tests/exhaustive/one_zone.hpp"

#include "kernel/error.hpp"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <string_view>

namespace exhaustive {

using mm::FrameCall;
using mm::FrameKind;
using mm::FrameNumber;
using mm::FrameRange;
using mm::Order;

FrameRange Layout::span() const { return {unit(first_unit).first, unit(first_unit + units).first}; }

FrameRange Layout::unit(std::uint64_t number) const {
    return {FrameNumber{number << unit_order}, FrameNumber{(number + 1) << unit_order}};
}

std::vector<FrameNumber> Layout::frames_to_try() const {
    std::vector<FrameNumber> frames;
    std::uint64_t const last = unit(0).count() - 1;
    for (std::uint64_t number = 0; number < units; ++number) {
        FrameNumber const first = unit(first_unit + number).first;
        for (std::uint64_t const offset : {std::uint64_t{0}, last / 2, last}) {
            if (frames.empty() || frames.back() < first + offset) {
                frames.push_back(first + offset);
            }
        }
    }
    frames.push_back(span().end);
    frames.push_back(
        FrameNumber{span().first.raw() - 1});  // Before 0 comes the last number of all.
    frames.push_back(FrameNumber{FrameNumber::kLimit - 1});
    return frames;
}

namespace {

/// states_of(), for the block of `units` units from `first` on.
std::uint64_t states_of_block(Layout const& layout, Repertoire repertoire, std::uint64_t first,
                              std::uint64_t units) {
    std::uint64_t const end = first + units;
    std::uint64_t const last = layout.first_unit + layout.units;
    if (end <= layout.first_unit || last <= first) {
        return 1;
    }
    bool const can_reserve = repertoire == Repertoire::Ranges;
    bool const has_hole = std::ranges::any_of(
        layout.holes, [first, end](std::uint64_t hole) { return first <= hole && hole < end; });
    if (units == 1) {
        return can_reserve ? 3 : has_hole ? 1 : 2;
    }
    std::uint64_t const halves = states_of_block(layout, repertoire, first, units / 2) *
                                 states_of_block(layout, repertoire, first + units / 2, units / 2);
    bool const is_inside = layout.first_unit <= first && end <= last;
    bool const is_block = units << layout.unit_order <= Order::of(Order::kMax).frame_count() &&
                          is_inside && (can_reserve || !has_hole);
    return halves + (is_block ? 1 : 0);
}

}  // namespace

std::uint64_t states_of(Layout const& layout, Repertoire repertoire) {
    std::uint64_t units = 1;  // Of a block at 0 that holds all of the layout.
    while (units < layout.first_unit + layout.units) {
        units *= 2;
    }
    return states_of_block(layout, repertoire, 0, units);
}

OneZone::OneZone(Layout const& layout, Repertoire repertoire)
    : layout_{layout},
      image_{mm::BuddyAllocator::metadata_words(layout.span()), layout.span()},
      model_{layout.span(), layout.unit_order} {
    for (std::uint64_t unit = layout.first_unit; unit < layout.first_unit + layout.units; ++unit) {
        if (std::ranges::find(layout.holes, unit) == layout.holes.end()) {
            FrameCall const call{.kind = FrameCall::Kind::Release, .range = layout.unit(unit)};
            call.make_on(*image_);
            call.make_on(model_);
        }
    }
    add_block_calls();
    if (repertoire == Repertoire::Ranges) {
        add_range_calls();
    }
}

void OneZone::add_block_calls() {
    FrameRange const span = layout_.span();
    for (std::uint64_t value = 0; value < 256; ++value) {
        auto const order = Order::from(value);
        if (!order || value < layout_.unit_order) {
            continue;  // Most are no order, and so cannot be asked for.
        }
        calls_.push_back({.kind = FrameCall::Kind::Allocate, .order = *order});
        std::uint64_t const size = order->frame_count();
        std::uint64_t first = span.first.raw() / size * size;
        for (; first < span.end.raw(); first += size) {
            FrameRange const block{FrameNumber{first}, FrameNumber{first + size}};
            calls_.push_back({.kind = FrameCall::Kind::AllocateRange, .range = block});
        }
    }
    for (FrameNumber const frame : layout_.frames_to_try()) {
        for (unsigned order = 0; order <= Order::kMax; ++order) {
            calls_.push_back({
                .kind = FrameCall::Kind::Free, .range = {frame, frame},
                     .order = Order::of(order)
            });
        }
    }
}

void OneZone::add_range_calls() {
    using Kind = FrameCall::Kind;
    // From one unit before the span to one behind it, and every range between, empty ones and those
    // that end before they begin included.
    std::uint64_t const before = layout_.first_unit - (layout_.first_unit != 0 ? 1 : 0);
    std::uint64_t const behind = layout_.first_unit + layout_.units + 1;
    for (std::uint64_t first = before; first <= behind; ++first) {
        for (std::uint64_t end = before; end <= behind; ++end) {
            FrameRange const range{layout_.unit(first).first, layout_.unit(end).first};
            for (Kind const kind :
                 {Kind::Release, Kind::Reserve, Kind::AllocateRange, Kind::FreeFrames}) {
                calls_.push_back({.kind = kind, .range = range});
            }
        }
    }
    for (std::uint64_t units = 0; units <= layout_.units + 1; ++units) {
        for (std::uint64_t alignment = 1; alignment <= 8192; alignment *= 2) {
            calls_.push_back({.kind = Kind::AllocateFrames,
                              .count = units << layout_.unit_order,
                              .alignment = alignment});
        }
    }
}

Answer OneZone::make(std::size_t call) {
    mm::FrameOutcome const real = calls_[call].make_on(*image_);
    mm::FrameOutcome const expected = calls_[call].make_on(model_);
    return {real == expected, real.error.has_value()};
}

char const* OneZone::wrong() {
    mm::BuddyAllocator const& real = *image_;
    auto const report = real.verify();
    if (!report) {
        return "verify() calls it corrupt";
    }
    if (report->blocks !=
        model_.blocks_of(FrameKind::Free) + model_.blocks_of(FrameKind::Allocated)) {
        return "verify() counts other blocks";
    }
    if (real.free_frames_count() != model_.frames_of(FrameKind::Free) ||
        real.reserved_frames() != model_.frames_of(FrameKind::Reserved) ||
        real.allocated_blocks() != model_.blocks_of(FrameKind::Allocated)) {
        return "a counter differs";
    }
    auto const blocks = model_.free_blocks();
    if (real.free_blocks() != blocks) {
        return "the free blocks differ";
    }
    unsigned orders = Order::kMax + 1;
    while (orders != 0 && blocks[orders - 1] == 0) {
        --orders;
    }
    auto const largest = real.largest_free();
    if (largest ? largest->value() + 1 != orders : orders != 0) {
        return "the largest free block differs";
    }
    for (BlockSet::Piece const& piece : model_.pieces()) {
        for (std::uint64_t offset = 0; offset < piece.frames(); offset = offset * 2 + 1) {
            FrameNumber const frame{piece.first + offset};
            if (real.inspect(frame) != model_.inspect(frame)) {
                return "the state of a frame differs";
            }
        }
    }
    FrameNumber const beyond = layout_.span().end;
    return real.inspect(beyond).kind == FrameKind::Outside ? nullptr
                                                           : "a frame behind the span is inside";
}

void OneZone::print_state() const {
    model_.print();
    std::puts("");
}

void OneZone::print_call(std::size_t call) {
    FrameCall const& made = calls_[call];
    std::string_view const words = mm::describe(made.kind);
    std::printf("  %.*s frames [%" PRIu64 ", %" PRIu64 ") order %u count %" PRIu64
                " alignment %" PRIu64 "\n",
                static_cast<int>(words.size()), words.data(), made.range.first.raw(),
                made.range.end.raw(), made.order.value(), made.count, made.alignment);
    BlockSet model = model_;
    print_outcome("allocator", made.make_on(*image_));
    print_outcome("model", made.make_on(model));
}

void print_outcome(char const* who, mm::FrameOutcome const& outcome) {
    if (outcome.error) {
        std::string_view const words = kernel::describe(*outcome.error);
        std::printf("  %s: error: %.*s\n", who, static_cast<int>(words.size()), words.data());
    } else {
        std::printf("  %s: frames [%" PRIu64 ", %" PRIu64 ")\n", who, outcome.frames.first.raw(),
                    outcome.frames.end.raw());
    }
}

}  // namespace exhaustive
