// SPDX-License-Identifier: MIT
// Cores that take and free at random, one call at a time: nobody is given what somebody has, each
// wrong free is refused as a buddy allocator without caches refuses it, and all comes home.
#include "kernel/mm/trial/random.hpp"

#include "tests/support/caches.hpp"
#include "tests/support/depth.hpp"

#include <optional>
#include <vector>

#include <CppUTest/TestHarness.h>

namespace {

using kernel::Error;
using mm::FrameNumber;
using mm::Order;

constexpr std::uint64_t kFirst = 30;
constexpr std::uint64_t kFrames = 5000;
constexpr unsigned kCores = 4;

class Cores {
public:
    explicit Cores(std::uint64_t seed) : random_{seed} {}

    void call() {
        unsigned const core = any_core();
        std::uint64_t const what = random_.below(100);
        if (what == 0) {
            turn(core);
        } else if (what < 20) {
            free_anything(core);
        } else if (what < 30) {
            look();
        } else if (taken_.empty() || (what < (is_filling_ ? 72U : 55U))) {
            take(core);
        } else {
            free(core);
        }
    }

    void free_all() {
        while (!taken_.empty()) {
            free(any_core());
        }
    }

    /// All of it agrees, and what nobody has is free or kept.
    bool is_sound() const {
        std::uint64_t taken = 0;
        for (mm::Block const& block : taken_) {
            taken += block.order.frame_count();
        }
        std::uint64_t const free = arena_.arena.allocator.free_frames_count();
        return arena_.is_sound() && taken + free + arena_.cached.cached_frames() == kFrames;
    }

    bool is_whole_again() { return arena_.is_whole_again(); }

private:
    unsigned any_core() { return static_cast<unsigned>(random_.below(kCores)); }

    void turn(unsigned core) {
        mm::CachedBuddies& cached = arena_.cached;
        mm::CoreCache& cache = arena_.caches[core];
        is_filling_ = !is_filling_;
        switch (random_.below(4)) {
            case 0: set_closed(!is_closed_); break;
            case 1: static_cast<void>(cached.answer(cache)); break;
            case 2: static_cast<void>(cached.drain_some(cache)); break;
            default:
                test::must(cached.drain(cache));
                UNSIGNED_LONGS_EQUAL(0, cached.frames_in(cache));
        }
    }

    void set_closed(bool is_closed) {
        is_closed ? arena_.cached.close() : arena_.cached.open();
        is_closed_ = is_closed;
    }

    void look() {
        std::uint64_t const frame = kFirst + random_.below(kFrames);
        mm::FrameState const state = arena_.cached.inspect(FrameNumber{frame});
        auto const& there = owner(frame);
        CHECK(state.kind == (there ? mm::FrameKind::Allocated : mm::FrameKind::Free));
        CHECK(!there || state.block == *there);
        CHECK(!there || !arena_.cached.keeper(FrameNumber{frame}));
        CHECK(state.block.range().contains(FrameNumber{frame}));
    }

    void take(unsigned core) {
        unsigned const most = random_.below(50) == 0 ? 11 : 6;
        Order const order = Order::of(static_cast<unsigned>(random_.below(most)));
        auto const block = arena_.cached.allocate(arena_.caches[core], order);
        if (!block) {
            CHECK(block.error() == Error::OutOfMemory);
            return;
        }
        CHECK(block->order == order);
        UNSIGNED_LONGS_EQUAL(0, block->first.raw() % order.frame_count());
        for (std::uint64_t index = 0; index < order.frame_count(); ++index) {
            CHECK_FALSE(owner(block->first.raw() + index).has_value());
            owner(block->first.raw() + index) = *block;
        }
        taken_.push_back(*block);
    }

    void free(unsigned core) {
        std::uint64_t const index = random_.below(taken_.size());
        mm::Block const block = taken_[index];
        taken_[index] = taken_.back();
        taken_.pop_back();
        arena_.give(core, block);
        for (std::uint64_t frame = 0; frame < block.order.frame_count(); ++frame) {
            owner(block.first.raw() + frame).reset();
        }
    }

    /// What it takes to be right is seldom there.
    void free_anything(unsigned core) {
        std::uint64_t const frame = kFirst + random_.below(kFrames);
        Order const order = Order::of(static_cast<unsigned>(random_.below(8)));
        auto const& there = owner(frame);
        if (there && there->first.raw() == frame && there->order == order) {
            return;
        }
        Error const expected = !there                        ? Error::AlreadyFree
                               : there->first.raw() != frame ? Error::InsideBlock
                                                             : Error::WrongOrder;
        auto const outcome = arena_.cached.free(arena_.caches[core], FrameNumber{frame}, order);
        CHECK_FALSE(static_cast<bool>(outcome));
        CHECK(outcome.error() == expected);
    }

    std::optional<mm::Block>& owner(std::uint64_t frame) { return owners_[frame - kFirst]; }

    test::CachedArena arena_{kFirst, kFrames, kCores};
    mm::Random random_;
    std::vector<std::optional<mm::Block>> owners_ = std::vector<std::optional<mm::Block>>(kFrames);
    std::vector<mm::Block> taken_;
    bool is_filling_ = true;
    bool is_closed_ = false;
};

}  // namespace

TEST_GROUP(CachedBuddiesRandom){};

TEST(CachedBuddiesRandom, NothingIsLostOrGivenTwice) {
    std::uint64_t const runs = test::depth() == test::Depth::Everyday ? 40 : 400;
    for (std::uint64_t seed = 1; seed <= runs; ++seed) {
        Cores cores{seed};
        for (unsigned step = 0; step < 5000; ++step) {
            cores.call();
            if (step % 100 == 0) {
                CHECK(cores.is_sound());
            }
        }
        cores.free_all();
        CHECK(cores.is_whole_again());
    }
}
