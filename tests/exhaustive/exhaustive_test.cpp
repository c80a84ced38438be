// SPDX-License-Identifier: MIT
//
// exhaustive_test NAME
//
// Goes through every state of a small buddy allocator and makes every call in each, right or wrong.
// Exit status 0 if every answer was the model's and there were as many states as there must be.

#include "tests/exhaustive/named_tests.hpp"
#include "tests/exhaustive/one_zone.hpp"
#include "tests/exhaustive/report.hpp"

#include <array>
#include <cstdint>

namespace {

using exhaustive::explore;
using exhaustive::is_deep;
using exhaustive::Layout;
using exhaustive::OneZone;
using exhaustive::Repertoire;

bool explore_zone(char const* what, Layout const& layout, Repertoire repertoire) {
    return explore(what, OneZone{layout, repertoire}, states_of(layout, repertoire));
}

/// The blocks of 2, 4, 8 and 16 frames, wherever in a run and in the largest block they lie.
bool frames() {
    struct Row {
        char const* what = nullptr;
        Layout layout{};
        std::uint64_t states = 0;
    };
    std::array const rows{
        Row{"2 frames",  {.first_unit = 62, .units = 2},    5      },
        Row{"4 frames",  {.first_unit = 0, .units = 4},     26     },
        Row{"8 frames",  {.first_unit = 1016, .units = 8},  677    },
        Row{"16 frames", {.first_unit = 2064, .units = 16}, 458'330},
    };
    for (Row const& row : rows) {
        if (!explore(row.what, OneZone{row.layout, Repertoire::Blocks}, row.states)) {
            return false;
        }
    }
    return true;
}

/// Every range, right or wrong; frames can be reserved too, and so there are more states.
bool ranges() {
    return explore("8 frames",
                   OneZone{
                       {.first_unit = 8, .units = 8},
                       Repertoire::Ranges
    },
                   10'202) &&
           explore_zone("8 blocks of 16 frames", {.first_unit = 2, .units = 8, .unit_order = 4},
                        Repertoire::Ranges) &&
           explore_zone("8 half runs", {.first_unit = 16, .units = 8, .unit_order = 5},
                        Repertoire::Ranges) &&
           explore_zone("8 blocks of 2 runs", {.first_unit = 8, .units = 8, .unit_order = 7},
                        Repertoire::Ranges) &&
           explore_zone("4 largest blocks in halves",
                        {.first_unit = 2, .units = 8, .unit_order = 9}, Repertoire::Ranges);
}

/// The orders above a run's: 6 to 10.
bool runs() {
    return explore_zone("8 half runs", {.first_unit = 8, .units = 8, .unit_order = 5},
                        Repertoire::Blocks) &&
           explore_zone("8 runs", {.first_unit = 8, .units = 8, .unit_order = 6},
                        Repertoire::Blocks) &&
           explore_zone("8 blocks of 2 runs", {.units = 8, .unit_order = 7}, Repertoire::Blocks) &&
           (!is_deep() || explore_zone("16 runs", {.first_unit = 16, .units = 16, .unit_order = 6},
                                       Repertoire::Blocks));
}

/// Ends that are not aligned, and reserved frames inside.
bool uneven() {
    return explore_zone("7 frames from 1 on",
                        {
                            .first_unit = 1, .units = 7
    },
                        Repertoire::Ranges) &&
           explore_zone("8 frames across two runs", {.first_unit = 61, .units = 8},
                        Repertoire::Ranges) &&
           explore_zone("8 frames across two largest blocks", {.first_unit = 1019, .units = 8},
                        Repertoire::Ranges) &&
           explore_zone("14 frames from 1 on, 5 and 6 reserved",
                        {.first_unit = 1, .units = 14, .holes = {5, 6}}, Repertoire::Blocks) &&
           explore_zone("16 frames across two runs, 64 reserved",
                        {.first_unit = 55, .units = 16, .holes = {64}}, Repertoire::Blocks) &&
           explore_zone("7 half runs from 1 on", {.first_unit = 1, .units = 7, .unit_order = 5},
                        Repertoire::Ranges);
}

}  // namespace

int main(int argc, char** argv) {
    return exhaustive::run_named<>(
        argc == 2 ? argv[1] : nullptr,
        {
            {"frames", frames},
            {"ranges", ranges},
            {"runs",   runs  },
            {"uneven", uneven}
    });
}
