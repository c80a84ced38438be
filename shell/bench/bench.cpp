// SPDX-License-Identifier: MIT
// What the frame allocator costs beside others, on the core that the command runs on: all of them
// are given the same frames of the early zone.
#include "kernel/mm/early_window.hpp"
#include "kernel/mm/fault_plan.hpp"
#include "kernel/mm/frame_allocator.hpp"
#include "kernel/units.hpp"
#include "shell/bench/bench_table.hpp"
#include "shell/bench/meter.hpp"
#include "shell/bench/room.hpp"
#include "shell/bench/suite.hpp"
#include "shell/handlers.hpp"
#include "shell/machine.hpp"
#include "shell/rows/row.hpp"

#include <array>
#include <atomic>
#include <span>

namespace shell {
namespace {

using kernel::Error;
using kernel::Result;

constexpr std::uint64_t kMostFrames = 64 * kernel::kMiB / mm::kFrameBytes;
constexpr std::uint64_t kLeastFrames = 8 * kernel::kMiB / mm::kFrameBytes;
constexpr bench::Lengths kLengths{.pairs = 500, .mixed_steps = 4000};

/// The rows' state is static: they serve one at a time.
constinit std::atomic<bool> is_running = false;

/// The early frames of a room, as large as there can be.
struct Taken {
    mm::Allocation memory;
    std::uint64_t frames;  ///< For the rows.
};

Result<Taken> take(Call& call) {
    std::uint64_t const alignment = mm::Order::of(mm::Order::kMax).frame_count();
    for (std::uint64_t frames = kMostFrames;; frames /= 2) {
        auto const memory = call.machine.frames.allocate(
            {.count = Room::size(frames), .alignment = alignment, .zone = mm::ZoneId::Early});
        if (memory) {
            return Taken{*memory, frames};
        }
        bool const is_on_purpose = call.machine.faults.struck() != call.struck_before;
        if (is_on_purpose || memory.error() == Error::Corrupt || frames == kLeastFrames) {
            return memory.error();
        }
    }
}

/// How many blocks of 2 MiB can be had of memory that has been used for long.
std::uint64_t worn(bench::Row const& row, std::span<bench::Place> places) {
    bench::PlainCalls const calls{row};
    bench::fill(calls, places);
    auto const freed = places.subspan(bench::wear(calls, places).size());
    row.drain();
    return bench::huge_blocks(calls, freed);
}

/// One row after the other. False if Ctrl-C ended it.
bool measure(Call& call, Room const& room) {
    BenchTable table{call, room.frames()};
    auto* const shared = call.machine.frames.zone(mm::ZoneId::Early).shared();
    Meter meter{room, table, call.machine.cpu,
                shared == nullptr ? nullptr : &shared->sharing().lock};
    bench::Suite suite{meter, room.places(), room.orders(), kLengths};
    auto const rows = bench::rows();
    auto row = rows.begin();
    for (; row != rows.end() && !is_interrupted(call); ++row) {
        table.begin_row(row->name);
        suite.run(*row);
        meter.begin(*row, room.frames(), 1);
        std::uint64_t const bytes = row->bytes_for(room.range(), bench::kMostCores);
        std::array figures{
            Figure{"set_up", meter.set_up()},
            Figure{"bytes",  bytes         },
            Figure{"worn",   0             }
        };
        bool const has_blocks = row->largest_order >= bench::kHuge;
        if (has_blocks) {
            figures[2].value = worn(*row, room.places());
        }
        table.end_row(std::span{figures}.first(has_blocks ? 3 : 2));
    }
    table.end();
    return row == rows.end();
}

Outcome run(Call& call) {
    auto const taken = take(call);
    if (!taken) {
        return fail(call, call.command.name, taken.error(), "{} of early frames in a row would do",
                    kernel::Size{Room::size(kLeastFrames) * mm::kFrameBytes});
    }
    Room const room{call.machine.early_window, mm::EarlyFrame{taken->memory.frames.first},
                    taken->frames};
    bool const is_whole = measure(call, room);
    bool const is_given_back{call.machine.frames.free(taken->memory)};
    kernel::require(is_given_back, "what was taken can be given back");
    return is_whole ? Outcome::Success : interrupted(call);
}

}  // namespace

Outcome run_bench(Call& call) {
    if (is_running.exchange(true)) {
        return fail(call, call.command.name, "runs on another core already");
    }
    Outcome const outcome = run(call);
    is_running.store(false);
    return outcome;
}

}  // namespace shell
