// SPDX-License-Identifier: MIT
#include "kernel/start/successor.hpp"

#include "boot/early_map.hpp"
#include "kernel/arch/core.hpp"
#include "kernel/arch/timer.hpp"
#include "kernel/require.hpp"
#include "kernel/start/memory.hpp"
#include "kernel/start/other_cores.hpp"
#include "kernel/start/uncached_page.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace start {

/// What boot/next_kernel.S has to know of a core that leaves.
struct Departure {
    std::uint64_t to = 0;  ///< A physical address, to go on at with the MMU off,
    std::array<std::uint64_t, 5> arguments{};  ///< and x1 to x5 there.
    std::uint64_t identity = 0;                ///< Root of an identity map of the text.
    std::uint64_t level = 0;                   ///< At entry.
};

}  // namespace start

extern "C" {
[[noreturn]] void leave_kernel(start::Departure const* departure);
extern std::uint8_t const enter_next_kernel[];
extern std::uint8_t const enter_next_kernel_end[];
/// Whole words of 8 bytes.
extern std::uint64_t const wait_for_release[];
extern std::uint64_t const wait_for_release_end[];
}

namespace start {
namespace {

constexpr char const* kLost = "a core that is sent away is gone within a second";

// Where a core waits: in the page with its release address, in the other half of that. The page is
// the firmware's, and no kernel's (/memreserve/ of bcm283x.dtsi); the stub ends at 0x100.
constexpr std::uint64_t waiting_place(kernel::PhysAddr release) {
    return kernel::align_down(release.raw() ^ mm::kFrameBytes / 2, 256) + 8;
}

class Leave final : public kernel::Work {
public:
    explicit Leave(Departure const& departure) : departure_{departure} {}
    void run() override { leave_kernel(&departure_); }

private:
    Departure const& departure_;
};

class SwitchOff final : public kernel::Work {
public:
    explicit SwitchOff(drivers::Psci& psci) : psci_{psci} {}
    void run() override {
        arch::Core{}.mask_interrupts();
        psci_.stop_this_core();
    }

private:
    drivers::Psci& psci_;
};

/// Copies `bytes` there, and gives where the next may go.
std::uint64_t append(std::uint64_t to, std::span<std::uint8_t const> bytes) {
    std::copy(bytes.begin(), bytes.end(), reinterpret_cast<std::uint8_t*>(to));
    return to + bytes.size();
}

}  // namespace

void Successor::run(kernel::NextKernel const& next) {
    // Behind the file: what copies it to its place, and the tree.
    std::uint64_t const code = kernel::align_up(next.file.end.raw(), 16);
    std::uint64_t tree = 0;
    std::uint64_t end = append(code, {enter_next_kernel, enter_next_kernel_end});
    if (auto const& loaders = machine_.handover.device_tree) {
        tree = end;
        end = append(tree, *loaders);
    }
    kernel::require(end - next.file.end.raw() <= kRoomBehind, "there is room behind the file");
    arch::Core{}.clean_and_invalidate({next.file.begin, kernel::VirtAddr{end}});

    for (kernel::Core const& core : machine_.board.cores) {
        send_away(core);
    }
    arch::Core{}.mask_interrupts();
    machine_.peripherals.fall_silent();
    Departure departure = from_here(physical(code));
    departure.arguments = {physical(next.file.begin.raw()), physical(code), next.place.begin.raw(),
                           next.place.end.raw(), tree == 0 ? 0 : physical(tree)};
    leave_kernel(&departure);
}

Departure Successor::from_here(std::uint64_t to) const {
    auto const identity = reinterpret_cast<std::uint64_t>(&early_tables);
    return {to, {}, physical(identity), machine_.handover.exception_level};
}

/// Of an address in the window.
std::uint64_t Successor::physical(std::uint64_t address) const {
    return address - boot::kEarlyWindow.raw() + machine_.handover.ram_base.raw();
}

/// Back to where it came from.
void Successor::send_away(kernel::Core const& core) {
    std::uint64_t const number = number_of(core);
    if (number >= kernel::kMostCores) {
        return;
    }
    auto const id = static_cast<unsigned>(number);
    if (machine_.cores.state(id) != kernel::CoreState::Sleeps) {
        return;  // This one, or one that was never started.
    }
    if (core.start == kernel::Core::Start::Psci) {
        switch_off(id, core.mpidr);
    } else {
        send_back(id, core.release);
    }
}

void Successor::switch_off(unsigned core, std::uint64_t affinity) {
    drivers::Psci& psci = *machine_.peripherals.psci();
    SwitchOff work{psci};
    machine_.cores.start(core, work);
    std::uint64_t const deadline = arch::counter_ticks() + arch::Timer{}.ticks_per_second();
    while (!psci.is_off(affinity)) {
        kernel::require(arch::counter_ticks() < deadline, kLost);
    }
}

/// To wait for its release, at the exception level at which it came.
void Successor::send_back(unsigned core, kernel::PhysAddr release) {
    UncachedPage page{machine_.pages, release};
    std::uint64_t const place = waiting_place(release);
    std::uint64_t volatile& is_under_way = page.word(place - 8);
    is_under_way = 1;
    std::uint64_t at = place;
    for (auto const* code = wait_for_release; code < wait_for_release_end; ++code, at += 8) {
        page.word(at) = *code;
    }
    asm volatile("dsb sy" : : : "memory");

    Departure departure = from_here(place);
    departure.arguments[0] = release.raw();
    Leave work{departure};
    machine_.cores.start(core, work);
    std::uint64_t const deadline = arch::counter_ticks() + arch::Timer{}.ticks_per_second();
    while (is_under_way != 0) {
        kernel::require(arch::counter_ticks() < deadline, kLost);
    }
}

}  // namespace start
