// SPDX-License-Identifier: MIT
#include "tests/exhaustive/two_zones.hpp"

#include "tests/exhaustive/one_zone.hpp"

#include <cinttypes>
#include <cstdio>

namespace exhaustive {

using kernel::Error;
using kernel::Result;
using mm::Allocation;
using mm::FrameNumber;
using mm::FrameRange;
using mm::FrameRequest;
using mm::Order;
using mm::ZoneId;

namespace {

using UnderTest = TwoZonesUnderTest;

constexpr std::array<std::optional<ZoneId>, 3> kZones{std::nullopt, ZoneId::Early, ZoneId::Late};

struct Outcome {
    mm::FrameOutcome frames;
    std::optional<ZoneId> zone;

    friend bool operator==(Outcome const&, Outcome const&) = default;
};

template <typename Frames>
Outcome make_on(ZoneCall const& call, Frames& frames) {
    auto const of_allocation = [](Result<Allocation> const& result) {
        return result ? Outcome{{{}, result->frames}, result->zone}
                      : Outcome{{.error = result.error()}, {}};
    };
    FrameRange const range = call.allocation.frames;
    ZoneId const zone = call.allocation.zone;
    switch (call.kind) {
        case ZoneCall::Kind::AllocateOrder:
            return of_allocation(frames.allocate(call.order, call.request.zone));
        case ZoneCall::Kind::Allocate: return of_allocation(frames.allocate(call.request));
        case ZoneCall::Kind::FreeBlock:
            return {mm::outcome_of(frames.free(zone, range.first, call.order), range), zone};
        case ZoneCall::Kind::Free:
            return {mm::outcome_of(frames.free(call.allocation), range), zone};
    }
    kernel::unreachable("a kind of call is one of its enumerators");
}

/// Releases what may be handed out.
template <typename Zone>
void open(Zone& zone, FrameRange span) {
    for (FrameNumber frame = span.first; frame != span.end; frame = frame + 1) {
        if (frame != UnderTest::kHole && frame != UnderTest::kReserved) {
            kernel::require(static_cast<bool>(zone.release({frame, frame + 1})),
                            "a reserved frame can be released");
        }
    }
}

}  // namespace

TwoZonesUnderTest::TwoZonesUnderTest(std::span<std::uint64_t> metadata)
    : early{"early", kEarly, kEarlyRam, metadata},
      late{"late", kLate, kLateRam, metadata.subspan(mm::BuddyAllocator::metadata_words(kEarly))} {
    open(early.buddies(), kEarly);
    open(late.buddies(), kLate);
}

TwoZonesModel::TwoZonesModel() : early_{UnderTest::kEarly, 0}, late_{UnderTest::kLate, 0} {
    open(early_, UnderTest::kEarly);
    open(late_, UnderTest::kLate);
}

std::optional<ZoneId> TwoZonesModel::zone_of(FrameNumber frame) {
    return UnderTest::kEarly.contains(frame)  ? std::optional{ZoneId::Early}
           : UnderTest::kLate.contains(frame) ? std::optional{ZoneId::Late}
                                              : std::nullopt;
}

Error TwoZonesModel::as_heard(Error error, FrameRange range) const {
    if (error != Error::Reserved) {
        return error;
    }
    FrameNumber frame = range.first;
    while (zone(*zone_of(frame)).inspect(frame).kind != mm::FrameKind::Reserved) {
        frame = frame + 1;
    }
    return frame == UnderTest::kHole ? Error::NotRam : error;
}

Result<Allocation> TwoZonesModel::allocate(FrameRequest const& request) {
    if (request.at) {
        return allocate_at(request);
    }
    bool is_too_large = true;  // For every zone that is asked.
    for (ZoneId const id : {ZoneId::Late, ZoneId::Early}) {
        if (request.zone && *request.zone != id) {
            continue;
        }
        auto const frames = zone(id).allocate_frames(request.count, request.alignment);
        if (frames) {
            return Allocation{*frames, id};
        }
        if (frames.error() == Error::EmptyRange) {
            return Error::EmptyRange;
        }
        is_too_large = is_too_large && frames.error() == Error::TooLarge;
    }
    return is_too_large ? Error::TooLarge : Error::OutOfMemory;
}

Result<Allocation> TwoZonesModel::allocate_at(FrameRequest const& request) {
    auto const id = zone_of(*request.at);
    if (!id) {
        return Error::NotRam;
    }
    if (request.zone && *request.zone != *id) {
        return Error::OtherZone;
    }
    FrameRange const range{*request.at, *request.at + request.count};
    if (range.end > zone(*id).span().end) {
        return Error::TooLarge;
    }
    if (auto const done = zone(*id).allocate_range(range); !done) {
        return as_heard(done.error(), range);
    }
    return Allocation{range, *id};
}

Result<Allocation> TwoZonesModel::allocate(Order order, std::optional<ZoneId> only) {
    for (ZoneId const id : {ZoneId::Late, ZoneId::Early}) {
        if (!only || *only == id) {
            if (auto const block = zone(id).allocate(order)) {
                return Allocation{block->range(), id};
            }
        }
    }
    return Error::OutOfMemory;
}

Result<void> TwoZonesModel::free(Allocation const& allocation) {
    auto const id = zone_of(allocation.frames.first);
    if (!id || *id != allocation.zone) {
        return id ? Error::OtherZone : Error::NotRam;
    }
    auto const done = zone(*id).free_frames(allocation.frames);
    return done ? done : as_heard(done.error(), allocation.frames);
}

Result<void> TwoZonesModel::free(ZoneId named, FrameNumber first, Order order) {
    auto const id = zone_of(first);
    if (!id || *id != named) {
        return id ? Error::OtherZone : Error::NotRam;
    }
    auto const done = zone(*id).free(first, order);
    return done ? done : as_heard(done.error(), {first, first + 1});
}

TwoZones::TwoZones() : image_{UnderTest::metadata_words()} {
    add_allocations();
    add_frees();
}

/// Every frame of both zones, those beside them, and some far away.
std::vector<FrameNumber> TwoZones::frames_to_try() {
    std::vector<FrameNumber> frames{FrameNumber{0}, FrameNumber{11}, FrameNumber{1U << 20}};
    for (FrameRange const span : {UnderTest::kEarly, UnderTest::kLate}) {
        for (std::uint64_t frame = span.first.raw() - 1; frame <= span.end.raw(); ++frame) {
            frames.push_back(FrameNumber{frame});
        }
    }
    return frames;
}

void TwoZones::add_allocations() {
    for (auto const zone : kZones) {
        for (unsigned order = 0; order <= Order::kMax; ++order) {
            calls_.push_back({.request = {.zone = zone}, .order = Order::of(order)});
        }
        for (std::uint64_t count = 0; count <= 9; ++count) {
            for (std::uint64_t alignment = 1; alignment <= 2048; alignment *= 2) {
                calls_.push_back({
                    .kind = ZoneCall::Kind::Allocate,
                    .request = {.count = count, .alignment = alignment, .zone = zone}
                });
            }
            for (FrameNumber const at : frames_to_try()) {
                calls_.push_back({
                    .kind = ZoneCall::Kind::Allocate,
                    .request = {.count = count, .zone = zone, .at = at}
                });
            }
        }
    }
}

void TwoZones::add_frees() {
    for (ZoneId const zone : {ZoneId::Early, ZoneId::Late}) {
        for (FrameNumber const first : frames_to_try()) {
            for (unsigned order = 0; order <= Order::kMax; ++order) {
                calls_.push_back({
                    .kind = ZoneCall::Kind::FreeBlock,
                    .order = Order::of(order),
                    .allocation = {{first, first}, zone}
                });
            }
            for (FrameNumber const end : frames_to_try()) {
                calls_.push_back({
                    .kind = ZoneCall::Kind::Free, .allocation = {{first, end}, zone}
                });
            }
        }
    }
}

Answer TwoZones::make(std::size_t call) {
    mm::FrameAllocator frames{image_->early, image_->late};
    Outcome const real = make_on(calls_[call], frames);
    return {real == make_on(calls_[call], model_), real.frames.error.has_value()};
}

char const* TwoZones::wrong() {
    mm::FrameAllocator const frames{image_->early, image_->late};
    for (ZoneId const id : {ZoneId::Early, ZoneId::Late}) {
        BlockSet const& zone = model_.zone(id);
        auto const statistics = frames.zone(id).statistics();
        std::uint64_t const holes = id == ZoneId::Late ? 1 : 0;
        if (!frames.zone(id).buddies().verify()) {
            return "verify() calls it corrupt";
        }
        if (statistics.free != zone.frames_of(mm::FrameKind::Free) ||
            statistics.used != zone.frames_of(mm::FrameKind::Allocated) ||
            statistics.reserved != zone.frames_of(mm::FrameKind::Reserved) - holes ||
            statistics.frames != zone.span().count() - holes) {
            return "the statistics differ";
        }
    }
    for (FrameNumber const frame : frames_to_try()) {
        mm::FrameInfo const info = frames.inspect(frame);
        auto const id = TwoZonesModel::zone_of(frame);
        if (info.zone != id || info.is_ram != (id && frame != UnderTest::kHole)) {
            return "the zone of a frame differs";
        }
        if (id && info.state != model_.zone(*id).inspect(frame)) {
            return "the state of a frame differs";
        }
    }
    return nullptr;
}

void TwoZones::print_state() const {
    model_.zone(ZoneId::Early).print();
    model_.zone(ZoneId::Late).print();
    std::puts("");
}

void TwoZones::print_call(std::size_t call) {
    ZoneCall const& made = calls_[call];
    auto const name = [](std::optional<ZoneId> zone) {
        return !zone ? "any zone" : *zone == ZoneId::Early ? "early" : "late";
    };
    switch (made.kind) {
        case ZoneCall::Kind::AllocateOrder:
            std::printf("  allocate order %u, %s\n", made.order.value(), name(made.request.zone));
            break;
        case ZoneCall::Kind::Allocate:
            std::printf("  allocate count %" PRIu64 " alignment %" PRIu64 " at %lld, %s\n",
                        made.request.count, made.request.alignment,
                        made.request.at ? static_cast<long long>(made.request.at->raw()) : -1,
                        name(made.request.zone));
            break;
        case ZoneCall::Kind::FreeBlock:
        case ZoneCall::Kind::Free:
            std::printf("  free frames [%" PRIu64 ", %" PRIu64 ") order %u, %s\n",
                        made.allocation.frames.first.raw(), made.allocation.frames.end.raw(),
                        made.order.value(), name(made.allocation.zone));
            break;
    }
    mm::FrameAllocator frames{image_->early, image_->late};
    TwoZonesModel model = model_;
    // NOLINTBEGIN(clang-analyzer-unix.Malloc): gives back frames, not what malloc gave.
    print_outcome("allocator", make_on(made, frames).frames);
    print_outcome("model", make_on(made, model).frames);
    // NOLINTEND(clang-analyzer-unix.Malloc)
}

}  // namespace exhaustive
