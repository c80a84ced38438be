// SPDX-License-Identifier: MIT
#include "boot/handover.hpp"

#include "boot/early_map.hpp"
#include "boot/entry.hpp"
#include "boot/tree_copy.hpp"
#include "kernel/arch/image.hpp"
#include "kernel/arch/per_core.hpp"
#include "kernel/mm/frame.hpp"
#include "kernel/units.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <new>

namespace {

/// Not an object of its own: nothing may construct it behind boot_prepare's back.
struct Storage {
    alignas(boot::Handover) std::array<std::byte, sizeof(boot::Handover)> bytes;
};
[[gnu::section(".early_written")]] Storage handover_storage;

/// Where memory of the image will be once the early map is on.
template <typename T>
T const* in_window(T const* physical, kernel::PhysAddr ram_base) {
    auto const distance = kernel::PhysAddr{reinterpret_cast<std::uint64_t>(physical)} - ram_base;
    return reinterpret_cast<T const*>((boot::kEarlyWindow + distance).raw());
}

kernel::Result<std::span<std::uint8_t const>> take_tree(std::uint64_t x0,
                                                        kernel::PhysAddr ram_base) {
    auto const bytes = boot::copy_tree(x0, ram_base);
    if (!bytes) {
        return bytes.error();
    }
    auto const* const copy = reinterpret_cast<std::uint8_t const*>(tree_copy_begin);
    return std::span<std::uint8_t const>{in_window(copy, ram_base), *bytes};
}

std::uint32_t read_midr() {
    std::uint64_t value = 0;
    asm("mrs %0, midr_el1" : "=r"(value));
    return static_cast<std::uint32_t>(value);
}

}  // namespace

std::uint64_t boot_prepare(std::uint64_t x0, std::uint64_t counter, std::uint64_t level,
                           std::uint64_t core) {
    kernel::PhysAddr const begin{reinterpret_cast<std::uint64_t>(image_begin)};
    kernel::PhysAddr const ram_base{kernel::align_down(begin.raw(), kernel::kGiB)};

    auto const tree = take_tree(x0, ram_base);
    std::uint64_t const end = kernel::align_up(
        reinterpret_cast<std::uint64_t>(tree_copy_begin) + (tree ? tree->size() : 0),
        mm::kFrameBytes);
    boot::build_early_map(ram_base);

    ::new (handover_storage.bytes.data()) boot::Handover{
        .ram_base = ram_base,
        .image = {begin, kernel::PhysAddr{end}},
        .device_tree = tree,
        .x0 = x0,
        .counter_at_entry = counter,
        .exception_level = static_cast<unsigned>(level),
        .core = static_cast<unsigned>(core),
        .midr = read_midr(),
    };
    return end;
}

void boot_continue() {
    void* const at = handover_storage.bytes.data();
    auto const& handover = *std::launder(static_cast<boot::Handover*>(at));
    arch::become_boot_core(handover.core);
    kernel_main(handover);
}
