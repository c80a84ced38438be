// SPDX-License-Identifier: MIT
#include "tests/support/fake_memory.hpp"

namespace test {

using kernel::Error;
using kernel::PhysAddr;
using kernel::Result;
using kernel::VirtAddr;
using kernel::Width;

std::uint8_t& FakeMemory::byte_at(PhysAddr address) {
    Frame& words = frame(mm::FrameNumber::containing(address));
    return reinterpret_cast<std::uint8_t*>(words.data())[address.raw() % mm::kFrameBytes];
}

Result<std::uint64_t> FakeMemory::read(VirtAddr address, Width width) {
    auto const to = pages_.translate(address).to;
    return to ? read_physical(*to, width) : Error::TranslationFault;
}

Result<void> FakeMemory::write(VirtAddr address, Width width, std::uint64_t value) {
    mm::Translation const translation = pages_.translate(address);
    if (!translation.to) {
        return Error::TranslationFault;
    }
    return translation.met().back().descriptor.is_writable()
               ? write_physical(*translation.to, width, value)
               : Error::PermissionFault;
}

Result<std::uint64_t> FakeMemory::read_physical(PhysAddr address, Width width) {
    auto const device = registers_.find(address.raw());
    if (device != registers_.end()) {
        ++accesses;
        return std::uint64_t{device->second};
    }
    if (!map_.find(mm::FrameNumber::containing(address))) {
        return Error::ExternalAbort;
    }
    ++accesses;
    std::uint64_t value = 0;
    for (auto i = static_cast<unsigned>(width); i-- != 0;) {
        value = value << 8 | byte_at(address + i);
    }
    return value;
}

Result<void> FakeMemory::write_physical(PhysAddr address, Width width, std::uint64_t value) {
    auto const device = registers_.find(address.raw());
    if (device == registers_.end() && !map_.find(mm::FrameNumber::containing(address))) {
        return Error::ExternalAbort;
    }
    ++accesses;
    ++writes;
    if (device != registers_.end()) {
        device->second = static_cast<std::uint32_t>(value);
        return {};
    }
    for (unsigned i = 0; i < static_cast<unsigned>(width); ++i, value >>= 8) {
        byte_at(address + i) = static_cast<std::uint8_t>(value);
    }
    return {};
}

}  // namespace test
