// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/error.hpp"
#include "kernel/mm/early_window.hpp"
#include "kernel/mm/frame_allocator.hpp"
#include "kernel/mm/order.hpp"
#include "shell/stress/stamped_block.hpp"
#include "shell/stress/taken_frames.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace shell {

/// What an allocator must not do.
enum class StressFault : std::uint8_t {
    GivenTwice,    ///< It gave a frame that somebody has.
    FreedByOther,  ///< It was given back a frame by somebody who had not got it.
    Overwritten,   ///< What was written into a frame was no longer there.
    Refused,       ///< It did not take back what it had given.
};

struct StressFinding {
    StressFault fault;
    StampedBlock block;   ///< Stamped by who found it.
    kernel::Error error;  ///< With which it was refused.
};

/// Frames as all cores and their interrupt handlers allocate and free them under stress. Each is
/// noted as long as somebody has it, and stamped if it is early: a frame that two have is found.
class StressedMemory {
public:
    static std::size_t words(mm::FrameAllocator const& frames);

    /// Drains what cores keep. `words` are words(frames), all of them 0. All outlive this.
    StressedMemory(mm::FrameAllocator& frames, mm::EarlyWindow const& window,
                   std::span<TakenFrames::Word> words);

    bool has(mm::ZoneId zone) const { return !frames_.zone(zone).span().empty(); }

    /// A block stamped with `stamp`, which is not 0. None if there is no memory.
    std::optional<StampedBlock> allocate(mm::Order order, mm::ZoneId zone, std::uint32_t stamp);

    /// Whoever has it need not be who allocated it.
    void free(StampedBlock block);

    /// Leaves `block` in a place, numbered as one likes, where others find it. The one that was
    /// left there, if any.
    std::optional<StampedBlock> exchange(std::uint64_t place, StampedBlock block);

    /// Frees what was left in all places: when nobody leaves any more.
    void free_what_was_left();

    /// True as soon as nobody should go on.
    bool stops() const { return stops_.load(std::memory_order_relaxed); }
    void stop() { stops_.store(true, std::memory_order_relaxed); }

    /// The first that was found, which stops all. To be asked when all have stopped.
    std::optional<StressFinding> const& finding() const { return finding_; }

private:
    static constexpr std::size_t kPlaces = 64;

    void found(StressFault fault, StampedBlock block, kernel::Error error = {});
    TakenFrames& taken(mm::ZoneId zone) { return taken_[static_cast<std::size_t>(zone)]; }
    std::uint64_t* words_of(mm::Block const& block) const;
    void write_stamps(StampedBlock stamped) const;
    bool has_its_stamps(StampedBlock stamped) const;

    mm::FrameAllocator& frames_;
    mm::EarlyWindow const& window_;
    std::array<TakenFrames, 2> taken_;
    std::array<std::atomic<std::uint64_t>, kPlaces> places_{};  ///< A block's word, or 0.
    std::atomic<bool> stops_{false};
    std::atomic<bool> has_found_{false};
    std::optional<StressFinding> finding_;
};

}  // namespace shell
