// SPDX-License-Identifier: MIT
#include "shell/access/memory_port.hpp"

#include "kernel/mm/page_table.hpp"
#include "kernel/units.hpp"
#include "shell/machine.hpp"

namespace shell {

using kernel::Error;
using kernel::Result;

MemoryPort::MemoryPort(Machine& machine, AddressSpace space, kernel::Width width)
    : memory_{machine.memory},
      pages_{machine.pages},
      policy_{machine.memory_map, machine.frames, machine.holdings, machine.tree},
      space_{space},
      width_{width},
      safety_{machine.settings.is_unsafe ? Safety::Lifted : Safety::Kept} {}

Result<std::uint64_t> MemoryPort::read(std::uint64_t address) {
    if (!kernel::is_aligned(address, bytes())) {
        return Error::AlignmentFault;
    }
    if (space_ == AddressSpace::Physical) {
        auto const permission = policy_.may_read(kernel::PhysAddr{address}, width_);
        return permission ? memory_.read_physical(kernel::PhysAddr{address}, width_)
                          : permission.error();
    }
    auto const leads_to = pages_.translate(kernel::VirtAddr{address}).to;
    if (leads_to) {
        auto const permission = policy_.may_read(*leads_to, width_);
        if (!permission) {
            return permission.error();
        }
    }
    // Where the tables lead nowhere the CPU has the word: it finds the same, and says why.
    return memory_.read(kernel::VirtAddr{address}, width_);
}

Result<void> MemoryPort::write(std::uint64_t address, std::uint64_t value) {
    auto const permission = may_write(address);
    return permission ? write_permitted(address, value) : permission;
}

Result<void> MemoryPort::write_permitted(std::uint64_t address, std::uint64_t value) {
    return space_ == AddressSpace::Physical
               ? memory_.write_physical(kernel::PhysAddr{address}, width_, value)
               : memory_.write(kernel::VirtAddr{address}, width_, value);
}

Result<void> MemoryPort::may_write(std::uint64_t address) const {
    if (!kernel::is_aligned(address, bytes())) {
        return Error::AlignmentFault;
    }
    if (space_ == AddressSpace::Physical) {
        return policy_.may_write(kernel::PhysAddr{address}, width_, safety_);
    }
    auto const leads_to = pages_.translate(kernel::VirtAddr{address}).to;
    return leads_to ? policy_.may_write(*leads_to, width_, safety_) : Error::TranslationFault;
}

std::optional<kernel::PhysAddr> MemoryPort::behind_read_only(std::uint64_t address) const {
    if (space_ == AddressSpace::Physical) {
        return std::nullopt;
    }
    mm::Translation const way = pages_.translate(kernel::VirtAddr{address});
    bool const is_writable = way.to && way.met().back().descriptor.is_writable();
    return is_writable ? std::nullopt : way.to;
}

bool MemoryPort::is_physical_ram(std::uint64_t address) const {
    return policy_.is_ram(kernel::PhysAddr{address});
}

}  // namespace shell
