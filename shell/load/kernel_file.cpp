// SPDX-License-Identifier: MIT
#include "shell/load/kernel_file.hpp"

#include "kernel/bytes.hpp"
#include "kernel/units.hpp"

namespace shell {
namespace {

using kernel::PhysAddr;
using kernel::PhysRange;

// By words of 8 bytes; the magic is the lower half of its word.
constexpr std::size_t kTextOffset = 1;
constexpr std::size_t kImageSize = 2;
constexpr std::size_t kMagic = 7;
constexpr std::size_t kHeaderWords = 8;
constexpr std::uint32_t kArm64 = 0x644d'5241;  // "ARM\x64"

constexpr std::uint64_t kBlock = 1024;
constexpr std::uint64_t kStep = 2 * kernel::kMiB;

// All of it is RAM that is usable, or this kernel's.
bool is_ours(mm::MemoryMap const& memory, PhysRange place) {
    auto at = mm::FrameNumber::containing(place.begin);
    while (at.address() < place.end) {
        auto const region = memory.find(at);
        if (!region || (!region->is_usable() && !region->is_kernels_own())) {
            return false;
        }
        at = region->frames.end;
    }
    return true;
}

}  // namespace

Placement place_kernel(std::span<std::uint8_t const> file, Surroundings const& around) {
    auto const* const words = kernel::bytes::words_at(file.data());
    if (file.size() < kHeaderWords * sizeof(*words) ||
        static_cast<std::uint32_t>(words[kMagic]) != kArm64) {
        return {"not a kernel: no arm64 Image header"};
    }
    std::uint64_t const offset = words[kTextOffset];
    std::uint64_t const bytes = words[kImageSize];
    if (bytes >= kernel::kGiB || offset >= kernel::kGiB || offset % mm::kFrameBytes != 0) {
        return {"its header makes no sense"};
    }
    if (file.size() > kernel::align_up(bytes, kBlock)) {
        return {"longer than its header says"};
    }
    // A Pi's firmware keeps the beginning of RAM, so there may be no room at the first place.
    for (std::uint64_t const step : {std::uint64_t{0}, kStep}) {
        PhysAddr const begin = around.ram_base + (step + offset);
        PhysRange const place{begin, begin + kernel::align_up(bytes, mm::kFrameBytes)};
        if (!place.overlaps(around.kept) && is_ours(around.memory, place)) {
            return {nullptr, place};
        }
    }
    return {"no room where it belongs"};
}

}  // namespace shell
