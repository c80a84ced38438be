// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/early_window.hpp"
#include "kernel/mm/fault_plan.hpp"
#include "kernel/mm/memory_map.hpp"
#include "kernel/mm/tlb_control.hpp"
#include "kernel/mm/zone.hpp"

#include "tests/simulation/bit_frames.hpp"

#include <string>
#include <utility>
#include <vector>

namespace simulation {

/// Why a call was refused; none if it was not.
std::optional<Error> error_of(auto const& result) {
    return result ? std::nullopt : std::optional{result.error()};
}

/// What was done.
struct Tally {
    std::uint64_t calls = 0;     ///< Calls whose outcome was compared,
    std::uint64_t refusals = 0;  ///< those of them that were refused, and had to be,
    std::uint64_t struck = 0;    ///< those that a plan made fail,
    std::uint64_t flips = 0;     ///< and flipped bits that were found.

    Tally& operator+=(Tally const& other) {
        calls += other.calls;
        refusals += other.refusals;
        struck += other.struck;
        flips += other.flips;
        return *this;
    }
};

/// What went wrong first, and how much was compared.
class Judge {
public:
    /// A call on an allocator was made, and this was compared.
    void call(bool agrees, char const* what) {
        ++tally.calls;
        check(agrees, what);
    }
    /// The same of a call that answers with an error, or none.
    void answer(std::optional<Error> got, std::optional<Error> expected, char const* what) {
        tally.refusals += expected ? 1U : 0U;
        call(got == expected, what);
    }
    void check(bool agrees, char const* what) {
        if (!agrees && failure_.empty()) {
            failure_ = what;
        }
    }
    bool has_failed() const { return !failure_.empty(); }
    std::string const& failure() const { return failure_; }

    Tally tally;

private:
    std::string failure_;
};

class NoTlb final : public mm::TlbControl {
public:
    void after_map() override {}
    void invalidate(kernel::VirtAddr, std::uint64_t) override {}
};

/// A memory map with banks, holes, reservations and odd ends; what lies below `window_end` is
/// early.
struct Layout {
    explicit Layout(std::uint64_t seed);

    mm::FrameNumber window_first{0};
    mm::FrameNumber window_end{0};
    mm::MemoryMap map;
};

/// A zone with its metadata, and what it must be.
struct ZoneWithModel {
    ZoneWithModel(char const* name, mm::MemoryMap::Ranges const& all,
                  mm::MemoryMap::Ranges const& usable);

    /// `error` of a call on `range` as a zone words it: what is reserved may be no RAM at all.
    std::optional<Error> worded(std::optional<Error> error, FrameRange range) const;

    mm::MemoryMap::Ranges ram;
    std::vector<std::uint64_t> metadata;
    mm::Zone zone;
    BitFrames model;
};

/// The early frames of page tables and the heap: each is compared as it comes and goes.
class WatchedFrames final : public mm::EarlyFrameSource {
public:
    // NOLINTNEXTLINE(readability-function-size): what it watches, and with what it compares.
    WatchedFrames(ZoneWithModel& early, mm::FaultPlan& plan, mm::FaultPlan& expected, Judge& judge)
        : source_{early.zone, &plan}, model_{early.model}, expected_{expected}, judge_{judge} {}

    kernel::Result<mm::EarlyFrame> allocate() override;
    void free(mm::EarlyFrame frame) override;

    /// Whether a frame was refused since the last time this was asked.
    bool take_refusal() { return std::exchange(was_refused_, false); }
    std::uint64_t outstanding() const { return outstanding_; }

private:
    mm::EarlyZoneFrames source_;
    BitFrames& model_;
    mm::FaultPlan& expected_;
    Judge& judge_;
    std::uint64_t outstanding_ = 0;
    bool was_refused_ = false;
};

}  // namespace simulation
