// SPDX-License-Identifier: MIT
#include "boot/early_map.hpp"

#include "boot/entry.hpp"
#include "boot/handover.hpp"
#include "kernel/arch/image.hpp"
#include "kernel/mm/frame.hpp"
#include "kernel/units.hpp"

#include <cstdint>

extern "C" {
/// kernel/arch/switch_tables.S: physical addresses of the new root and of an identity map of the
/// text, and what to add to a physical address of the image for its virtual one.
void switch_tables(std::uint64_t root, std::uint64_t identity_root, std::uint64_t distance);
}

/// Every descriptor is written by build_early_map before the MMU reads it.
[[gnu::section(".early_written")]] boot::EarlyTables early_tables;

namespace boot {

namespace {

using mm::Access;
using mm::Attributes;
using mm::Descriptor;
using mm::Level;
using mm::MemoryType;

constexpr Attributes kText{MemoryType::Normal, Access::ReadExecute};
constexpr Attributes kConstants{MemoryType::Normal, Access::Read};
constexpr Attributes kData{MemoryType::Normal, Access::ReadWrite};

/// Where the firmware's stub lives, the table the other cores spin on, and on a Pi 5 memory that
/// must never be mapped.
constexpr std::uint64_t kFirmwareBytes = 0x80000;

constexpr std::uint64_t index(kernel::VirtAddr address, Level level) {
    return address.raw() / mm::bytes_per_entry(level) % mm::kTableEntries;
}

/// Before the jump an address in the image is a physical one.
kernel::PhysAddr physical(void const* symbol) {
    return kernel::PhysAddr{reinterpret_cast<std::uint64_t>(symbol)};
}

std::uint64_t table(Table const& next) {
    return Descriptor::table(mm::EarlyFrame{mm::FrameNumber::containing(physical(&next))}).raw();
}

/// Maps whole pages to themselves, so to speak: `first_pages` begins where RAM begins.
class FirstPages {
public:
    explicit FirstPages(kernel::PhysAddr ram_base) : ram_base_{ram_base} {}

    void map(kernel::PhysAddr begin, kernel::PhysAddr end, Attributes attributes) {
        std::uint64_t const first = (begin - ram_base_) / mm::kFrameBytes;
        std::uint64_t const last = (end - ram_base_) / mm::kFrameBytes;
        std::uint64_t descriptor = Descriptor::leaf(Level::Three, begin, attributes).raw();
        for (std::uint64_t page = first; page < last; ++page) {
            early_tables.first_pages[page] = descriptor;
            descriptor += mm::kFrameBytes;
        }
    }

    void leave_out(void const* guard) {
        early_tables.first_pages[(physical(guard) - ram_base_) / mm::kFrameBytes] = 0;
    }

private:
    kernel::PhysAddr ram_base_;
};

void map_first_pages(kernel::PhysAddr ram_base) {
    FirstPages pages{ram_base};
    auto const begin = ram_base.raw() == 0 ? kernel::PhysAddr{kFirmwareBytes} : ram_base;
    pages.map(begin, physical(image_begin), kData);
    pages.map(physical(text_begin), physical(text_end), kText);
    pages.map(physical(rodata_begin), physical(rodata_end), kConstants);
    pages.map(physical(data_begin), ram_base + mm::bytes_per_entry(Level::Two), kData);
    pages.leave_out(boot_stack_guard);
    pages.leave_out(exception_stack_guard);
}

}  // namespace

void build_early_map(kernel::PhysAddr ram_base) {
    EarlyTables& tables = early_tables;
    tables = {};

    tables.identity[ram_base.raw() / kernel::kGiB] = table(tables.window);
    tables.root[index(kEarlyWindow, Level::One)] = table(tables.window);

    tables.window[index(kEarlyWindow, Level::Two)] = table(tables.first_pages);
    tables.window[index(kDevicePages, Level::Two)] = table(tables.device_pages);
    map_first_pages(ram_base);

    std::uint64_t const block_bytes = mm::bytes_per_entry(Level::Two);
    std::uint64_t block = Descriptor::leaf(Level::Two, ram_base + block_bytes, kData).raw();
    for (std::uint64_t n = 1; n < kEarlyWindowBytes / block_bytes; ++n) {
        tables.window[index(kEarlyWindow, Level::Two) + n] = block;
        block += block_bytes;
    }
}

void leave_early_map(kernel::PhysAddr ram_base, mm::EarlyFrame root) {
    std::uint64_t const distance = kEarlyWindow - kernel::VirtAddr{ram_base.raw()};
    std::uint64_t const identity = physical(&early_tables.identity) - kernel::PhysAddr{distance};
    std::uint64_t daif = 0;
    asm volatile("mrs %0, daif\n\tmsr daifset, #0xf" : "=r"(daif) : : "memory");
    switch_tables(root.address().raw(), identity, distance);
    asm volatile("msr daif, %0" : : "r"(daif) : "memory");
}

}  // namespace boot
