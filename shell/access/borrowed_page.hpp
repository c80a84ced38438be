// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/address.hpp"

#include <optional>

namespace shell {

struct Machine;

/// A page of address space that shows one frame after the other, for writing much of each: to map a
/// frame for every single write would cost far more than the writes. Gives all back at its end.
class BorrowedPage {
public:
    explicit BorrowedPage(Machine& machine) : machine_{machine} {}
    ~BorrowedPage();
    BorrowedPage(BorrowedPage const&) = delete;
    BorrowedPage& operator=(BorrowedPage const&) = delete;

    /// Where the byte at `address`, which is RAM, is now to be seen, with the rest of its frame.
    /// None if there is no page for it, or no table.
    std::optional<kernel::VirtAddr> show(kernel::PhysAddr address);

private:
    void hide();

    Machine& machine_;
    std::optional<kernel::VirtRange> page_;
    bool is_mapped_ = false;
};

}  // namespace shell
