// SPDX-License-Identifier: MIT
//
// cores_test NAME [ONE_STATE_IN]
//
// cores: exhaustive_test for two cores with caches in front of a zone of a run or two.
// caches, more_caches: flips_test for the same, in one state of so many.

#include "tests/exhaustive/account.hpp"
#include "tests/exhaustive/flips.hpp"
#include "tests/exhaustive/named_tests.hpp"
#include "tests/exhaustive/report.hpp"
#include "tests/exhaustive/two_cores.hpp"
#include "tests/support/cache_words.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <vector>

namespace {

using exhaustive::Account;
using exhaustive::BlockSet;
using exhaustive::CachesUnderTest;
using exhaustive::Flip;
using exhaustive::Image;
using exhaustive::Layout;
using exhaustive::NamedTest;
using exhaustive::OwnWords;
using exhaustive::Sample;
using exhaustive::TwoCores;
using kernel::Result;
using mm::FrameNumber;
using mm::FrameRange;
using mm::Order;

/// A zone, and how many states it has behind caches: no formula gives these numbers. They were
/// found, and must not change unseen.
struct Arena {
    char const* what = nullptr;
    Layout layout{};
    unsigned largest = 0;
    std::uint64_t states = 0;
};

Arena halves() {
    return {
        "1 run in halves", {.units = 2, .unit_order = 5},
         6, 88
    };
}
Arena quarters() {
    return {
        "1 run in quarters", {.first_unit = 4, .units = 4, .unit_order = 4},
         6, 4'000
    };
}
Arena uneven() {
    return {
        "1 run and a half", {.first_unit = 1, .units = 3, .unit_order = 5},
         6, 704
    };
}
Arena two_runs() {
    return {
        "2 runs in halves", {.units = 4, .unit_order = 5},
         7, 27'832
    };
}
Arena eighths() {
    return {
        "1 run in eighths", {.units = 8, .unit_order = 3},
         6, 79'490
    };
}
/// Ten minutes.
Arena three_runs() {
    return {
        "3 runs in halves", {.units = 6, .unit_order = 5},
         7, 2'867'922
    };
}

bool explore(Arena const& arena) {
    return exhaustive::explore(arena.what, TwoCores{arena.layout, arena.largest}, arena.states);
}

bool cores(Sample /*of flips*/) {
    return explore(halves()) && explore(quarters()) && explore(uneven()) && explore(two_runs()) &&
           (!exhaustive::is_deep() || explore(eighths())) &&
           (!exhaustive::is_deepest() || explore(three_runs()));
}

struct ProvenWords {
    OwnWords own;
    std::vector<std::size_t> pointers{};  ///< Those counters that are pointers.

    bool is_pointer(std::size_t index) const {
        return std::ranges::find(pointers, index) != pointers.end();
    }
};

/// What is proven of two cores and their zone, each by its index among the words of all three. The
/// rest says where tables lie, or nothing of what is free: where a core goes on to look, whether
/// it is asked for all it keeps, whether caches are closed.
ProvenWords proven_words(Image<CachesUnderTest>& image) {
    auto const index_of = [&image](auto const& part) {
        auto const* const first = reinterpret_cast<std::uint64_t const*>(&part);
        return static_cast<std::size_t>(first - image.own_words().data());
    };
    ProvenWords words{{exhaustive::buddy_counters(index_of(image->buddies))}};
    OwnWords& own = words.own;
    for (mm::CoreCache const& cache : image->caches) {
        std::size_t const first = index_of(cache);
        for (std::size_t word = 0; word < test::kCurrentRuns; ++word) {
            own.counters.push_back(first + word);
        }
        for (std::size_t order = 0; order < test::kOrders; ++order) {
            words.pointers.push_back(first + test::kBlocks + order);
        }
        for (std::size_t const word :
             {test::kKept, test::kReturned, test::kBorrowed, test::kAbandoned, test::kNothing}) {
            own.counters.push_back(first + word);
        }
        for (std::size_t const word : {test::kWhole, test::kCollected, test::kNext, test::kAsked}) {
            own.hints.push_back(first + word);
        }
    }
    // How often caches were closed: the last word of these.
    own.hints.push_back(index_of(image->cached) + sizeof image->cached / sizeof(std::uint64_t) - 1);
    return words;
}

/// Makes calls on damaged caches.
class DamagedCaches {
public:
    DamagedCaches(TwoCores& world, Arena const& arena, ProvenWords const& words)
        : world_{world}, arena_{arena}, words_{words} {}

    Account allocations{};
    Account frees{};

    /// Words of what no damage may lead to; null if all went well. `damage` puts the damage in
    /// place again after each call.
    template <typename Damage>
    char const* use(Flip flip, Damage damage) {
        if (says_where_blocks_are(flip)) {
            return nullptr;  // Found by verify(); but a call follows it, wherever it leads.
        }
        mm::CachedBuddies& damaged = world_.image()->cached;
        for (mm::CoreCache& core : damaged.caches()) {
            for (unsigned value = arena_.layout.unit_order; value <= arena_.largest; ++value) {
                Order const order = Order::of(value);
                auto const got = damaged.allocate(core, order);
                allocations.add(flip, error_of(got), got && !is_free(got->range()));
                if (!ends_well(damage)) {
                    return "an allocation wrote beside the metadata";
                }
                for (std::uint64_t unit = 0; unit < arena_.layout.units; ++unit) {
                    FrameNumber const first =
                        arena_.layout.unit(arena_.layout.first_unit + unit).first;
                    BlockSet model = world_.model().blocks;
                    auto const freed = damaged.free(core, first, order);
                    frees.add(flip, error_of(freed), freed && !model.free(first, order));
                    if (!ends_well(damage)) {
                        return "a free wrote beside the metadata";
                    }
                }
            }
            static_cast<void>(damaged.drain(core));
            if (!ends_well(damage)) {
                return "a drain wrote beside the metadata";
            }
        }
        static_cast<void>(damaged.cached_frames());
        static_cast<void>(damaged.inspect(arena_.layout.span().first));
        return nullptr;
    }

private:
    /// True of a pointer.
    bool says_where_blocks_are(Flip flip) const {
        std::size_t const metadata = world_.image().metadata().size();
        return flip.word >= metadata &&
               words_.is_pointer(words_.own.counters[flip.word - metadata]);
    }

    template <typename T>
    static std::optional<kernel::Error> error_of(Result<T> const& result) {
        return result ? std::nullopt : std::optional{result.error()};
    }

    template <typename Damage>
    bool ends_well(Damage damage) {
        bool const holds = world_.image().guards_hold();
        damage();
        return holds;
    }

    bool is_free(FrameRange frames) const {
        BlockSet const& blocks = world_.model().blocks;
        return blocks.span().contains(frames) &&
               std::ranges::all_of(blocks.pieces(), [frames](BlockSet::Piece piece) {
                   return piece.kind == mm::FrameKind::Free || !frames.overlaps(piece.range());
               });
    }

    TwoCores& world_;
    Arena const& arena_;
    ProvenWords const& words_;
};

bool flip(Arena const& arena, Sample sample) {
    TwoCores world{arena.layout, arena.largest};
    ProvenWords const words = proven_words(world.image());
    DamagedCaches damaged{world, arena, words};
    std::printf("%s\n", arena.what);
    bool const found =
        exhaustive::flip_all(world, words.own, sample, [&damaged](Flip flip, auto damage) {
            char const* const what = damaged.use(flip, damage);
            if (what != nullptr) {
                std::printf("FAILED: %s\n", what);
            }
            return what == nullptr;
        });
    return found && exhaustive::is_bounded(damaged.allocations, damaged.frees);
}

bool caches(Sample sample) { return flip(halves(), sample) && flip(quarters(), sample); }

/// Where there is another run to go on to.
bool more_caches(Sample sample) { return flip(two_runs(), sample); }

}  // namespace

int main(int argc, char** argv) {
    return exhaustive::run_named(
        argc > 1 ? argv[1] : nullptr,
        {
            NamedTest<Sample>{"cores",       cores      },
            NamedTest<Sample>{"caches",      caches     },
            NamedTest<Sample>{"more_caches", more_caches}
    },
        Sample{argc > 2 ? argv[2] : nullptr});
}
