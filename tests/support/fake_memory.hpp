// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/memory_access.hpp"
#include "kernel/mm/memory_map.hpp"
#include "kernel/mm/page_table.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <unordered_map>

namespace test {

/// Physical memory with a CPU in front of it: virtual addresses go through the tables, and what is
/// neither RAM nor a register that was put there aborts.
class FakeMemory final : public kernel::MemoryAccess {
public:
    FakeMemory(mm::PageTable const& pages, mm::MemoryMap const& map) : pages_{pages}, map_{map} {}

    /// All RAM holds zeros again.
    void clear() { frames_.clear(); }

    /// From now on a 32-bit register is there.
    void put_register(std::uint64_t address, std::uint32_t value) { registers_[address] = value; }

    kernel::Result<std::uint64_t> read(kernel::VirtAddr address, kernel::Width width) override;
    kernel::Result<void> write(kernel::VirtAddr address, kernel::Width width,
                               std::uint64_t value) override;
    kernel::Result<std::uint64_t> read_physical(kernel::PhysAddr address,
                                                kernel::Width width) override;
    kernel::Result<void> write_physical(kernel::PhysAddr address, kernel::Width width,
                                        std::uint64_t value) override;

    /// The words of a frame of RAM, past the CPU.
    using Frame = std::array<std::uint64_t, mm::kFrameBytes / sizeof(std::uint64_t)>;
    Frame& frame(mm::FrameNumber number) { return frames_[number.raw()]; }

    std::uint64_t accesses = 0;  ///< That reached memory or a register.
    std::uint64_t writes = 0;

private:
    std::uint8_t& byte_at(kernel::PhysAddr address);

    mm::PageTable const& pages_;
    mm::MemoryMap const& map_;
    std::unordered_map<std::uint64_t, Frame> frames_;
    std::map<std::uint64_t, std::uint32_t> registers_;
};

}  // namespace test
