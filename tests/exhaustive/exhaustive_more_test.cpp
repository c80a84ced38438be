// SPDX-License-Identifier: MIT
//
// exhaustive_more_test NAME
//
// exhaustive_test for what is built on the buddy allocator: both zones, the heap, the virtual
// space.

#include "tests/exhaustive/named_tests.hpp"
#include "tests/exhaustive/report.hpp"
#include "tests/exhaustive/small_heap.hpp"
#include "tests/exhaustive/small_space.hpp"
#include "tests/exhaustive/two_zones.hpp"

namespace {

using exhaustive::explore;
using exhaustive::SmallHeap;
using exhaustive::SmallSpace;
using exhaustive::TwoZones;

/// 2,600 states: 26 of the early zone, and of the late one 2 * 5 * 10.
bool zones() { return explore("two zones", TwoZones{}, 2'600); }

/// 20 states of each page: unused, one whole page, 3 sets of slots of 2 KiB, 15 of 1 KiB. With both
/// pages of a block an object of two, 20 more. Where two pages only can have memory, the third is
/// used by no more than that object.
bool heap() {
    return explore("3 pages", SmallHeap{0x40000, 3}, 8'020) &&
           explore("3 pages, uneven", SmallHeap{0x40001, 3}, 8'020) &&
           explore("3 pages, 2 of them with memory", SmallHeap{0x40001, 2}, 401);
}

/// No formula gives these numbers: they were found, and must not change unseen.
bool virtual_space() {
    return explore("16 pages", SmallSpace{0x40000, 16}, 44'852) &&
           explore("13 pages, uneven", SmallSpace{0x40003, 13}, 6'484);
}

}  // namespace

int main(int argc, char** argv) {
    return exhaustive::run_named<>(
        argc == 2 ? argv[1] : nullptr,
        {
            {"zones",         zones        },
            {"heap",          heap         },
            {"virtual_space", virtual_space}
    });
}
