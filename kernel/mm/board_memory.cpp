// SPDX-License-Identifier: MIT
#include "kernel/mm/board_memory.hpp"

#include "kernel/units.hpp"

#include <algorithm>

namespace mm {
namespace {

using kernel::Error;
using kernel::PhysAddr;
using kernel::PhysRange;
using kernel::Result;

constexpr PhysRange kFirmware{PhysAddr{0}, PhysAddr{512 * kernel::kKiB}};

// In the order of who knows best: where two overlap, the first keeps what it has.
Result<void> reserve_all(MemoryMap& map, kernel::Board const& board, MemoryFacts const& facts) {
    PhysRange const image = facts.image;
    if (image.begin.raw() < kernel::kGiB) {  // RAM begins at 0: a Pi.
        if (auto const outcome =
                map.reserve({kFirmware, RegionOwner::Firmware, "firmware", Mappable::No});
            !outcome) {
            return outcome;
        }
    }
    if (auto const outcome = map.reserve({image, RegionOwner::KernelImage, "kernel image"});
        !outcome) {
        return outcome;
    }
    if (board.initrd) {
        if (auto const outcome = map.reserve({*board.initrd, RegionOwner::Initrd, "initrd"});
            !outcome) {
            return outcome;
        }
    }
    for (kernel::ReservedMemory const& reserved : board.reserved) {
        bool const is_child = reserved.name != "/memreserve/";
        auto const outcome = map.reserve(
            {reserved.range, is_child ? RegionOwner::ReservedMemory : RegionOwner::MemoryReserve,
             reserved.name, reserved.no_map ? Mappable::No : Mappable::Yes});
        if (!outcome) {
            return outcome;
        }
    }
    for (PhysRange const bad : facts.bad_ram) {
        // Where the map is full more is reserved than was asked for: better than to hand it out.
        (void)map.reserve({bad, RegionOwner::BadMemory, "bad: badram="});
    }
    return {};
}

bool has_usable(MemoryMap const& map) {
    return std::ranges::any_of(map.regions(),
                               [](Region const& region) { return region.is_usable(); });
}

}  // namespace

std::optional<PhysRange> memory_limit(Result<PhysRange> const& answer, TreeOrigin origin) {
    if (answer) {
        return *answer;
    }
    return origin == TreeOrigin::BuiltIn ? std::optional{kLeastPiMemory} : std::nullopt;
}

Result<bool> describe_memory(MemoryMap& map, kernel::Board const& board, MemoryFacts const& facts) {
    for (PhysRange const bank : board.ram) {
        if (auto const outcome = map.add_ram(bank); !outcome) {
            return outcome.error();
        }
    }
    bool agreed = true;
    if (facts.limit) {
        auto const outcome = map.clip_below(kFirmwareCeiling, *facts.limit);
        if (!outcome) {
            return outcome.error();
        }
        agreed = *outcome;
    }
    if (auto const outcome = reserve_all(map, board, facts); !outcome) {
        return outcome.error();
    }
    if (!has_usable(map)) {
        return Error::TreeNoMemory;
    }
    return agreed;
}

}  // namespace mm
