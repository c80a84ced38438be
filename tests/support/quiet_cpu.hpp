// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/cpu.hpp"

#include <cstdint>

namespace test {

/// What a core is asked for that those who share frames never ask, so that a test's core says only
/// who it is and how it is masked.
class QuietCpu : public kernel::Cpu {
public:
    void wait_for_interrupt() override {}
    std::uint64_t longest_masked() const override { return 0; }
    std::uint64_t cycles() const override { return 0; }
    void finish_writes() override {}
    void clean_and_invalidate(kernel::VirtRange /*range*/) override {}

protected:
    ~QuietCpu() = default;
};

}  // namespace test
