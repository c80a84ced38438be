// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/memory_access.hpp"
#include "kernel/result.hpp"
#include "shell/access/access_policy.hpp"

#include <cstdint>
#include <optional>

namespace mm {
class PageTable;
}

namespace shell {

struct Machine;

/// What the addresses of a command are: `-p` makes them physical.
enum class AddressSpace : std::uint8_t { Virtual, Physical };

/// Memory as one command sees it: addresses of one space, accesses of one width, and only what the
/// policy permits. A virtual address is judged by the physical one that it leads to.
class MemoryPort {
public:
    MemoryPort(Machine& machine, AddressSpace space, kernel::Width width);

    AddressSpace space() const { return space_; }
    kernel::Width width() const { return width_; }
    std::uint64_t bytes() const { return static_cast<std::uint64_t>(width_); }

    /// Errors: those of MemoryAccess and of AccessPolicy.
    kernel::Result<std::uint64_t> read(std::uint64_t address);
    kernel::Result<void> write(std::uint64_t address, std::uint64_t value);

    /// Whether write() would be let through, for every access in the same page. Touches nothing.
    kernel::Result<void> may_write(std::uint64_t address) const;

    /// write() for an address that may_write() has just let through, or one in its page.
    kernel::Result<void> write_permitted(std::uint64_t address, std::uint64_t value);

    /// True where the number that was taken for a virtual address is one of RAM.
    bool is_physical_ram(std::uint64_t address) const;

    /// Where a virtual address leads that is mapped and not writable, whatever `unsafe` says.
    std::optional<kernel::PhysAddr> behind_read_only(std::uint64_t address) const;

private:
    kernel::MemoryAccess& memory_;
    mm::PageTable const& pages_;
    AccessPolicy policy_;
    AddressSpace space_;
    kernel::Width width_;
    Safety safety_;
};

}  // namespace shell
