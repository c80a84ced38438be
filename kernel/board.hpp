// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/address.hpp"
#include "kernel/device_tree_bus.hpp"
#include "kernel/fixed_list.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace kernel {

/// The families of Raspberry Pi, and whatever else there is.
enum class Soc : std::uint8_t { Other, Bcm2837, Bcm2711, Bcm2712 };

/// An interrupt as its controller counts it.
struct Interrupt {
    enum class Controller : std::uint8_t {
        Armctrl,  ///< 0 to 63: GPU interrupts (BCM2835 ARM Peripherals, 7.5); 64 to 71: ARM's own.
        Gic,      ///< INTID: 16 to 31 private to a core, from 32 on shared.
    };

    Controller controller;
    std::uint32_t number;

    friend bool operator==(Interrupt, Interrupt) = default;
};

/// A device that a driver is made for.
struct Device {
    PhysRange registers;
    std::string_view compatible;  ///< The name by which it was recognised.
    TreeBytes interrupts;         ///< As its node has them: Board::interrupt_of reads them.
};

/// A core, and how it is started.
struct Core {
    enum class Start : std::uint8_t { Unknown, SpinTable, Psci };

    std::uint64_t mpidr;  ///< Its affinity fields.
    Start start;
    PhysAddr release;  ///< SpinTable: where the address to jump to is written. Else 0.
};

/// How the firmware is called that knows PSCI 0.2 and later, if it can be.
enum class PsciCall : std::uint8_t { None, Smc, Hvc };

/// Memory that the tree forbids to use.
struct ReservedMemory {
    PhysRange range;
    std::string_view name;  ///< `/memreserve/`, or its name in /reserved-memory.
    bool no_map;            ///< May not be mapped either: a speculative read may do harm.
};

/// What the kernel has to know of the machine, found in one pass over its device tree.
///
/// All text and bytes are views into the blob. A device under a node, or with a `status`, that is
/// not `okay` is left out; cores are not, since theirs says whether they run already.
struct Board {
    std::string_view model;
    TreeBytes compatible;
    Soc soc = Soc::Other;

    FixedList<PhysRange, 32> ram;  ///< As the tree says: in its order, of any alignment.
    FixedList<ReservedMemory, 64> reserved;
    std::optional<PhysRange> initrd;
    std::string_view bootargs;

    /// The PL011 for the console. On a Pi with GPIO of its own the first one: it can be brought to
    /// the header pins, while `stdout-path` there means the mini-UART. Elsewhere the one that
    /// `stdout-path` means, else the first.
    std::optional<Device> uart;
    std::optional<Device> gpio;
    std::optional<Device> mailbox;
    std::optional<DmaWindow> dma;            ///< Of the bus that the mailbox is on.
    std::optional<Device> watchdog;          ///< Power management of the BCM2835 and its heirs.
    std::optional<Device> local_interrupts;  ///< BCM2836: per core.
    std::optional<Device> armctrl;           ///< BCM2835: GPU interrupts.
    std::optional<Device> gic;               ///< GICv2, its distributor.
    std::optional<PhysRange> gic_cpu;        ///< GICv2, its CPU interface.
    FixedList<Core, 16> cores;
    PsciCall psci = PsciCall::None;

    /// The first interrupt of a device, decoded for the controller that this board has: three cells
    /// for a GIC, else two for the ARMCTRL. None if it has none, or none that makes sense there.
    std::optional<Interrupt> interrupt_of(Device const& device) const;

    /// Fills an empty Board from `tree`.
    ///
    /// Errors: those of TreeCursor::next; TableFull if the tree reserves more than there is room
    /// for, since what is not noted would be handed out; TreeNoMemory if it names no RAM. RAM
    /// beyond the table is not used. Of a refused tree all but what caused it may have been noted.
    Result<void> read(DeviceTree const& tree);
};

}  // namespace kernel
