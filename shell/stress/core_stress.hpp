// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/alarm.hpp"
#include "kernel/clock.hpp"
#include "kernel/cores.hpp"
#include "shell/stress/stress_worker.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace shell {

/// When a core under stress has done its part, and what interrupts do there.
struct StressPlan {
    std::uint64_t operations;                 ///< On this core, its interrupts' not counted.
    std::optional<std::uint64_t> deadline{};  ///< By the clock, if it ends by time, too.
    bool interrupts_allocate = true;
};

/// What one core does under stress: allocates and frees, and is interrupted by an alarm that does
/// the same, as often as 1,000 to 10,000 times a second.
class CoreStress final : public kernel::Work {
public:
    /// What it asks of the machine; all outlive it.
    struct Parts {
        StressedMemory& memory;
        kernel::Clock const& clock;
        kernel::Alarm& alarm;
    };
    CoreStress(Parts const& parts, unsigned core, std::uint64_t seed, StressPlan const& plan);

    /// The whole of it, on the core that calls this; or its parts, in this order.
    void run() override;

    void begin();
    /// Some of what there is to do. False when all is done, or the memory stops.
    bool go_on();
    /// Frees all that is left. No alarm comes from now on.
    void end();

    unsigned core() const { return core_; }
    std::uint64_t operations() const { return worker_.operations(); }
    // The rest when it has ended.
    std::uint64_t refused() const { return worker_.refused() + handler_.refused(); }
    std::uint64_t found() const { return worker_.found() + handler_.found(); }
    std::uint64_t interrupts() const { return interrupts_; }
    bool is_interrupted() const { return is_interrupted_; }

private:
    static constexpr std::size_t kRoom = 512;
    static constexpr std::size_t kHandlerRoom = 8;
    static constexpr unsigned kHandlerLargest = 3;  ///< Order: a handler is short.

    class AlarmWork final : public kernel::Work {
    public:
        explicit AlarmWork(CoreStress& core) : core_{core} {}
        void run() override { core_.be_interrupted(); }

    private:
        CoreStress& core_;
    };
    void be_interrupted();
    bool set_alarm();

    Parts parts_;
    unsigned core_;
    StressPlan plan_;
    std::array<std::uint64_t, kRoom> room_{};
    std::array<std::uint64_t, kHandlerRoom> handler_room_{};
    StressWorker worker_;
    StressWorker handler_;
    mm::Random random_;
    AlarmWork alarm_work_{*this};
    bool is_interrupted_ = false;
    std::uint64_t interrupts_ = 0;
};

}  // namespace shell
