// SPDX-License-Identifier: MIT
#include "kernel/arch/recoverable_access.hpp"

#include "kernel/arch/recoverable.hpp"
#include "kernel/mm/frame.hpp"
#include "kernel/require.hpp"
#include "kernel/units.hpp"

#include <cstdint>

namespace arch {

using kernel::Width;

kernel::Result<std::uint64_t> RecoverableAccess::read(kernel::VirtAddr address, Width width) {
    return recoverable_load(address, width);
}

kernel::Result<void> RecoverableAccess::write(kernel::VirtAddr address, Width width,
                                              std::uint64_t value) {
    return recoverable_store(address, width, value);
}

kernel::Result<std::uint64_t> RecoverableAccess::read_physical(kernel::PhysAddr address,
                                                               Width width) {
    auto const at = open(address, mm::Access::Read);
    if (!at) {
        return at.error();
    }
    auto const value = read(*at, width);
    close();
    return value;
}

kernel::Result<void> RecoverableAccess::write_physical(kernel::PhysAddr address, Width width,
                                                       std::uint64_t value) {
    auto const at = open(address, mm::Access::ReadWrite);
    if (!at) {
        return at.error();
    }
    auto const done = write(*at, width, value);
    close();
    return done;
}

/// Maps the page of `address` into the window and returns where `address` is there. To read, a page
/// is mapped for reading only: it may be one of text.
kernel::Result<kernel::VirtAddr> RecoverableAccess::open(kernel::PhysAddr address,
                                                         mm::Access access) {
    auto const region = memory_.find(mm::FrameNumber::containing(address));
    if (region && region->mappable == mm::Mappable::No) {
        return kernel::Error::MustNotBeMapped;
    }
    // Devices are never mapped as Normal memory, nor RAM as a device.
    auto const type = region ? mm::MemoryType::Normal : mm::MemoryType::DeviceNgnre;
    kernel::PhysAddr const page{kernel::align_down(address.raw(), mm::kFrameBytes)};
    auto const mapped =
        pages_.map_pages(window_, page, mm::kFrameBytes, mm::Attributes{type, access});
    if (!mapped) {
        return mapped.error();
    }
    return window_ + (address - page);
}

void RecoverableAccess::close() {
    bool const unmapped = static_cast<bool>(pages_.unmap(window_, mm::kFrameBytes));
    kernel::require(unmapped, "the window is mapped as long as it is open");
}

}  // namespace arch
