// SPDX-License-Identifier: MIT
#pragma once

#include "boot/builtin_trees.hpp"
#include "kernel/clock.hpp"
#include "kernel/cores.hpp"
#include "kernel/cpu.hpp"
#include "kernel/crash.hpp"
#include "kernel/device_tree.hpp"
#include "kernel/interrupts.hpp"
#include "kernel/log.hpp"
#include "kernel/mm/fault_plan.hpp"
#include "kernel/mm/frame_allocator.hpp"
#include "kernel/power.hpp"
#include "shell/holdings.hpp"
#include "shell/machine.hpp"

#include "tests/support/fake_alarm.hpp"
#include "tests/support/fake_console.hpp"
#include "tests/support/fake_successor.hpp"

#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace test {

class StoppedClock final : public kernel::Clock {
public:
    std::uint64_t microseconds() const override {
        if (look) {
            look();
        }
        return now;
    }
    std::uint64_t now = 0;
    std::function<void()> look;  ///< Done whenever somebody looks.
};

/// Counts; does not obey, so that the handler goes on.
class FakeCore final : public kernel::Cpu {
public:
    unsigned core() const override { return 0; }
    kernel::InterruptMask mask_interrupts() override { return kernel::InterruptMask::Open; }
    void restore_interrupts(kernel::InterruptMask /*before*/) override {}
    void wait_for_interrupt() override {}
    std::uint64_t longest_masked() const override { return longest; }
    /// Every other look is 10 later than the one before it, and but for the first `tries` of these
    /// `costs` more, each in turn.
    std::uint64_t cycles() const override {
        if (++looks % 2 == 0) {
            std::uint64_t const pair = looks / 2 - 1;
            time += 10 + (pair < tries ? 0 : costs[pair % costs.size()]);
        }
        return time;
    }
    std::uint64_t tries = 16;
    std::vector<std::uint64_t> costs{0};
    mutable std::uint64_t looks = 0;
    mutable std::uint64_t time = 0;
    void finish_writes() override {}
    void clean_and_invalidate(kernel::VirtRange /*range*/) override {}
    std::uint64_t longest = 0;
};

/// Notes what was asked for, and goes on.
class FakeCrashes final : public kernel::Crashes {
public:
    std::size_t count() const override { return kKinds.size(); }
    Kind kind(std::size_t number) const override { return kKinds.at(number); }
    void crash(std::size_t number, Place place) override {
        crashed = number;
        where = place;
    }
    static constexpr std::array kKinds{
        Kind{"first",  "does one thing"},
        Kind{"second", "does another"  }
    };
    std::optional<std::size_t> crashed;
    Place where = Place::Kernel;
};

/// Four cores, the first of which runs the test; work is done when that waits for its end.
class FakeCores final : public kernel::Cores {
public:
    kernel::CoreState state(unsigned core) const override { return states.at(core); }
    std::uint64_t interrupts(unsigned core) const override { return 10 + core; }
    void start(unsigned core, kernel::Work& work) override {
        started.push_back(core);
        states.at(core) = kernel::CoreState::Works;
        works.at(core) = &work;
    }
    kernel::Alarm& alarm() override { return the_alarm; }
    void wait_for(unsigned core) override {
        waited_for.push_back(core);
        doze_for(core);
    }
    void doze_for(unsigned core) override {
        if (kernel::Work* const work = std::exchange(works.at(core), nullptr)) {
            work->run();
            states.at(core) = kernel::CoreState::Sleeps;
        }
    }

    FakeAlarm the_alarm;
    std::array<kernel::Work*, kernel::kMostCores> works{};
    std::array<kernel::CoreState, kernel::kMostCores> states{
        kernel::CoreState::Works, kernel::CoreState::Sleeps, kernel::CoreState::Sleeps,
        kernel::CoreState::Sleeps};
    std::vector<unsigned> started;
    std::vector<unsigned> waited_for;
};

class FakePower final : public kernel::Power {
public:
    void reboot() override { ++reboots; }
    void power_off() override { ++power_offs; }
    unsigned reboots = 0;
    unsigned power_offs = 0;
};

class FakeInterrupts final : public kernel::InterruptController {
public:
    static constexpr std::uint32_t kCount = 4;

    kernel::Result<void> enable(kernel::InterruptNumber /*number*/,
                                kernel::InterruptHandler& /*handler*/) override {
        return {};
    }
    void disable(kernel::InterruptNumber /*number*/) override {}
    void dispatch() override {}
    std::uint32_t interrupt_count() const override { return kCount; }
    kernel::InterruptStatistics statistics(kernel::InterruptNumber number) const override {
        return sources.at(number.value);
    }
    std::uint64_t spurious() const override { return 0; }

    std::array<kernel::InterruptStatistics, kCount> sources{};
};

/// A machine for what needs no memory management: the references to its parts lead to nothing, and
/// a test that follows one finds out.
class FakeMachine {
public:
    FakeConsole console;
    StoppedClock clock;
    FakeCore core;
    FakeCores cores;
    FakeCrashes crashes;
    FakePower power;
    FakeSuccessor successor;
    FakeInterrupts interrupts;
    FakeConsole boot_output;
    kernel::Log log{boot_output};
    std::array<std::uint64_t, shell::Holdings::storage_words(16)> records{};
    shell::Holdings holdings{records};
    mm::FaultPlan faults;
    // No memory.
    static constexpr mm::FrameRange kNoFrames{mm::FrameNumber{0}, mm::FrameNumber{0}};
    mm::Zone early{"early", kNoFrames, {}, {}};
    mm::Zone late{"late", kNoFrames, {}, {}};
    mm::FrameAllocator frames{early, late};
    kernel::DeviceTree tree =
        *kernel::DeviceTree::open(boot::builtin_tree(kernel::BuiltinTree::Bcm2837));

    shell::Machine machine{.console = console,
                           .clock = clock,
                           .cpu = core,
                           .power = power,
                           .successor = successor,
                           .cores = cores,
                           .memory = nothing(),
                           .log = log,
                           .board = nothing(),
                           .tree = tree,
                           .interrupts = interrupts,
                           .memory_map = nothing(),
                           .early_window = nothing(),
                           .frames = frames,
                           .pages = nothing(),
                           .virtual_space = nothing(),
                           .heap = nothing(),
                           .mapping_plan = nothing(),
                           .crashes = crashes,
                           .contents = nothing(),
                           .retired = nothing(),
                           .poison = nothing(),
                           .holdings = holdings,
                           .faults = faults};

private:
    struct Nothing {
        template <typename Part>
        // NOLINTNEXTLINE(google-explicit-constructor): it stands for any part.
        operator Part&() const {
            alignas(64) static std::array<std::byte, 64> nowhere{};
            return *static_cast<Part*>(static_cast<void*>(&nowhere));
        }
    };
    static Nothing nothing() { return {}; }
};

}  // namespace test
