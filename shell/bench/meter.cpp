// SPDX-License-Identifier: MIT
#include "shell/bench/meter.hpp"

namespace shell {

using bench::Place;
using bench::Row;

/// One call of a row.
struct Meter::Call {
    enum class What : std::uint8_t { Begin, Allocate, Free };

    Row const* row = nullptr;
    What what = What::Begin;
    unsigned order = 0;
    Place place = bench::kNone;
    bench::Space const* space = nullptr;

    void operator()() {
        switch (what) {
            case What::Begin: row->begin(*space); return;
            case What::Allocate: place = row->allocate(order); return;
            case What::Free: row->free(place, order); return;
        }
    }

    /// Leaves out all but the row's function: of these here, the `own` instructions remain.
    [[gnu::noinline]] static Stopwatch stopwatch(kernel::Cpu const& cpu, What what,
                                                 std::uint64_t own) {
        static constexpr Row kNothing{.name = "",
                                      .largest_order = 0,
                                      .is_shared = false,
                                      .touches_frames = false,
                                      .own_bytes = 0,
                                      .bytes_per_core = 0,
                                      .metadata_words = nullptr,
                                      .begin = nullptr,
                                      .become_core = nullptr,
                                      .allocate = [](unsigned) { return bench::kNone; },
                                      .free = [](Place, unsigned) {},
                                      .drain = nullptr};
        return Stopwatch{
            cpu, Call{.row = &kNothing, .what = what},
             own
        };
    }
};

Meter::Meter(Room const& room, BenchTable& table, kernel::Cpu& cpu, kernel::Lock* lock)
    : room_{room},
      table_{table},
      cpu_{cpu},
      lock_{lock},
      allocations_{Call::stopwatch(cpu, Call::What::Allocate, 2), Samples{room.allocation_costs()}},
      frees_{Call::stopwatch(cpu, Call::What::Free, 1), Samples{room.free_costs()}} {
    for (unsigned number = 0; number < cores_.size(); ++number) {
        cores_[number].number = number;
    }
}

Meter::~Meter() { bench::become(nullptr); }

void Meter::begin(Row const& row, std::uint64_t frames, unsigned cores) {
    row_ = &row;
    bench::Space space = room_.space_for(row, frames);
    space.cores = cores;
    space.lock = lock_;
    Call call{.row = row_, .what = Call::What::Begin, .space = &space};
    set_up_ = frees_.stopwatch.cost_of(call);
    become_core(0);
    forget();
}

void Meter::become_core(unsigned number) {
    bench::become(&cores_[number]);
    row_->become_core(number);
}

Place Meter::allocate(unsigned order) {
    return measure(allocations_, {.row = row_, .what = Call::What::Allocate, .order = order});
}

void Meter::free(Place place, unsigned order) {
    measure(frees_, {.row = row_, .what = Call::What::Free, .order = order, .place = place});
}

Place Meter::measure(Kind& kind, Call call) {
    kernel::InterruptsMasked const masked{cpu_};
    kind.samples.add(kind.stopwatch.cost_of(call));
    return call.place;
}

void Meter::report(std::string_view measure) {
    allocations_.samples.sort();
    frees_.samples.sort();
    table_.add(measure, allocations_.samples, frees_.samples);
    forget();
}

void Meter::forget() {
    allocations_.samples.clear();
    frees_.samples.clear();
}

}  // namespace shell
