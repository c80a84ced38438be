// SPDX-License-Identifier: MIT
#include "shell/stress/stressed_memory.hpp"

namespace shell {

using kernel::Error;
using mm::FrameNumber;
using mm::ZoneId;

namespace {

constexpr std::size_t kFrameWords = mm::kFrameBytes / sizeof(std::uint64_t);

/// Differs from frame to frame, and from one owner of a frame to the next.
std::uint64_t stamp_of(StampedBlock block, FrameNumber frame) {
    return std::uint64_t{block.stamp()} << 32 | frame.raw();
}

/// When it comes back, no core keeps frames that nobody has.
mm::FrameAllocator& drained(mm::FrameAllocator& frames) {
    mm::AllCachesClosed const closed{frames};
    return frames;
}

}  // namespace

std::size_t StressedMemory::words(mm::FrameAllocator const& frames) {
    return TakenFrames::words(frames.zone(ZoneId::Early).span()) +
           TakenFrames::words(frames.zone(ZoneId::Late).span());
}

StressedMemory::StressedMemory(mm::FrameAllocator& frames, mm::EarlyWindow const& window,
                               std::span<TakenFrames::Word> words)
    : frames_{drained(frames)},
      window_{window},
      taken_{TakenFrames{frames.zone(ZoneId::Early), words},
             TakenFrames{frames.zone(ZoneId::Late),
                         words.subspan(TakenFrames::words(frames.zone(ZoneId::Early).span()))}} {}

void StressedMemory::found(StressFault fault, StampedBlock block, Error error) {
    if (!has_found_.exchange(true, std::memory_order_relaxed)) {
        finding_ = {fault, block, error};
    }
    stop();
}

std::optional<StampedBlock> StressedMemory::allocate(mm::Order order, ZoneId zone,
                                                     std::uint32_t stamp) {
    auto const got = frames_.allocate(order, zone);
    if (!got) {
        if (got.error() != Error::OutOfMemory) {
            found(StressFault::Refused,
                  {
                      {taken(zone).span().first, order},
                      stamp
            },
                  got.error());
        }
        return {};
    }
    StampedBlock const stamped{
        {got->frames.first, order},
        stamp
    };
    if (!taken(got->zone).take(got->frames)) {
        found(StressFault::GivenTwice, stamped);
        return {};  // It is freed by who had it before.
    }
    write_stamps(stamped);
    return stamped;
}

void StressedMemory::free(StampedBlock stamped) {
    mm::Block const block = stamped.block();
    if (!has_its_stamps(stamped)) {
        found(StressFault::Overwritten, stamped);
    }
    ZoneId const zone = *frames_.zone_of(block.first);
    // Before the next one can have it.
    if (!taken(zone).give(block.range())) {
        found(StressFault::FreedByOther, stamped);
    }
    auto const freed = frames_.free(zone, block.first, block.order);
    if (!freed) {
        found(StressFault::Refused, stamped, freed.error());
    }
}

std::optional<StampedBlock> StressedMemory::exchange(std::uint64_t place, StampedBlock block) {
    std::uint64_t const word =
        places_[place % kPlaces].exchange(block.word(), std::memory_order_acq_rel);
    return word == 0 ? std::nullopt : std::optional{StampedBlock{word}};
}

void StressedMemory::free_what_was_left() {
    for (auto& place : places_) {
        if (std::uint64_t const word = place.exchange(0, std::memory_order_acquire)) {
            free(StampedBlock{word});
        }
    }
}

/// The memory of an early block; nullptr of another one.
std::uint64_t* StressedMemory::words_of(mm::Block const& block) const {
    return window_.contains(block.first.address())
               ? window_.pointer<std::uint64_t>(mm::EarlyFrame{block.first})
               : nullptr;
}

void StressedMemory::write_stamps(StampedBlock stamped) const {
    mm::Block const block = stamped.block();
    if (std::uint64_t* const words = words_of(block)) {
        for (std::uint64_t n = 0; n < block.order.frame_count(); ++n) {
            std::uint64_t const stamp = stamp_of(stamped, block.first + n);
            words[n * kFrameWords] = stamp;
            words[n * kFrameWords + kFrameWords - 1] = stamp;
        }
    }
}

bool StressedMemory::has_its_stamps(StampedBlock stamped) const {
    mm::Block const block = stamped.block();
    std::uint64_t wrong = 0;
    if (std::uint64_t const* const words = words_of(block)) {
        for (std::uint64_t n = 0; n < block.order.frame_count(); ++n) {
            std::uint64_t const stamp = stamp_of(stamped, block.first + n);
            wrong |= stamp ^ words[n * kFrameWords];
            wrong |= stamp ^ words[n * kFrameWords + kFrameWords - 1];
        }
    }
    return wrong == 0;
}

}  // namespace shell
