// SPDX-License-Identifier: MIT
#include "kernel/board_reader.hpp"

#include <limits>

namespace kernel {
namespace {

using enum BoardProperty;

struct Driver {
    std::string_view compatible;
    std::optional<Device> Board::*device;
};

constexpr std::array kDrivers{
    Driver{"arm,cortex-a15-gic",      &Board::gic             },
    Driver{"arm,gic-400",             &Board::gic             },
    Driver{"arm,pl011",               &Board::uart            },
    Driver{"brcm,bcm2711-gpio",       &Board::gpio            },
    Driver{"brcm,bcm2835-gpio",       &Board::gpio            },
    Driver{"brcm,bcm2835-mbox",       &Board::mailbox         },
    Driver{"brcm,bcm2835-pm",         &Board::watchdog        },
    Driver{"brcm,bcm2835-pm-wdt",     &Board::watchdog        },
    Driver{"brcm,bcm2836-armctrl-ic", &Board::armctrl         },
    Driver{"brcm,bcm2836-l1-intc",    &Board::local_interrupts},
};

Driver const* driver_for(std::string_view compatible) {
    for (Driver const& driver : kDrivers) {
        if (driver.compatible == compatible) {
            return &driver;
        }
    }
    return nullptr;
}

// A range that wraps ends at the last address.
PhysRange range_of(std::uint64_t address, std::uint64_t bytes) {
    std::uint64_t const room = std::numeric_limits<std::uint64_t>::max() - address;
    return {PhysAddr{address}, PhysAddr{address + std::min(bytes, room)}};
}

Soc soc_of(TreeBytes compatible) {
    if (has_string(compatible, "brcm,bcm2837")) {
        return Soc::Bcm2837;
    }
    if (has_string(compatible, "brcm,bcm2711")) {
        return Soc::Bcm2711;
    }
    return has_string(compatible, "brcm,bcm2712") ? Soc::Bcm2712 : Soc::Other;
}

Core::Start start_of(std::string_view enable_method) {
    if (enable_method == "spin-table") {
        return Core::Start::SpinTable;
    }
    return enable_method == "psci" ? Core::Start::Psci : Core::Start::Unknown;
}

// On a Pi 3 and 4 smc is undefined: the firmware's stub sets SCR_EL3.SMD.
PsciCall psci_call_of(std::string_view method, Soc soc) {
    if (method == "smc") {
        bool const is_undefined = soc == Soc::Bcm2837 || soc == Soc::Bcm2711;
        return is_undefined ? PsciCall::None : PsciCall::Smc;
    }
    return method == "hvc" ? PsciCall::Hvc : PsciCall::None;
}

// Labels, overlay hooks and short names: hundreds of properties, none about the machine.
bool is_about_the_tree(std::string_view name) {
    return name.starts_with("__") || name == "aliases";
}

}  // namespace

Result<void> BoardReader::read() {
    auto const noted = note_memreserve();
    if (!noted) {
        return noted;
    }
    auto const walked = pass();
    if (!walked) {
        return walked;
    }
    choose_uart();
    return board_.ram.empty() ? Result<void>{Error::TreeNoMemory} : Result<void>{};
}

Result<void> BoardReader::pass() {
    TreeCursor cursor = tree_.walk();
    for (;;) {
        auto const item = cursor.next();
        if (!item) {
            return item.error();
        }
        if (*item == TreeItem::Property) {
            node_.note(names_.identify(cursor), cursor.value());
            continue;
        }
        auto const finished = finish_node();
        if (!finished || *item == TreeItem::EndOfTree) {
            return finished;
        }
        if (*item == TreeItem::Node) {
            auto const begun = begin_node(cursor);
            if (!begun) {
                return begun;
            }
        }
    }
}

Result<void> BoardReader::begin_node(TreeCursor& cursor) {
    depth_ = cursor.depth();
    place_ = cursor.place();
    buses_.begin(depth_);
    okay_ = (okay_ & ~(std::uint64_t{1} << depth_)) | std::uint64_t{is_okay(depth_ - 1)} << depth_;
    if (depth_ == 2) {
        name_ = cursor.name();
        in_chosen_ = name_ == "chosen";
        in_reserved_memory_ = name_ == "reserved-memory";
        if (in_reserved_memory_) {
            // What it holds is reserved even if the `ranges` that it must have is missing.
            buses_.bus(depth_).ranges = TreeBytes{};
        }
        return is_about_the_tree(name_) ? cursor.skip_node() : Result<void>{};
    }
    if (in_reserved_memory_) {
        name_ = cursor.name();
    }
    // Its siblings are so too: done with the node above.
    return is_out_of_reach() ? cursor.leave_to(depth_ - 2) : Result<void>{};
}

// What lies below devices: pins of the GPIO, chips on I2C. And what is switched off.
bool BoardReader::is_out_of_reach() const {
    constexpr unsigned kDeviceDepth = 3;
    return depth_ > kDeviceDepth && (!buses_.bus(depth_ - 1).ranges || !is_okay(depth_));
}

Result<void> BoardReader::finish_node() {
    if (node_.empty()) {
        return {};
    }
    note_bus();
    note_status();
    auto const noted = note_node();
    node_.clear();
    return noted;
}

Result<void> BoardReader::note_node() {
    if (depth_ == 1) {
        note_root();
        return {};
    }
    if (in_chosen_) {
        note_chosen();
        return {};
    }
    if (node_.has(DeviceType)) {
        note_core();
    }
    if (!is_okay(depth_)) {
        return {};
    }
    if (in_reserved_memory_) {
        return note_reserved_memory();
    }
    if (node_.has(DeviceType)) {
        note_memory();
    }
    if (node_.has(Reg) || node_.has(Method)) {
        note_devices();
    }
    return {};
}

void BoardReader::note_bus() {
    TreeBuses::Bus& bus = buses_.bus(depth_);
    if (node_.has(AddressCells)) {
        bus.address_cells = cell(node_[AddressCells]).value_or(0);
    }
    if (node_.has(SizeCells)) {
        bus.size_cells = cell(node_[SizeCells]).value_or(0);
    }
    if (node_.has(Ranges)) {
        bus.ranges = node_[Ranges];
    }
    bus.dma_ranges = node_[DmaRanges];
}

void BoardReader::note_status() {
    if (node_.has(Status)) {
        std::string_view const status = first_string(node_[Status]);
        if (status != "okay" && status != "ok") {
            okay_ &= ~(std::uint64_t{1} << depth_);
        }
    }
}

void BoardReader::note_root() {
    board_.model = first_string(node_[Model]);
    board_.compatible = node_[Compatible];
    board_.soc = soc_of(board_.compatible);
}

void BoardReader::note_chosen() {
    if (depth_ != 2 || has_chosen_) {
        return;
    }
    has_chosen_ = true;
    board_.bootargs = first_string(node_[Bootargs]);
    stdout_path_ = first_string(node_[StdoutPath]);
    // Without one of the two it is empty, which is none.
    std::uint64_t const end = number(node_[InitrdEnd]).value_or(0);
    std::uint64_t const begin = number(node_[InitrdStart]).value_or(end);
    if (begin < end) {
        board_.initrd = PhysRange{PhysAddr{begin}, PhysAddr{end}};
    }
}

void BoardReader::note_memory() {
    if (depth_ != 2 || first_string(node_[DeviceType]) != "memory") {
        return;
    }
    std::size_t index = 0;
    while (auto const bank = buses_.registers(depth_, node_[Reg], index)) {
        if (!bank->empty() && !board_.ram.push_back(*bank)) {
            return;  // What is not noted is not used.
        }
        ++index;
    }
}

void BoardReader::note_core() {
    auto const mpidr = number(node_[Reg]);
    if (!mpidr || first_string(node_[DeviceType]) != "cpu") {
        return;
    }
    PhysAddr const release{number(node_[ReleaseAddress]).value_or(0)};
    // A core that is not noted is not started.
    (void)board_.cores.push_back({*mpidr, start_of(first_string(node_[EnableMethod])), release});
}

Result<void> BoardReader::note_reserved_memory() {
    TreeBytes const reg = node_[Reg];
    if (depth_ != 3 || reg.empty()) {
        return {};  // With a size alone it asks for memory, which Linux would then choose.
    }
    std::size_t index = 0;
    while (auto const range = buses_.registers(depth_, reg, index)) {
        ++index;
        if (!range->empty() && !board_.reserved.push_back({*range, name_, node_.has(NoMap)})) {
            return Error::TableFull;
        }
    }
    TreeBuses::Bus const& bus = buses_.bus(depth_ - 1);
    std::size_t const entry = 4 * (std::size_t{bus.address_cells} + bus.size_cells);
    bool const understood = index * entry == reg.size();
    return understood ? Result<void>{} : Result<void>{Error::TreeBadStructure};
}

Result<void> BoardReader::note_memreserve() {
    for (std::uint32_t index = 0; index < tree_.reservation_count(); ++index) {
        auto const [address, bytes] = tree_.reservation(index);
        if (!board_.reserved.push_back({range_of(address, bytes), "/memreserve/", false})) {
            return Error::TableFull;
        }
    }
    return {};
}

void BoardReader::note_devices() {
    TreeStrings names{node_[Compatible]};
    while (auto const name = names.next()) {
        note_device(*name);
    }
}

void BoardReader::note_device(std::string_view compatible) {
    // From version 0.2 on, which the name has; before that, functions had other numbers.
    if (node_.has(Method) && compatible.starts_with("arm,psci-")) {
        board_.psci = psci_call_of(first_string(node_[Method]), board_.soc);
        return;
    }
    Driver const* const driver = driver_for(compatible);
    if (driver == nullptr) {
        return;
    }
    auto const registers = buses_.registers(depth_, node_[Reg]);
    if (!registers) {
        return;  // Behind a bus that the CPU cannot see through.
    }
    Device const device{*registers, driver->compatible, node_[Interrupts]};
    std::optional<Device>& place = board_.*driver->device;
    if (driver->device == &Board::uart) {
        (void)uarts_.push_back({device, place_});  // The ninth is nobody's console.
    } else if (!place) {
        place = device;
        if (driver->device == &Board::gic) {
            board_.gic_cpu = buses_.registers(depth_, node_[Reg], 1);
        } else if (driver->device == &Board::mailbox) {
            board_.dma = buses_.dma_window(depth_);
        }
    }
}

void BoardReader::choose_uart() {
    if (uarts_.empty()) {
        return;
    }
    board_.uart = uarts_[0].device;
    if (board_.gpio) {
        return;
    }
    auto const place = stdout_place();
    for (Uart const& uart : uarts_) {
        if (uart.place == place) {
            board_.uart = uart.device;
        }
    }
}

std::optional<std::size_t> BoardReader::stdout_place() const {
    // What follows the colon is for the device: `serial10:115200n8`.
    std::string_view const path{stdout_path_.data(),
                                std::min(stdout_path_.find(':'), stdout_path_.size())};
    auto const node = tree_.find(path);
    return node ? std::optional{node->place()} : std::nullopt;
}

}  // namespace kernel
