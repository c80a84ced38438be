// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/alarm.hpp"
#include "kernel/cores.hpp"

#include <cstdint>
#include <utility>

namespace test {

/// One for all cores; rings when the test says so.
class FakeAlarm final : public kernel::Alarm {
public:
    bool set(std::uint64_t microseconds, kernel::Work& work) override {
        last_set = microseconds;
        work_ = is_there ? &work : nullptr;
        return is_there;
    }
    void cancel() override { work_ = nullptr; }

    void ring() {
        if (kernel::Work* const work = std::exchange(work_, nullptr)) {
            work->run();
        }
    }
    bool is_set() const { return work_ != nullptr; }

    bool is_there = true;
    std::uint64_t last_set = 0;

private:
    kernel::Work* work_ = nullptr;
};

}  // namespace test
