// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/address.hpp"
#include "kernel/core_messages.hpp"
#include "kernel/cores.hpp"

#include <cstdint>

namespace arch {

/// What boot/other_cores.S has to know. `root` is read past the caches: whoever writes it cleans it
/// to memory. The rest is read through them.
struct alignas(64) OtherCoresStart {
    std::uint64_t root = 0;               ///< Of the final tables: for TTBR1_EL1.
    std::uint64_t exception_stack_0 = 0;  ///< Where core 0's would end.
    std::uint64_t stack_0 = 0;
    std::uint64_t stride = 0;  ///< From one core's to the next one's.
};

/// All cores, from the one that boots on.
class Cores final : public kernel::Cores {
public:
    /// On the core that boots.
    Cores(kernel::CoreMessages& messages, kernel::Alarm& alarm);

    kernel::CoreState state(unsigned core) const override;
    std::uint64_t interrupts(unsigned core) const override;
    void start(unsigned core, kernel::Work& work) override;
    kernel::Alarm& alarm() override { return alarm_; }
    void wait_for(unsigned core) override;
    void doze_for(unsigned core) override;

    /// What the board has of core `core`, which is not the one that boots: NotStarted, or Silent as
    /// soon as it is going to be released.
    void note(unsigned core, kernel::CoreState state);

    /// The physical address where a released core enters. From now on it finds the tables below
    /// `root`.
    static kernel::VirtAddr prepare_entry(kernel::PhysAddr root);

    kernel::CoreMessages& messages() { return messages_; }

    /// The life of a core that was released.
    [[noreturn]] void serve();

private:
    kernel::CoreMessages& messages_;
    kernel::Alarm& alarm_;
    unsigned boot_core_;
};

/// The messages of a board whose interrupt controller has no driver: an event wakes all cores that
/// wait for one (ARM DDI 0487J.a, D1.6.1). What stops them waits until they look.
class CoreEvents final : public kernel::CoreMessages {
public:
    void listen() override {}
    void send(unsigned core) override;
    bool answer_with(kernel::Work& /*work*/) override { return false; }
    void stop(unsigned core) override { send(core); }
    void wait() override;
};

/// A panic is one core's: the first that calls this. There it returns, every time; any other core
/// is stopped.
void claim_panic();

/// Stops this core if another one has a panic.
void obey_panic();

/// Of the cores that ran, this one not counted.
struct StoppedCores {
    unsigned others = 0;
    unsigned stopped = 0;
};

/// Stops all cores but this one, waiting a second at most for them to obey.
StoppedCores stop_other_cores();

}  // namespace arch
