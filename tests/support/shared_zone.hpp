// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/zone.hpp"

#include "tests/support/arena.hpp"
#include "tests/support/caches.hpp"

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

namespace test {

/// Cores that take turns: one at a time is `now`. Those that are called answer when the one that
/// called has looked twice whether they have.
class TurnsOfCores final : public mm::CacheOwners {
public:
    explicit TurnsOfCores(std::vector<mm::Zone*> const& zones) : zones_{zones} {}

    Pin pin() override {
        ++masked;
        if (masked == 1 && !called.empty() && ++looks_ % 3 == 0) {
            unsigned const who = called.back();
            called.pop_back();
            answer_on(who);
        }
        return {now, 0};
    }
    void unpin(Pin /*pin*/) override { --masked; }

    bool call(unsigned core) override {
        if (masked != 0) {
            give_up("a core waits for another one with interrupts masked");
        }
        ++calls;
        if (core != sleeps_for_ever && core != hangs) {
            called.push_back(core);
        }
        return core != sleeps_for_ever;
    }

    std::uint64_t deadline() override { return waits + patience; }
    void keep_waiting(unsigned core, std::uint64_t deadline) override {
        waited_for = core;
        kernel::require(++waits <= deadline, "a core that is called answers");
    }

    void answer_on(unsigned who) {
        unsigned const before = std::exchange(now, who);
        int const masked_before = std::exchange(masked, 0);
        for (mm::Zone* const zone : zones_) {
            zone->shared()->answer();
        }
        now = before;
        masked = masked_before;
    }

    unsigned now = 0;
    unsigned sleeps_for_ever = 99;
    unsigned hangs = 99;  ///< It runs, and never answers.
    int masked = 0;
    std::vector<unsigned> called;  ///< And have not answered yet.
    unsigned calls = 0;
    std::uint64_t waits = 0;
    std::uint64_t patience = 100;
    unsigned waited_for = 99;

private:
    std::vector<mm::Zone*> zones_;
    unsigned looks_ = 0;
};

/// A zone, all free, that three cores share.
struct SharedZone {
    static constexpr mm::FrameRange kSpan = frames(0, 1024);

    explicit SharedZone(mm::FrameRange all = kSpan) : span{all} {
        must(zone.buddies().release(span));
        zone.share(buddies);
    }

    mm::FrameRange take(unsigned core, unsigned order = 0) {
        cores.now = core;
        return must(zone.allocate(mm::Order::of(order)));
    }
    void give(unsigned core, mm::FrameRange block) {
        cores.now = core;
        must(zone.free_frames(block));
    }
    std::uint64_t cached() const { return zone.statistics().cached; }

    mm::FrameRange span;
    std::array<mm::FrameRange, 1> ram{span};
    std::vector<std::uint64_t> metadata =
        std::vector<std::uint64_t>(mm::BuddyAllocator::metadata_words(span));
    mm::Zone zone{"early", span, ram, metadata};
    std::vector<mm::CoreCache> caches = std::vector<mm::CoreCache>(3);
    std::vector<std::uint64_t> loans =
        std::vector<std::uint64_t>(mm::CachedBuddies::metadata_words(span, 3));
    CountedLock lock;
    CountedLock watch_lock;
    TurnsOfCores cores{{&zone}};
    mm::SharedBuddies buddies{
        zone.buddies(), caches, loans, {lock, watch_lock, cores}
    };
};

}  // namespace test
