// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/buddy_allocator.hpp"
#include "kernel/mm/cached_buddies.hpp"
#include "kernel/mm/core_cache.hpp"

#include "tests/exhaustive/block_set.hpp"
#include "tests/exhaustive/explorer.hpp"
#include "tests/exhaustive/image.hpp"
#include "tests/exhaustive/one_zone.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace exhaustive {

inline constexpr unsigned kCores = 2;

/// A buddy allocator behind the caches of two cores.
class CachesUnderTest {
public:
    static std::uint64_t metadata_words(mm::FrameRange span) {
        return mm::BuddyAllocator::metadata_words(span) +
               mm::CachedBuddies::metadata_words(span, kCores);
    }

    CachesUnderTest(mm::FrameRange span, std::span<std::uint64_t> metadata)
        : buddies{span, metadata},
          cached{buddies, caches, metadata.subspan(mm::BuddyAllocator::metadata_words(span)),
                 nullptr} {}

    kernel::Result<mm::VerifyReport> verify() const { return cached.verify(); }

    std::array<mm::CoreCache, kCores> caches;
    mm::BuddyAllocator buddies;
    mm::CachedBuddies cached;
};

/// What the blocks are, whoever keeps those that are free. What cores keep is not the model's: a
/// state is one of the real thing's.
class CachesModel {
public:
    CachesModel(Layout const& layout, Image<CachesUnderTest> const& image)
        : blocks{layout.span(), layout.unit_order}, image_{&image} {}

    std::uint64_t key() const { return image_->fingerprint(); }

    BlockSet blocks;
    bool is_closed = false;  ///< As CachedBuddies::close() leaves it.

private:
    Image<CachesUnderTest> const* image_;
};

/// A call of CachedBuddies by one of its cores, as a value.
struct CoreCall {
    enum class Kind : std::uint8_t { Allocate, Free, Drain, Close, Open, Answer };

    Kind kind = Kind::Allocate;
    unsigned core = 0;
    mm::FrameNumber first{0};
    mm::Order order{};
};

/// Two cores in front of one zone of a few runs, one call after the other; for Explorer. (What they
/// do at the same time is explored in tests/concurrency.)
class TwoCores {
public:
    /// Blocks of the layout's units up to `largest` are allocated.
    TwoCores(Layout const& layout, unsigned largest);

    Image<CachesUnderTest>& image() { return image_; }
    CachesModel& model() { return model_; }
    std::size_t call_count() const { return calls_.size(); }
    Answer make(std::size_t call);
    char const* wrong();
    void print_state() const;
    void print_call(std::size_t call);

private:
    void add_calls(Layout const& layout, unsigned largest);
    Answer allocate(mm::CoreCache& mine, mm::Order order);
    Answer free(mm::CoreCache& mine, CoreCall const& call);
    bool is_asked(unsigned core) const { return (*image_).cached.is_asked(core); }
    bool may_refuse(mm::Order order);
    char const* wrong_when_drained();
    bool drain_all();

    Image<CachesUnderTest> image_;
    CachesModel model_;
    std::vector<mm::FrameNumber> inside_;  ///< Those of the span that are tried.
    std::vector<CoreCall> calls_;
};

}  // namespace exhaustive
