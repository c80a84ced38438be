// SPDX-License-Identifier: MIT
#include "tests/exhaustive/two_cores.hpp"

#include "kernel/error.hpp"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <iterator>
#include <string_view>

namespace exhaustive {

using kernel::Error;
using mm::CoreCache;
using mm::FrameKind;
using mm::FrameNumber;
using mm::FrameRange;
using mm::FrameState;
using mm::Order;

TwoCores::TwoCores(Layout const& layout, unsigned largest)
    : image_{CachesUnderTest::metadata_words(layout.span()), layout.span()},
      model_{layout, image_} {
    FrameRange const span = layout.span();
    kernel::require(image_->buddies.release(span) && model_.blocks.release(span),
                    "what is reserved can be released");
    add_calls(layout, largest);
}

void TwoCores::add_calls(Layout const& layout, unsigned largest) {
    using Kind = CoreCall::Kind;
    std::vector<FrameNumber> const frames = layout.frames_to_try();
    std::ranges::copy_if(frames, std::back_inserter(inside_),
                         [&](FrameNumber frame) { return layout.span().contains(frame); });
    for (unsigned core = 0; core < kCores; ++core) {
        for (unsigned order = layout.unit_order; order <= largest; ++order) {
            calls_.push_back({Kind::Allocate, core, FrameNumber{0}, Order::of(order)});
        }
        for (FrameNumber const frame : frames) {
            for (unsigned order = 0; order <= Order::kMax; ++order) {
                calls_.push_back({Kind::Free, core, frame, Order::of(order)});
            }
        }
        calls_.push_back({Kind::Drain, core});
        calls_.push_back({Kind::Answer, core});
    }
    calls_.push_back({Kind::Close});
    calls_.push_back({Kind::Open});
}

Answer TwoCores::make(std::size_t call) {
    CoreCall const& made = calls_[call];
    mm::CachedBuddies& cached = image_->cached;
    CoreCache& mine = image_->caches[made.core];
    switch (made.kind) {
        case CoreCall::Kind::Allocate: return allocate(mine, made.order);
        case CoreCall::Kind::Free: return free(mine, made);
        case CoreCall::Kind::Drain: return {bool{cached.drain(mine)}, false};
        case CoreCall::Kind::Answer: return {!cached.answer(mine), false};
        case CoreCall::Kind::Close:
        case CoreCall::Kind::Open: break;
    }
    bool const closes = made.kind == CoreCall::Kind::Close;
    if (closes == model_.is_closed) {
        return {true, true};  // Once is enough.
    }
    model_.is_closed = closes;
    closes ? cached.close() : cached.open();
    return {true, false};
}

/// Even if it is refused, a core that was asked for all it keeps gives that back, and who looks for
/// a block finds what the other core has freed.
Answer TwoCores::allocate(CoreCache& mine, Order order) {
    auto const block = image_->cached.allocate(mine, order);
    if (!block) {
        bool const may = block.error() == Error::OutOfMemory && may_refuse(order);
        return {may, image_.is_as_kept()};
    }
    bool const is_one = block->order == order && block->first.raw() % order.frame_count() == 0;
    return {is_one && model_.blocks.allocate_range(block->range()), false};
}

Answer TwoCores::free(CoreCache& mine, CoreCall const& call) {
    bool const was_asked = is_asked(call.core);
    auto const freed = image_->cached.free(mine, call.first, call.order);
    auto const expected = model_.blocks.free(call.first, call.order);
    bool const agrees = freed ? bool{expected} : !expected && freed.error() == expected.error();
    return {agrees, !freed && !was_asked};
}

/// True if the zone itself has no block of `order`, and has one when all caches are drained only
/// if there is one.
bool TwoCores::may_refuse(Order order) {
    auto const largest = image_->buddies.largest_free();
    if (largest && *largest >= order) {
        return false;
    }
    std::vector<std::uint64_t> const before = image_.words();
    bool const is_drained = drain_all();
    bool const has_one = bool{image_->buddies.allocate(order)};
    image_.load(before, {});
    BlockSet all = model_.blocks;
    return is_drained && has_one == bool{all.allocate(order)};
}

bool TwoCores::drain_all() {
    bool is_drained = true;
    for (CoreCache& cache : image_->caches) {
        is_drained = image_->cached.drain(cache) && is_drained;
    }
    return is_drained;
}

char const* TwoCores::wrong() {
    CachesUnderTest const& real = *image_;
    if (!real.cached.verify()) {
        return "verify() calls it corrupt";
    }
    if (real.buddies.free_frames_count() + real.cached.cached_frames() !=
        model_.blocks.frames_of(FrameKind::Free)) {
        return "frames are lost, or there twice";
    }
    for (unsigned core = 0; core < kCores; ++core) {
        if (model_.is_closed && !is_asked(core) && real.cached.frames_in(real.caches[core]) != 0) {
            return "a core that has given back all it kept keeps something";
        }
    }
    for (FrameNumber const frame : inside_) {
        FrameState const is = real.cached.inspect(frame);
        FrameState const expected = model_.blocks.inspect(frame);
        bool const is_allocated = expected.kind == FrameKind::Allocated;
        if (is.kind != expected.kind || (is_allocated && is.block != expected.block)) {
            return "the state of a frame differs";
        }
        if (real.cached.keeper(frame) && is.kind != FrameKind::Free) {
            return "a core keeps what is not free";
        }
    }
    std::vector<std::uint64_t> const before = image_.words();
    char const* const what = wrong_when_drained();
    image_.load(before, {});
    return what;
}

/// What is drained is the zone's as if no core had ever had it.
char const* TwoCores::wrong_when_drained() {
    if (!drain_all()) {
        return "a cache cannot be drained";
    }
    mm::BuddyAllocator const& zone = image_->buddies;
    if (!image_->verify() || zone.lent_runs() != 0 ||
        zone.free_blocks() != model_.blocks.free_blocks() ||
        zone.allocated_blocks() != model_.blocks.blocks_of(FrameKind::Allocated)) {
        return "when all is drained the zone is not what it must be";
    }
    for (FrameNumber const frame : inside_) {
        if (zone.inspect(frame) != model_.blocks.inspect(frame)) {
            return "when all is drained the state of a frame differs";
        }
    }
    return nullptr;
}

void TwoCores::print_state() const {
    model_.blocks.print();
    CachesUnderTest const& real = *image_;
    for (unsigned core = 0; core < kCores; ++core) {
        std::printf("; core %u keeps %" PRIu64 " frames%s", core,
                    real.cached.frames_in(real.caches[core]), is_asked(core) ? ", asked" : "");
    }
    std::puts(model_.is_closed ? "; closed" : "");
}

void TwoCores::print_call(std::size_t call) {
    static constexpr std::array kNames{"allocate", "free", "drain", "close", "open", "answer"};
    CoreCall const& made = calls_[call];
    std::printf("  core %u: %s frame %" PRIu64 " order %u\n", made.core,
                kNames[static_cast<std::size_t>(made.kind)], made.first.raw(), made.order.value());
}

}  // namespace exhaustive
