// SPDX-License-Identifier: MIT
#include "boot/early_devices.hpp"

#include "boot/early_map.hpp"
#include "kernel/mm/descriptor.hpp"
#include "kernel/mm/frame.hpp"
#include "kernel/units.hpp"

namespace boot {

namespace {

std::uint64_t device_page(kernel::PhysAddr frame) {
    constexpr mm::Attributes kRegisters{mm::MemoryType::DeviceNgnre, mm::Access::ReadWrite};
    return mm::Descriptor::leaf(mm::Level::Three, frame, kRegisters).raw();
}

}  // namespace

kernel::Result<kernel::VirtAddr> EarlyDevices::map(kernel::PhysAddr begin, std::uint64_t bytes) {
    Table& table = early_tables.device_pages;
    std::uint64_t const first = kernel::align_down(begin.raw(), mm::kFrameBytes);
    std::uint64_t const pages =
        (kernel::align_up(begin.raw() + bytes, mm::kFrameBytes) - first) / mm::kFrameBytes;

    // Where the pages already follow each other, if they do.
    unsigned at = 0;
    std::uint64_t known = 0;
    while (at < count_ && known < pages) {
        bool const follows =
            at + known < count_ &&
            table[at + known] == device_page(kernel::PhysAddr{first + known * mm::kFrameBytes});
        if (follows) {
            ++known;
        } else if (at + known == count_) {
            break;  // They may go on behind the last one.
        } else {
            ++at;
            known = 0;
        }
    }
    if (at + pages > table.size()) {
        return kernel::Error::TableFull;
    }
    for (; known < pages; ++known) {
        table[at + known] = device_page(kernel::PhysAddr{first + known * mm::kFrameBytes});
        ++count_;
    }
    asm volatile("dsb ishst\n\tisb" : : : "memory");
    return kDevicePages + (at * mm::kFrameBytes + (begin.raw() - first));
}

EarlyDevices::Page EarlyDevices::mapped(unsigned number) const {
    mm::Descriptor const descriptor{early_tables.device_pages[number]};
    return {kDevicePages + number * mm::kFrameBytes, descriptor.address()};
}

}  // namespace boot
