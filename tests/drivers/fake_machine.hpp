// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/clock.hpp"
#include "kernel/cpu.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace test {

/// A clock that moves by `step` each time somebody looks at it. With step 0 it stands still.
class FakeClock final : public kernel::Clock {
public:
    explicit FakeClock(std::uint64_t step = 1) : step_{step} {}

    std::uint64_t microseconds() const override { return now_ += step_; }
    std::uint64_t now() const { return now_; }
    void stop() { step_ = 0; }

private:
    mutable std::uint64_t now_ = 0;
    std::uint64_t step_;
};

/// A core that is where the test says, and whose interrupts are the test's functions.
class FakeCpu final : public kernel::Cpu {
public:
    unsigned core() const override { return core_number; }

    kernel::InterruptMask mask_interrupts() override {
        if (before_masked) {
            before_masked();
        }
        auto const before = mask;
        mask = kernel::InterruptMask::Masked;
        return before;
    }
    /// An interrupt that became pending while they were masked is taken here.
    void restore_interrupts(kernel::InterruptMask before) override {
        mask = before;
        if (mask == kernel::InterruptMask::Open && when_opened) {
            when_opened();
        }
    }
    void wait_for_interrupt() override {
        ++sleeps;
        slept_unmasked = slept_unmasked || mask == kernel::InterruptMask::Open;
        if (while_asleep) {
            while_asleep();
        }
    }
    std::uint64_t longest_masked() const override { return 0; }
    std::uint64_t cycles() const override { return 0; }
    void finish_writes() override {
        if (when_writes_finish) {
            when_writes_finish();
        }
    }
    void clean_and_invalidate(kernel::VirtRange range) override { cleaned.push_back(range); }

    unsigned core_number = 0;
    kernel::InterruptMask mask = kernel::InterruptMask::Open;
    unsigned sleeps = 0;
    bool slept_unmasked = false;
    std::vector<kernel::VirtRange> cleaned;
    std::function<void()> before_masked;
    std::function<void()> while_asleep;
    std::function<void()> when_opened;
    std::function<void()> when_writes_finish;
};

}  // namespace test
