// SPDX-License-Identifier: MIT
#include "tests/support/board_oracle.hpp"

#include "tests/support/bus_oracle.hpp"

#include <algorithm>
#include <libfdt.h>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

namespace test {
namespace {

using kernel::Board;
using kernel::Device;
using kernel::Error;
using kernel::PhysAddr;
using kernel::PhysRange;
using kernel::TreeBytes;

struct Reserved {
    PhysRange range;
    std::string_view name;
    bool no_map;
};

/// A node, where it stands.
struct Place {
    int node;
    int depth;
    Bus const* bus;             ///< Of the node above; none of the root.
    bool is_okay;               ///< What is above is.
    std::string_view top_name;  ///< Of the child of the root that it is or is in.
};

class Reader {
public:
    explicit Reader(void const* fdt) : fdt_{fdt} {
        for (int index = 0; index < fdt_num_mem_rsv(fdt); ++index) {
            std::uint64_t address = 0;
            std::uint64_t bytes = 0;
            fdt_get_mem_rsv(fdt, index, &address, &bytes);
            std::uint64_t const end =
                address + bytes < address ? ~std::uint64_t{0} : address + bytes;
            reserved.push_back({
                {PhysAddr{address}, PhysAddr{end}},
                "/memreserve/", false
            });
        }
        visit({0, 1, nullptr, true, {}});
    }

    std::vector<PhysRange> ram;
    std::vector<Reserved> reserved;
    bool has_odd_reservation = false;
    std::vector<int> chosen;  ///< Nodes of that name.
    std::map<std::string_view, std::vector<Device>> devices;
    std::vector<kernel::Core> cores;
    std::vector<PhysRange> gic_cpus;
    std::vector<std::string_view> psci_methods;
    std::vector<std::optional<kernel::DmaWindow>> windows;  ///< Of the mailboxes' buses.

    Property property(int node, char const* name) const {
        int length = 0;
        void const* const value = fdt_getprop(fdt_, node, name, &length);
        return value == nullptr ? Property{}
                                : TreeBytes{static_cast<std::uint8_t const*>(value),
                                            static_cast<std::size_t>(length)};
    }

private:
    Number cells(int node, char const* name, Number otherwise) const {
        auto const value = property(node, name);
        return !value ? otherwise : value->size() < 4 ? 0 : big_endian(value->first(4));
    }

    void visit(Place place) {
        int length = 0;
        std::string_view const name = fdt_get_name(fdt_, place.node, &length);
        place.top_name = place.depth == 2 ? name : place.top_name;
        if (place.top_name == "aliases" || place.top_name.starts_with("__")) {
            return;
        }
        Bus bus{cells(place.node, "#address-cells", 2), cells(place.node, "#size-cells", 1),
                property(place.node, "ranges"), place.bus, property(place.node, "dma-ranges")};
        if (place.depth == 2 && name == "reserved-memory" && !bus.ranges) {
            bus.ranges = TreeBytes{};
        }
        auto const status = property(place.node, "status");
        place.is_okay =
            place.is_okay && (!status || text(status) == "okay" || text(status) == "ok");
        if (place.depth > 1) {
            note(place, name);
        }
        // Below devices there are no devices for the CPU.
        if (place.depth >= 3 && (!bus.ranges || !place.is_okay)) {
            return;
        }
        int child = 0;
        fdt_for_each_subnode(child, fdt_, place.node) {
            visit({child, place.depth + 1, &bus, place.is_okay, place.top_name});
        }
    }

    void note(Place const& place, std::string_view name) {
        if (place.top_name == "chosen") {
            if (place.depth == 2) {
                chosen.push_back(place.node);
            }
            return;
        }
        auto const type = text(property(place.node, "device_type"));
        auto const reg = property(place.node, "reg");
        auto const mpidr = one_number(reg);
        if (type == "cpu" && mpidr) {
            cores.push_back(
                {*mpidr, start_of(text(property(place.node, "enable-method"))),
                 PhysAddr{one_number(property(place.node, "cpu-release-addr")).value_or(0)}});
        }
        if (!place.is_okay) {
            return;
        }
        if (place.top_name == "reserved-memory") {
            note_reserved(place, name);
            return;
        }
        auto const registers = place.bus->registers(reg);
        if (type == "memory" && place.depth == 2) {
            std::copy_if(registers.begin(), registers.end(), std::back_inserter(ram),
                         [](PhysRange const& bank) { return !bank.empty(); });
        }
        note_device(place, registers);
    }

    void note_reserved(Place const& place, std::string_view name) {
        auto const reg = property(place.node, "reg");
        if (place.depth != 3 || !reg || reg->empty()) {
            return;
        }
        auto const ranges = place.bus->registers(reg);
        bool const no_map = property(place.node, "no-map").has_value();
        for (PhysRange const& range : ranges) {
            if (!range.empty()) {
                reserved.push_back({range, name, no_map});
            }
        }
        Number const entry = 4 * (place.bus->address_cells + place.bus->size_cells);
        has_odd_reservation = has_odd_reservation || ranges.size() * entry != reg->size();
    }

    void note_device(Place const& place, std::vector<PhysRange> const& registers) {
        auto const method = property(place.node, "method");
        for (std::string_view const name : strings(property(place.node, "compatible"))) {
            if (method && name.starts_with("arm,psci-")) {
                psci_methods.push_back(text(method));
            } else if (!registers.empty() && property(place.node, "reg")) {
                devices[name].push_back(
                    {registers[0], name, property(place.node, "interrupts").value_or(TreeBytes{})});
                bool const is_gic = name == "arm,gic-400" || name == "arm,cortex-a15-gic";
                if (is_gic && registers.size() > 1) {
                    gic_cpus.push_back(registers[1]);
                }
                if (name == "brcm,bcm2835-mbox") {
                    windows.push_back(window_of(place));
                }
            }
        }
    }

    static std::optional<kernel::DmaWindow> window_of(Place const& place) {
        constexpr Number kTop = ~std::uint64_t{0};
        Bus const& bus = *place.bus;
        Bus const& above = bus.above == nullptr ? bus : *bus.above;
        if (place.depth > 3) {
            return {};
        }
        if (!bus.dma_ranges || bus.dma_ranges->empty()) {
            return window(0, 0, kTop);
        }
        auto const child = static_cast<std::size_t>(4 * bus.address_cells);
        auto const parent = static_cast<std::size_t>(4 * above.address_cells);
        auto const size = static_cast<std::size_t>(4 * bus.size_cells);
        if (!bus.is_sound() || !Bus::is_count(above.address_cells) ||
            bus.dma_ranges->size() < child + parent + size) {
            return {};
        }
        Number const from = big_endian(bus.dma_ranges->first(child));
        Number const to = big_endian(bus.dma_ranges->subspan(child, parent));
        Number const bytes = big_endian(bus.dma_ranges->subspan(child + parent, size));
        if (from > kTop || to > kTop) {
            return {};
        }
        return window(from, to, bytes > kTop - to ? kTop : to + bytes);
    }
    static kernel::DmaWindow window(Number bus, Number begin, Number end) {
        return {
            {PhysAddr{static_cast<std::uint64_t>(begin)},
             PhysAddr{static_cast<std::uint64_t>(end)}},
            static_cast<std::uint64_t>(bus)
        };
    }

    static kernel::Core::Start start_of(std::string_view method) {
        return method == "psci"         ? kernel::Core::Start::Psci
               : method == "spin-table" ? kernel::Core::Start::SpinTable
                                        : kernel::Core::Start::Unknown;
    }

    void const* fdt_;
};

bool same(TreeBytes a, TreeBytes b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

// The first device of any of the names, in the order of the tree: where it lies in memory.
bool is_first_of(std::optional<Device> const& device, Reader const& reader,
                 std::initializer_list<std::string_view> names) {
    std::size_t candidates = 0;
    bool is_first = false;
    for (std::string_view const name : names) {
        auto const found = reader.devices.find(name);
        if (found != reader.devices.end()) {
            ++candidates;
            Device const& first = found->second.front();
            is_first = is_first ||
                       (device && device->registers == first.registers &&
                        device->compatible == name && same(device->interrupts, first.interrupts));
        }
    }
    return candidates == 0 ? !device : is_first;
}

bool same_memory(Board const& board, Reader const& reader) {
    bool same = board.ram.size() == std::min(reader.ram.size(), board.ram.capacity());
    for (std::size_t index = 0; same && index < board.ram.size(); ++index) {
        same = board.ram[index] == reader.ram[index];
    }
    return same;
}

bool same_reservations(Board const& board, Reader const& reader) {
    bool same = board.reserved.size() == reader.reserved.size();
    for (std::size_t index = 0; same && index < board.reserved.size(); ++index) {
        auto const& [range, name, no_map] = reader.reserved[index];
        auto const& ours = board.reserved[index];
        same = ours.range == range && ours.name == name && ours.no_map == no_map;
    }
    return same;
}

bool same_cores(Board const& board, Reader const& reader) {
    bool same = board.cores.size() == std::min(reader.cores.size(), board.cores.capacity());
    for (std::size_t index = 0; same && index < board.cores.size(); ++index) {
        kernel::Core const& core = reader.cores[index];
        same = board.cores[index].mpidr == core.mpidr && board.cores[index].start == core.start &&
               board.cores[index].release == core.release;
    }
    return same;
}

// Of several nodes of this name the first with anything to say counts; that case is left out.
bool same_chosen(Board const& board, Reader const& reader) {
    if (reader.chosen.size() != 1) {
        return !reader.chosen.empty() || (!board.initrd && board.bootargs.empty());
    }
    int const node = reader.chosen.front();
    auto const begin = one_number(reader.property(node, "linux,initrd-start"));
    auto const end = one_number(reader.property(node, "linux,initrd-end"));
    std::optional<PhysRange> initrd;
    if (begin && end && *begin < *end) {
        initrd = PhysRange{PhysAddr{*begin}, PhysAddr{*end}};
    }
    return board.initrd == initrd && board.bootargs == text(reader.property(node, "bootargs"));
}

bool same_psci(Board const& board, Reader const& reader) {
    std::string_view const method =
        reader.psci_methods.empty() ? std::string_view{} : reader.psci_methods.back();
    bool const has_smc = board.soc != kernel::Soc::Bcm2837 && board.soc != kernel::Soc::Bcm2711;
    return board.psci == (method == "smc" && has_smc ? kernel::PsciCall::Smc
                          : method == "hvc"          ? kernel::PsciCall::Hvc
                                                     : kernel::PsciCall::None);
}

bool same_window(Board const& board, Reader const& reader) {
    auto const window = reader.windows.empty() ? std::nullopt : reader.windows.front();
    if (!window || !board.dma) {
        return !window && !board.dma;
    }
    return board.dma->memory == window->memory && board.dma->bus_begin == window->bus_begin;
}

bool same_uart(Board const& board, Reader const& reader) {
    auto const found = reader.devices.find("arm,pl011");
    if (found == reader.devices.end()) {
        return !board.uart;
    }
    auto const& uarts = found->second;
    if (board.gpio) {
        return board.uart && board.uart->registers == uarts.front().registers;
    }
    return board.uart && std::any_of(uarts.begin(), uarts.end(), [&](Device const& uart) {
               return uart.registers == board.uart->registers;
           });
}

std::string first_difference(Board const& board, Reader const& reader) {
    auto const root = reader.property(0, "compatible").value_or(TreeBytes{});
    struct Check {
        char const* what;
        bool agrees;
    };
    for (Check const check : {
             Check{"model",                                      board.model == text(reader.property(0, "model"))},
             Check{"compatible",                                            same(board.compatible,                                                                      root)},
             Check{"ram",                                       same_memory(board,       reader)},
             Check{"reserved",same_reservations(board,             reader)},
             Check{"cores",                                   same_cores(board,                                                             reader)},
             Check{"chosen",                                            same_chosen(board,                                                                           reader)},
             Check{"psci",                                     same_psci(board,              reader)},
             Check{"uart",same_uart(board,reader)},
             Check{"dma window",                                       same_window(board,                         reader)},
             Check{"gpio",
                   is_first_of(board.gpio,                                                                            reader, {"brcm,bcm2711-gpio", "brcm,bcm2835-gpio"})},
             Check{"mailbox",                                     is_first_of(board.mailbox,                                                                                                                                       reader, {"brcm,bcm2835-mbox"})},
             Check{"watchdog",
                   is_first_of(board.watchdog,reader, {"brcm,bcm2835-pm", "brcm,bcm2835-pm-wdt"})},
             Check{"local interrupts",
                   is_first_of(board.local_interrupts,                                                              reader, {"brcm,bcm2836-l1-intc"})},
             Check{"armctrl", is_first_of(board.armctrl,                                      reader, {"brcm,bcm2836-armctrl-ic"})},
             Check{"gic",is_first_of(board.gic,reader, {"arm,gic-400", "arm,cortex-a15-gic"})},
             Check{"gic cpu",                                            reader.gic_cpus.empty() ? !board.gic_cpu
                                                      : board.gic_cpu == reader.gic_cpus.front()                                                                       },
    }) {
        if (!check.agrees) {
            return check.what;
        }
    }
    return {};
}

}  // namespace

std::string difference_to_libfdt(Board const& board, kernel::Result<void> outcome, TreeBytes blob) {
    Reader const reader{blob.data()};
    bool const is_full = reader.reserved.size() > board.reserved.capacity();
    std::optional<Error> const error = outcome ? std::optional<Error>{} : outcome.error();
    if (is_full || reader.has_odd_reservation) {
        bool const is_seen = (is_full && error == Error::TableFull) ||
                             (reader.has_odd_reservation && error == Error::TreeBadStructure);
        return is_seen ? "" : "reservations that cannot be noted";
    }
    if (error != (reader.ram.empty() ? std::optional{Error::TreeNoMemory} : std::nullopt)) {
        return "the outcome";
    }
    return first_difference(board, reader);
}

}  // namespace test
