// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/frame.hpp"
#include "kernel/mm/free_index.hpp"
#include "kernel/mm/order.hpp"
#include "kernel/mm/run.hpp"
#include "kernel/mm/run_table.hpp"
#include "kernel/result.hpp"
#include "kernel/units.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace mm {

/// What a frame is to an allocator.
enum class FrameKind : std::uint8_t { Outside, Reserved, Free, Allocated };

/// A frame's kind, and the free or allocated block that holds it. For a frame outside the span or
/// reserved, the block is the frame alone.
struct FrameState {
    FrameKind kind = FrameKind::Outside;
    Block block{FrameNumber{0}, Order{}};

    friend constexpr bool operator==(FrameState, FrameState) = default;
};

/// What verify() has gone through.
struct VerifyReport {
    std::uint64_t frames = 0;  ///< Frames of the span.
    std::uint64_t runs = 0;    ///< Runs of 64 frames, padding included.
    std::uint64_t blocks = 0;  ///< Blocks, free and allocated.
};

/// A run of 64 frames for somebody who hands out its blocks, all of one order, by himself; or a
/// single block.
struct LentRun {
    FrameNumber first;     ///< Where the run begins; where the block does.
    std::uint64_t free{};  ///< A bit for the first frame of each block of the run that is free.
    bool is_run = false;
};

/// Binary buddy allocator over the page frames of one span (Knuth, TAOCP 1, 2.5).
///
/// Book-keeping lives in a table that the caller supplies, never in the frames themselves: the
/// allocator touches no memory it manages, and all of it runs at compile time. Blocks are aligned
/// to their size in physical space, wherever the span begins. The same calls give the same frames
/// everywhere.
///
/// Every frame of the span is reserved, free or part of one allocated block. Which frames are free,
/// and which blocks are allocated, is all the state there is: two free buddies always merge.
///
/// An operation that returns an error has changed nothing; `Corrupt` is the exception, the table
/// was damaged before. On a damaged table every operation ends and writes nowhere else.
///
/// Not reentrant: whoever shares one takes a lock.
class BuddyAllocator {
public:
    /// Runs from first_of_runs() on, as many as make whole blocks of the largest order.
    static constexpr std::uint64_t runs_over(FrameRange span) {
        if (span.empty()) {
            return 0;
        }
        std::uint64_t const unit = Order::of(Order::kMax).frame_count();
        return (kernel::align_up(span.end.raw(), unit) - begin_of(span)) / kRunFrames;
    }

    /// Words of metadata for `span`: about 2.14 bits per frame.
    static constexpr std::uint64_t metadata_words(FrameRange span) {
        std::uint64_t const runs = runs_over(span);
        return RunTable::words(runs) + FreeIndex::words(runs);
    }

    /// Every frame of `span` is reserved. Writes all of the first metadata_words(span) words of
    /// `metadata`, which must outlive the allocator. An empty span has nothing to give.
    constexpr BuddyAllocator(FrameRange span, std::span<std::uint64_t> metadata);

    /// Turns reserved frames into free ones: how RAM gets in.
    ///
    /// Errors: EmptyRange; NotRam if part of it is outside the span; AlreadyFree or NotReserved (it
    /// is allocated), as the first frame that is not reserved says.
    constexpr kernel::Result<void> release(FrameRange range);

    /// Turns free frames into reserved ones, which nobody gets.
    ///
    /// Errors: EmptyRange; NotRam if part of it is outside the span; NotFree.
    constexpr kernel::Result<void> reserve(FrameRange range);

    /// A block of 2^`order` frames.
    ///
    /// Errors: OutOfMemory if no free block is large enough.
    [[gnu::always_inline]] constexpr kernel::Result<Block> allocate(Order order);

    /// Exactly `count` frames in a row, the first a multiple of `alignment` (a power of two), all
    /// of them below `below` (rounded down to 2^Order::kMax frames). They are recorded as the
    /// largest aligned blocks that fit. More than 2^Order::kMax frames, or an alignment above that,
    /// is found by a first-fit search over the free blocks of the largest order.
    ///
    /// Errors: EmptyRange; TooLarge if the whole span has fewer; OutOfMemory.
    constexpr kernel::Result<FrameRange> allocate_frames(std::uint64_t count,
                                                         std::uint64_t alignment = 1,
                                                         FrameNumber below = kAnywhere);

    /// That very range, recorded as the largest aligned blocks that fit.
    ///
    /// Errors: EmptyRange; NotRam if part of it is outside the span; Reserved or NotFree, as the
    /// first frame that is not free says.
    constexpr kernel::Result<void> allocate_range(FrameRange range);

    /// Gives back the block of 2^`order` frames that starts at `first`, merging it with its
    /// buddies.
    ///
    /// Errors: NotRam if `first` is outside the span; Reserved; AlreadyFree if it is in a free
    /// block, which is what a double free looks like; InsideBlock if it is in an allocated block
    /// and not its start (inspect() tells which); WrongOrder; Corrupt.
    [[gnu::always_inline]] constexpr kernel::Result<void> free(FrameNumber first, Order order);

    /// Gives back a range that is exactly some allocated blocks, one after the other.
    ///
    /// Errors: EmptyRange; NotRam if part of it is outside the span; the errors of free(), for the
    /// first frame that no allocated block in the range holds; WrongOrder if the range ends inside
    /// a block; Corrupt.
    constexpr kernel::Result<void> free_frames(FrameRange range);

    /// Lends the run from which allocate() would take, if it has nothing but blocks of `order` (0
    /// to 5), free or allocated: until it comes back, all of it is its borrower's. From any other
    /// run a block is allocated instead.
    ///
    /// Errors: OutOfMemory, as allocate(); Corrupt.
    constexpr kernel::Result<LentRun> lend(Order order);

    /// Ends that: `first` is where the run begins, and its blocks are of `order`; `free` says which
    /// are, all others are allocated.
    ///
    /// Errors: Corrupt if that run is not lent, or no block of `order` can begin there.
    [[gnu::cold]] constexpr kernel::Result<void> take_back(FrameNumber first, Order order,
                                                           std::uint64_t free);

    /// The same where all of it is free.
    [[gnu::noinline]] constexpr kernel::Result<void> take_back(FrameNumber first) {
        auto const run = lent_run(first);
        if (!run) {
            return kernel::Error::Corrupt;
        }
        table_.flip_lent(*run);
        --lent_runs_;
        free_frames_ += kRunFrames;
        join_run(*run);
        return {};
    }

    /// True if the run of `frame`, which is in the span, is lent.
    constexpr bool is_lent(FrameNumber frame) const {
        return table_.is_lent(place_of(frame) / kRunFrames);
    }

    /// Two words for each run, from the one that begins at first_of_runs() on: of a run that is
    /// lent they are its borrower's, who may write them as long as he has it.
    constexpr std::uint64_t* run_words() const { return table_.run_words(); }
    constexpr FrameNumber first_of_runs() const { return frame_at(0); }
    constexpr std::uint64_t runs() const { return table_.runs(); }

    /// How many runs are lent.
    constexpr std::uint64_t lent_runs() const { return lent_runs_; }

    /// What `frame` is, and the block that holds it.
    constexpr FrameState inspect(FrameNumber frame) const;

    constexpr FrameRange span() const { return span_; }
    constexpr std::uint64_t free_frames_count() const { return free_frames_; }
    constexpr std::uint64_t reserved_frames() const { return reserved_frames_; }
    constexpr std::uint64_t allocated_blocks() const { return allocated_blocks_; }

    /// The number of free blocks of each order. Walks the whole table.
    constexpr std::array<std::uint64_t, Order::kMax + 1> free_blocks() const;

    /// The order of the largest free block; none if nothing is free but in runs that are lent.
    constexpr std::optional<Order> largest_free() const { return index_.largest(); }

    /// Proves every invariant by recomputing all that is derived: a single flipped bit anywhere in
    /// the table or in a counter is found. Walks the whole table.
    ///
    /// Errors: Corrupt.
    constexpr kernel::Result<VerifyReport> verify() const;

    /// A number that depends on the state of every frame and on nothing else.
    constexpr std::uint64_t hash() const;

private:
    /// A part of a range: frames of one run, or runs of one group.
    struct Part {
        std::uint64_t number;
        std::uint64_t units;  ///< A bit for each.
    };
    enum class Use : std::uint8_t { Reserved, Allocated };

    /// A frame or none, in one register: no range holds the last frame number.
    class MaybeFrame {
    public:
        constexpr MaybeFrame() = default;
        explicit constexpr MaybeFrame(FrameNumber frame) : raw_{frame.raw()} {}

        explicit constexpr operator bool() const { return raw_ != kNone; }
        constexpr FrameNumber operator*() const { return FrameNumber{raw_}; }

    private:
        static constexpr std::uint64_t kNone = ~std::uint64_t{0};
        std::uint64_t raw_ = kNone;
    };

    /// A run that was free and is split now.
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): an aggregate, always braced.
    struct Opened {
        bool is_sound;     ///< Else the table is damaged, and nothing has changed.
        MaybeFrame first;  ///< Its first frame.
        std::uint64_t run;
        std::uint64_t tree;  ///< Where its group belongs now.
    };

    static constexpr std::uint64_t begin_of(FrameRange span) {
        return kernel::align_down(span.first.raw(), Order::of(Order::kMax).frame_count());
    }
    constexpr std::uint64_t place_of(FrameNumber frame) const { return frame.raw() - begin_; }
    constexpr FrameNumber frame_at(std::uint64_t place) const {
        return FrameNumber{begin_ + place};
    }

    /// Else the table is damaged: nobody is ever given what lies outside the span.
    [[gnu::always_inline]] constexpr bool has_in_span(FrameNumber first, Order order) const {
        bool const begins = first >= span_.first;
        bool const ends = first.raw() + order.frame_count() <= span_.end.raw();
        return begins && ends;
    }

    [[gnu::always_inline]] constexpr bool has_in_span(FrameNumber frame) const {
        bool const begins = frame >= span_.first;
        bool const ends = frame < span_.end;
        return begins && ends;
    }

    static constexpr bool is_aligned(std::uint64_t place, Order order) {
        return (place & (order.frame_count() - 1)) == 0;
    }

    // One block (buddy_blocks.hpp).
    constexpr MaybeFrame allocate_frames_of_run(Order order);
    [[gnu::always_inline]] constexpr MaybeFrame allocate_frame(std::uint64_t run);
    constexpr MaybeFrame allocate_from_split_run(FreeIndex::Place from, Order order);
    [[gnu::always_inline]] constexpr MaybeFrame allocate_from_free_run(FreeIndex::Place from,
                                                                       Order order);
    [[gnu::always_inline]] constexpr Opened open_run(FreeIndex::Place from);
    [[gnu::always_inline]] static constexpr std::uint64_t tree_of_rest(FreeIndex::Place from,
                                                                       unit_set::Found found,
                                                                       unsigned order,
                                                                       States after);
    constexpr MaybeFrame allocate_runs(Order order);
    [[gnu::cold]] constexpr kernel::Error why_no_block(Order order) const;
    /// Lists a run or a group elsewhere that `first` was taken from: handed on, so that nobody has
    /// to keep it meanwhile.
    [[gnu::noinline]] constexpr MaybeFrame relisted_run(std::uint64_t run, std::uint64_t from,
                                                        std::uint64_t to, FrameNumber first) {
        index_.relist_run(run, from, to);
        return MaybeFrame{first};
    }
    [[gnu::noinline]] constexpr MaybeFrame relisted_group(std::uint64_t group, std::uint64_t from,
                                                          std::uint64_t to, FrameNumber first) {
        index_.relist_group(group, from, to);
        return MaybeFrame{first};
    }
    [[gnu::always_inline]] constexpr void count_allocated(Order order);
    [[gnu::always_inline]] constexpr void count_freed(Order order);
    static constexpr std::optional<std::uint64_t> position_in(std::uint64_t free, Order order);
    constexpr bool split(std::uint64_t run, std::uint64_t tree);
    constexpr void note_frames(std::uint64_t run, States before, States after);
    constexpr void note_runs(std::uint64_t group, std::uint64_t tree, States after);
    [[gnu::always_inline]] constexpr void note_given_runs(Part part, States before);
    [[gnu::always_inline]] constexpr void note_given_frames(Part part, States before,
                                                            std::uint64_t tree);
    /// Of a split run, which is listed in `tree`, all frames are free. (Apart, so that who seldom
    /// needs it saves no registers for it.)
    [[gnu::noinline]] constexpr void join_listed_run(std::uint64_t run, std::uint64_t tree) {
        index_.unlist_run(run, tree);
        join_run(run);
    }
    [[gnu::always_inline]] constexpr void join_run(std::uint64_t run);
    constexpr MaybeFrame free_frames_of_run(FrameNumber first, Order order);
    constexpr MaybeFrame free_runs(FrameNumber first, Order order);
    [[gnu::cold]] constexpr kernel::Error why_not_freed(FrameNumber first) const;
    constexpr std::optional<kernel::Error> why_no_block_starts_at(std::uint64_t place) const;
    constexpr void give_frames(Part part);
    constexpr void give_runs(Part part);

    // Runs that are lent (buddy_lending.hpp).
    // Cold: where cores do not drain their caches, no split run has so much free.
    [[gnu::cold]] constexpr kernel::Result<LentRun> lend_split_run(FreeIndex::Place from,
                                                                   Order order);
    [[gnu::always_inline]] constexpr LentRun lend_run(std::uint64_t run, std::uint64_t free);
    [[gnu::always_inline]] constexpr std::optional<std::uint64_t> lent_run(FrameNumber first) const;

    // Ranges (buddy_ranges.hpp).
    constexpr kernel::Result<void> check_range(FrameRange range) const;
    constexpr kernel::Result<FrameNumber> find_frames(std::uint64_t count, std::uint64_t alignment,
                                                      FrameNumber below) const;
    constexpr kernel::Result<FrameNumber> find_in(FreeIndex::Place from, Order order,
                                                  std::uint64_t end_run) const;
    constexpr kernel::Result<FrameNumber> find_largest_blocks(std::uint64_t count,
                                                              std::uint64_t alignment,
                                                              std::uint64_t runs) const;
    constexpr bool is_largest_block_free(std::uint64_t number) const;
    constexpr std::uint64_t next_largest_block(std::uint64_t number) const;
    constexpr void forget_frames(Part part);
    constexpr void give(FrameRange range);
    constexpr kernel::Result<void> take(FrameRange range, Use use);
    constexpr bool take_frames(Part part, Use use);
    constexpr void take_runs(Part part, Use use);
    template <typename OnFrames, typename OnRuns>
    constexpr bool for_each_part(FrameRange range, OnFrames on_frames, OnRuns on_runs) const;
    constexpr std::optional<FrameNumber> first_not_free(FrameRange range) const;

    // Answers (buddy_check.hpp).
    constexpr Block free_block_around(FrameNumber frame) const;
    constexpr std::uint64_t frames_in_span(std::uint64_t run) const;
    constexpr bool is_sound_group(std::uint64_t group) const;
    constexpr bool is_sound_run(std::uint64_t run) const;

    FrameRange span_;
    std::uint64_t begin_;  ///< Number of the first frame in the table.
    std::uint64_t free_frames_ = 0;
    std::uint64_t allocated_blocks_ = 0;
    std::uint64_t reserved_frames_;
    std::uint64_t lent_runs_ = 0;
    RunTable table_;
    FreeIndex index_;
};

}  // namespace mm

#include "kernel/mm/buddy_blocks.hpp"  // The bodies of what is declared above.
#include "kernel/mm/buddy_check.hpp"
#include "kernel/mm/buddy_lending.hpp"
#include "kernel/mm/buddy_ranges.hpp"
