// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/memory_access.hpp"
#include "kernel/mm/memory_map.hpp"
#include "kernel/mm/page_table.hpp"

#include <cstdint>

namespace arch {

/// Loads and stores that survive any address.
class RecoverableAccess final : public kernel::MemoryAccess {
public:
    /// `window` is a page nothing else uses, in the same 2 MiB as one that stays mapped: so that
    /// mapping it never needs a table.
    RecoverableAccess(mm::PageTable& pages, mm::MemoryMap const& memory, kernel::VirtAddr window)
        : pages_{pages}, memory_{memory}, window_{window} {}

    kernel::Result<std::uint64_t> read(kernel::VirtAddr address, kernel::Width width) override;
    kernel::Result<void> write(kernel::VirtAddr address, kernel::Width width,
                               std::uint64_t value) override;

    /// Errors: as above, and MustNotBeMapped for RAM that a no-map reservation covers.
    kernel::Result<std::uint64_t> read_physical(kernel::PhysAddr address,
                                                kernel::Width width) override;
    kernel::Result<void> write_physical(kernel::PhysAddr address, kernel::Width width,
                                        std::uint64_t value) override;

private:
    kernel::Result<kernel::VirtAddr> open(kernel::PhysAddr address, mm::Access access);
    void close();

    mm::PageTable& pages_;
    mm::MemoryMap const& memory_;
    kernel::VirtAddr window_;
};

}  // namespace arch
