// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/order.hpp"
#include "kernel/mm/trial/random.hpp"
#include "kernel/require.hpp"
#include "shell/bench/trace.hpp"
#include "shell/bench/workloads.hpp"
#include "shell/rows/row.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace bench {

/// How long the workloads are that could go on for ever.
struct Lengths {
    std::uint64_t pairs;
    std::uint64_t mixed_steps;
};

/// All workloads of one core, on one row after the other. Their calls go through a `Meter`, which
/// knows what each costs:
///
///     begin(row, frames, cores)     the row begins, and this is its core 0
///     become_core(number)           now it is that one
///     Place allocate(order)
///     free(place, order)
///     report(measure)               of all calls since the last report
///     report_before(measure)        the same, of those that lead to a measure
///     note_refusal()                there was no such block, where a quarter of memory was free
template <typename Meter>
class Suite {
public:
    /// `places` and `orders` have room for every frame that there is.
    Suite(Meter& meter, std::span<Place> places, std::span<std::uint8_t> orders, Lengths lengths)
        : meter_{&meter}, places_{places}, orders_{orders}, lengths_{lengths} {}

    void run(Row const& row) {
        single_frames(row);
        whole_memory(row);
        if (row.is_shared) {
            free_elsewhere(row);
        }
        if (row.largest_order >= MixedTrace::kLargestOrder) {
            large_blocks(row);
            mixed(row);
        }
    }

private:
    struct Calls {
        Meter* meter;

        Place allocate(unsigned order) const { return meter->allocate(order); }
        void free(Place place, unsigned order) const { meter->free(place, order); }
    };

    Calls calls() const { return {meter_}; }
    void begin(Row const& row, unsigned cores = 1) { meter_->begin(row, places_.size(), cores); }

    /// Pairs, once the first have left behind what they leave behind.
    void steady_pairs(std::string_view measure, unsigned order) {
        pairs(calls(), lengths_.pairs / 10, order);
        meter_->report_before(measure);
        pairs(calls(), lengths_.pairs, order);
        meter_->report(measure);
    }

    void single_frames(Row const& row) {
        begin(row);
        steady_pairs("fresh", 0);

        begin(row);
        scatter(calls(), places_);
        steady_pairs("warm", 0);
        batches(calls(), lengths_.pairs / kBatch, places_.first(kBatch));
        meter_->report("batch");

        meter_->begin(row, mm::Order::of(mm::Order::kMax).frame_count(), 1);
        steady_pairs("one block", 0);
    }

    void whole_memory(Row const& row) {
        begin(row);
        bool const got_all = fill(calls(), places_) == places_.size();
        kernel::require(got_all, "every frame can be taken");
        meter_->report("fill");
        free_each(calls(), places_);
        meter_->report("free in order");
        fill(calls(), places_);
        mm::Random random{1};
        shuffle(places_, random);
        meter_->report_before("free at random");
        free_each(calls(), places_);
        meter_->report("free at random");
        fill(calls(), places_);
        meter_->report("fill again");
    }

    /// What one core takes, another frees.
    void free_elsewhere(Row const& row) {
        begin(row, 2);
        scatter(calls(), places_);
        meter_->report_before("free elsewhere");
        for (std::uint64_t i = 0; i < lengths_.pairs; ++i) {
            meter_->become_core(0);
            Place const place = meter_->allocate(0);
            meter_->become_core(1);
            meter_->free(place, 0);
        }
        meter_->report("free elsewhere");
    }

    void large_blocks(Row const& row) {
        begin(row);
        // The rest has an odd number of them: not all of memory is whole again after each pair.
        kernel::require(row.allocate(kHuge) != kNone, "there is a block of 2 MiB");
        steady_pairs("order 9", kHuge);
    }

    void mixed(Row const& row) {
        begin(row);
        MixedTrace trace{places_.size() / 4 * 3, orders_, 1};
        while (!trace.is_full()) {
            step(trace);
        }
        meter_->report_before("mixed");
        for (std::uint64_t i = 0; i < lengths_.mixed_steps; ++i) {
            step(trace);
        }
        meter_->report("mixed");
    }

    void step(MixedTrace& trace) {
        Step const next = trace.next();
        if (!take_step(calls(), next, places_, trace.held())) {
            meter_->note_refusal();
        }
    }

    static constexpr std::size_t kBatch = 32;

    Meter* meter_;
    std::span<Place> places_;
    std::span<std::uint8_t> orders_;
    Lengths lengths_;
};

}  // namespace bench
