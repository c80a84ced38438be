// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/format.hpp"
#include "kernel/mm/frame_allocator.hpp"
#include "kernel/mm/frame_watch.hpp"
#include "kernel/mm/health/frame_contents.hpp"
#include "kernel/mm/health/retired_frames.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace mm {

/// What poison has done since it was turned on, in frames.
struct PoisonCounts {
    std::uint64_t filled = 0;   ///< When they were freed.
    std::uint64_t checked = 0;  ///< When they were about to be handed out.
    std::uint64_t damaged = 0;  ///< And retired for it.
};

/// Finds who writes to memory that he has given back, and memory that loses bits: freed frames are
/// filled, and looked at when they are about to be handed out again. One that has changed is
/// retired for good, with a line that says what happened to it and who had it last.
///
/// Only frames that are freed while this is on can be checked. While it is off it costs the zones
/// one comparison for each call.
class Poison final : public FrameWatch {
public:
    /// All outlive this.
    Poison(FrameAllocator& frames, FrameContents& contents, RetiredFrames& retired,
           kernel::TextOutput& out)
        : early_{frames.zone(ZoneId::Early)},
          late_{frames.zone(ZoneId::Late)},
          contents_{contents},
          retired_{retired},
          out_{out} {}

    /// Four bytes for each frame of both zones, holes included, and 4 KiB.
    std::uint64_t table_words() const;

    /// From now on frames are watched. `table` has table_words() words, which nothing else writes.
    void turn_on(std::span<std::uint64_t> table);

    /// Gives back the table; what was filled until now is forgotten.
    std::span<std::uint64_t> turn_off();

    bool is_on() const { return !table_.empty(); }
    PoisonCounts const& counts() const { return counts_; }

    std::optional<FrameNumber> find_damaged(FrameRange frames) override;
    void freed(FrameRange frames, FrameOwner const& owner) override;

private:
    static constexpr std::size_t kNameLength = 15;
    static constexpr std::uint64_t kNames = 256;
    static constexpr std::uint64_t kWordsPerName = 2;  ///< It ends with a zero.

    /// Of the frame's last owner: a name's place in bits 31:24, above a handle. 0: not filled.
    using Record = std::uint32_t;
    static constexpr Record kHandleBits = 24;
    static constexpr Record kMaxHandle = (Record{1} << kHandleBits) - 1;
    static constexpr std::uint64_t kRecordsPerWord = sizeof(std::uint64_t) / sizeof(Record);

    /// The names lie in front of the records.
    char* name_at(Record place) const;
    Record record_for(FrameOwner const& owner);
    Record& record_of(FrameNumber frame) const;
    void print_owner(Record record) const;
    bool is_damaged(FrameNumber frame, std::uint64_t const volatile* words);

    Zone& early_;
    Zone& late_;
    FrameContents& contents_;
    RetiredFrames& retired_;
    kernel::TextOutput& out_;
    std::span<std::uint64_t> table_{};
    PoisonCounts counts_;
};

}  // namespace mm
