// SPDX-License-Identifier: MIT
// Random lists of banks and reservations against an oracle that knows every frame.
#include "kernel/mm/memory_map.hpp"
#include "kernel/mm/trial/random.hpp"

#include "tests/support/depth.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <CppUTest/TestHarness.h>

namespace {

using kernel::PhysAddr;
using kernel::PhysRange;
using mm::FrameNumber;
using mm::FrameRange;
using mm::Mappable;
using mm::MemoryMap;
using mm::Region;
using mm::RegionOwner;

constexpr std::uint64_t kLastFrame = MemoryMap::kPhysicalEnd / mm::kFrameBytes;

/// What is known of one frame.
struct FrameInfo {
    bool is_ram = false;
    RegionOwner owner = RegionOwner::Nobody;
    Mappable mappable = Mappable::Yes;

    friend bool operator==(FrameInfo const&, FrameInfo const&) = default;
};

/// The same rules, frame by frame, for `Count` frames from `first` on.
template <std::size_t Count>
class Oracle {
public:
    explicit Oracle(std::uint64_t first) : first_{first} {}

    void add_ram(PhysRange range) {
        for_each([&](FrameInfo& info, std::uint64_t begin, std::uint64_t last) {
            info.is_ram = info.is_ram || (holds(range, begin) && holds(range, last));
        });
    }

    void clip_below(std::uint64_t ceiling, PhysRange limit) {
        for_each([&](FrameInfo& info, std::uint64_t begin, std::uint64_t last) {
            bool const stays = begin >= ceiling || (holds(limit, begin) && holds(limit, last));
            info.is_ram = info.is_ram && stays;
        });
    }

    void reserve(MemoryMap::Reservation const& reservation) {
        for_each([&](FrameInfo& info, std::uint64_t begin, std::uint64_t last) {
            PhysRange const range = reservation.range;
            bool const touches =
                range.begin.raw() <= last && (range.end < range.begin || begin < range.end.raw());
            bool const takes =
                info.owner == RegionOwner::Nobody ||
                (reservation.mappable == Mappable::No && info.mappable == Mappable::Yes &&
                 info.owner != RegionOwner::KernelImage);
            if (touches && takes && info.is_ram) {
                info.owner = reservation.owner;
                info.mappable = reservation.mappable;
            }
        });
    }

    FrameRange frames() const { return {FrameNumber{first_}, FrameNumber{first_ + Count}}; }
    std::array<FrameInfo, Count> const& state() const { return state_; }

private:
    // A range whose end is below its beginning goes on to the top.
    static bool holds(PhysRange range, std::uint64_t address) {
        bool const wraps = range.end < range.begin;
        return address >= range.begin.raw() && (wraps || address < range.end.raw());
    }

    template <typename Change>
    void for_each(Change change) {
        for (std::size_t index = 0; index < Count; ++index) {
            std::uint64_t const begin = (first_ + index) * mm::kFrameBytes;
            change(state_[index], begin, begin + mm::kFrameBytes - 1);
        }
    }

    std::uint64_t first_;
    std::array<FrameInfo, Count> state_{};
};

// Sorted, disjoint, none empty, no two alike side by side.
bool is_well_formed(MemoryMap const& map) {
    Region const* previous = nullptr;
    for (Region const& region : map.regions()) {
        bool const follows =
            previous == nullptr || previous->frames.end < region.frames.first ||
            (previous->frames.end == region.frames.first && !previous->is_like(region));
        if (region.frames.empty() || region.frames.end > FrameNumber{kLastFrame} || !follows) {
            return false;
        }
        previous = &region;
    }
    return true;
}

// What the map says of each frame of the oracle.
template <std::size_t Count>
std::array<FrameInfo, Count> painted(MemoryMap const& map, Oracle<Count> const& oracle) {
    std::array<FrameInfo, Count> state{};
    FrameRange const all = oracle.frames();
    for (Region const& region : map.regions()) {
        FrameNumber const end = std::min(region.frames.end, all.end);
        for (FrameNumber frame = std::max(region.frames.first, all.first); frame < end;
             frame = frame + 1) {
            state[frame - all.first] = {true, region.owner, region.mappable};
        }
    }
    return state;
}

class Generator {
public:
    Generator(std::uint32_t seed, std::uint64_t first_frame, std::uint64_t frames)
        : random_{seed}, begin_{first_frame * mm::kFrameBytes}, bytes_{frames * mm::kFrameBytes} {}

    std::uint64_t below(std::uint64_t limit) { return random_.next() % limit; }

    // Mostly at frames, sometimes anywhere; now and then it wraps.
    PhysRange range() {
        std::uint64_t const begin = begin_ + edge(below(bytes_));
        std::uint64_t const length = edge(below(below(4) == 0 ? bytes_ : bytes_ / 8));
        if (below(50) == 0) {
            return {PhysAddr{begin}, PhysAddr{below(begin + 1)}};
        }
        return {PhysAddr{begin}, PhysAddr{begin + length}};
    }

    // The owner says the reason, as it does in the kernel.
    MemoryMap::Reservation reservation() {
        struct Kind {
            RegionOwner owner;
            std::string_view reason;
            Mappable mappable;
        };
        constexpr std::array kKinds{
            Kind{RegionOwner::KernelImage,    "kernel image", Mappable::Yes},
            Kind{RegionOwner::Firmware,       "firmware",     Mappable::Yes},
            Kind{RegionOwner::ReservedMemory, "atf",          Mappable::No },
            Kind{RegionOwner::Initrd,         "initrd",       Mappable::No },
        };
        Kind const kind = kKinds[below(kKinds.size())];
        return {range(), kind.owner, kind.reason, kind.mappable};
    }

private:
    std::uint64_t edge(std::uint64_t bytes) {
        return below(3) == 0 ? bytes : bytes / mm::kFrameBytes * mm::kFrameBytes;
    }

    mm::Random random_;
    std::uint64_t begin_;
    std::uint64_t bytes_;
};

std::string list_of(std::uint32_t seed) { return "list " + std::to_string(seed); }

}  // namespace

TEST_GROUP(MemoryMapRandom){};

TEST(MemoryMapRandom, IsWhatSetAlgebraSays) {
    constexpr std::size_t kFrames = 64;
    constexpr std::uint64_t kCeiling = 1ULL << 30;
    constexpr std::array kFirstFrames{std::uint64_t{0}, kCeiling / mm::kFrameBytes - kFrames / 2,
                                      kLastFrame - kFrames};
    std::uint32_t const lists = test::everyday_or(100'000U, 1'000'000U);
    for (std::uint32_t seed = 0; seed < lists; ++seed) {
        std::uint64_t const first = kFirstFrames[seed % kFirstFrames.size()];
        Generator random{seed, first, kFrames};
        Oracle<kFrames> oracle{first};
        MemoryMap map;
        for (std::uint64_t banks = 1 + random.below(4); banks > 0; --banks) {
            PhysRange const bank = random.range();
            CHECK(static_cast<bool>(map.add_ram(bank)));
            oracle.add_ram(bank);
        }
        if (random.below(2) == 0) {
            PhysRange const limit = random.range();
            if (map.clip_below(PhysAddr{kCeiling}, limit)) {
                oracle.clip_below(kCeiling, limit);
            }
        }
        for (std::uint64_t count = random.below(8); count > 0; --count) {
            auto const reservation = random.reservation();
            CHECK(static_cast<bool>(map.reserve(reservation)));
            if (reservation.range.begin != reservation.range.end) {
                oracle.reserve(reservation);
            }
        }
        CHECK_TEXT(is_well_formed(map), list_of(seed).c_str());
        CHECK_TEXT(painted(map, oracle) == oracle.state(), list_of(seed).c_str());
    }
}

TEST(MemoryMapRandom, NeverHandsOutWhatIsReservedEvenWhenFull) {
    constexpr std::size_t kFrames = 1024;
    std::size_t refusals = 0;
    for (std::uint32_t seed = 0; seed < 50; ++seed) {
        Generator random{seed, 0, kFrames};
        Oracle<kFrames> oracle{0};
        MemoryMap map;
        PhysRange const all{PhysAddr{0}, PhysAddr{kFrames * mm::kFrameBytes}};
        CHECK(static_cast<bool>(map.add_ram(all)));
        oracle.add_ram(all);
        for (unsigned count = 0; count < 150; ++count) {
            std::uint64_t const begin = random.below(kFrames) * mm::kFrameBytes;
            auto reservation = random.reservation();
            reservation.range = {PhysAddr{begin}, PhysAddr{begin + 1}};
            refusals += map.reserve(reservation) ? 0U : 1U;
            oracle.reserve(reservation);
        }
        CHECK_TEXT(is_well_formed(map), list_of(seed).c_str());
        auto const state = painted(map, oracle);
        for (std::size_t frame = 0; frame < kFrames; ++frame) {
            CHECK(state[frame].owner != RegionOwner::Nobody ||
                  oracle.state()[frame].owner == RegionOwner::Nobody);
        }
    }
    CHECK(refusals > 50);
}
