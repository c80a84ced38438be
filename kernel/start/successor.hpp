// SPDX-License-Identifier: MIT
#pragma once

#include "boot/handover.hpp"
#include "kernel/arch/cores.hpp"
#include "kernel/board.hpp"
#include "kernel/mm/page_table.hpp"
#include "kernel/start/peripherals.hpp"
#include "kernel/successor.hpp"

#include <cstdint>

namespace start {

struct Departure;

/// Makes room for another kernel: cores back to where the loader had them, devices quiet.
class Successor final : public kernel::Successor {
public:
    struct Machine {
        boot::Handover const& handover;
        kernel::Board const& board;
        mm::PageTable& pages;
        arch::Cores& cores;
        Peripherals& peripherals;
    };

    /// From a machine whose cores have been released.
    explicit Successor(Machine const& machine) : machine_{machine} {}

    void run(kernel::NextKernel const& next) override;

private:
    std::uint64_t physical(std::uint64_t address) const;
    Departure from_here(std::uint64_t to) const;
    void send_away(kernel::Core const& core);
    void switch_off(unsigned core, std::uint64_t affinity);
    void send_back(unsigned core, kernel::PhysAddr release);

    Machine machine_;
};

}  // namespace start
