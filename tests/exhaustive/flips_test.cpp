// SPDX-License-Identifier: MIT
//
// flips_test NAME [ONE_STATE_IN]
//
// Flips every bit of the metadata and of the counters, in every state of a small allocator or in
// one of so many, chosen by SEED. Exit status 0 if verify() found each, and if the calls that were
// then made on the damaged allocator ended, wrote nowhere else, and gave away little that was not
// theirs.

#include "tests/exhaustive/flips.hpp"

#include "tests/exhaustive/account.hpp"
#include "tests/exhaustive/named_tests.hpp"
#include "tests/exhaustive/one_zone.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>

namespace {

using exhaustive::Account;
using exhaustive::BlockSet;
using exhaustive::Flip;
using exhaustive::Layout;
using exhaustive::NamedTest;
using exhaustive::OneZone;
using exhaustive::Repertoire;
using exhaustive::Sample;
using mm::FrameCall;
using mm::FrameNumber;
using mm::FrameOutcome;
using mm::FrameRange;
using mm::Order;

/// Makes calls on a damaged allocator of 8 units.
class Damaged {
public:
    Damaged(OneZone& world, unsigned unit_order) : world_{world}, unit_order_{unit_order} {}

    Account allocations{};
    Account frees{};

    /// Words of what no damage may lead to; null if all went well. `damage` puts the damage in
    /// place again after each call.
    template <typename Damage>
    char const* use(Flip flip, Damage damage) {
        what_ = nullptr;
        FrameRange const span = world_.model().span();
        for (unsigned units = 0; units <= 3; ++units) {
            Order const order = Order::of(unit_order_ + units);
            FrameOutcome const got =
                make({.kind = FrameCall::Kind::Allocate, .order = order}, damage);
            allocations.add(flip, got.error, !got.error && !is_free(got.frames));
            for (std::uint64_t unit = 0; unit < 8; ++unit) {
                FrameNumber const first = span.first + (unit << unit_order_);
                FrameCall const call{
                    .kind = FrameCall::Kind::Free, .range = {first, first},
                         .order = order
                };
                BlockSet model = world_.model();
                FrameOutcome const freed = make(call, damage);
                frees.add(flip, freed.error, !freed.error && call.make_on(model).error);
            }
        }
        use_ranges(span, damage);
        ask(span);
        return what_;
    }

private:
    template <typename Damage>
    FrameOutcome make(FrameCall const& call, Damage damage) {
        FrameOutcome const outcome = call.make_on(*world_.image());
        if (!world_.image().guards_hold()) {
            what_ = "a call wrote beside the metadata";
        }
        if (!outcome.error && call.kind != FrameCall::Kind::Free &&
            !world_.model().span().contains(outcome.frames)) {
            what_ = "frames outside the span were handed out";
        }
        damage();
        return outcome;
    }

    template <typename Damage>
    void use_ranges(FrameRange span, Damage damage) {
        using Kind = FrameCall::Kind;
        for (Kind const kind :
             {Kind::Release, Kind::Reserve, Kind::AllocateRange, Kind::FreeFrames}) {
            make({.kind = kind, .range = span}, damage);
            make(
                {
                    .kind = kind, .range = {span.first + 1, span.end}
            },
                damage);
        }
        make({.kind = Kind::AllocateFrames, .count = std::uint64_t{3} << unit_order_}, damage);
        make({.kind = Kind::AllocateFrames, .count = 1, .alignment = 2048}, damage);
    }

    /// Everything that can be asked of it ends.
    void ask(FrameRange span) {
        mm::BuddyAllocator const& damaged = *world_.image();
        for (FrameNumber frame = span.first; frame < span.end;
             frame = frame + (std::uint64_t{1} << unit_order_)) {
            static_cast<void>(damaged.inspect(frame));
        }
        static_cast<void>(damaged.free_blocks());
        static_cast<void>(damaged.largest_free());
        static_cast<void>(damaged.hash());
    }

    bool is_free(FrameRange frames) const {
        FrameRange const span = world_.model().span();
        return span.contains(frames) &&
               std::ranges::all_of(world_.model().pieces(), [frames](BlockSet::Piece piece) {
                   return piece.kind == mm::FrameKind::Free || !frames.overlaps(piece.range());
               });
    }

    OneZone& world_;
    unsigned unit_order_;
    char const* what_ = nullptr;
};

/// The flips in an arena of 8 units, and what came of the calls that were made on each.
bool flip_zone(Layout const& layout, Sample sample) {
    OneZone world{layout, Repertoire::Blocks};
    Damaged damaged{world, layout.unit_order};
    bool const found = exhaustive::flip_all(world, {exhaustive::buddy_counters(0)}, sample,
                                            [&damaged](Flip flip, auto damage) {
                                                char const* what = damaged.use(flip, damage);
                                                if (what != nullptr) {
                                                    std::printf("FAILED: %s\n", what);
                                                }
                                                return what == nullptr;
                                            });
    if (!found) {
        return false;
    }
    return exhaustive::is_bounded(damaged.allocations, damaged.frees);
}

bool frames(Sample sample) { return flip_zone({.first_unit = 1016, .units = 8}, sample); }

/// Orders 7 to 10, and blocks of single frames across the end of a largest block.
bool more_frames(Sample sample) {
    return flip_zone({.first_unit = 8, .units = 8, .unit_order = 7}, sample) &&
           flip_zone({.first_unit = 1021, .units = 8}, sample);
}

}  // namespace

int main(int argc, char** argv) {
    return exhaustive::run_named(
        argc > 1 ? argv[1] : nullptr,
        {
            NamedTest<Sample>{"frames",      frames     },
            NamedTest<Sample>{"more_frames", more_frames}
    },
        Sample{argc > 2 ? argv[2] : nullptr});
}
