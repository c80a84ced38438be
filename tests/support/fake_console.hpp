// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/console.hpp"

#include <string>
#include <utility>

namespace test {

/// Keeps what is written; a test sets what a handler may ask.
class FakeConsole final : public kernel::Console {
public:
    void write(std::string_view text) override {
        output_ += text;
        ++writes_;
    }
    std::optional<kernel::Received> poll() override { return std::nullopt; }
    kernel::Received wait() override { return {}; }
    bool take_interrupt() override { return std::exchange(has_interrupt_, false); }
    kernel::LineCounters counters() const override { return counters_; }

    /// What was written since the last time.
    std::string take_output() { return std::exchange(output_, {}); }
    std::size_t writes() const { return writes_; }
    void press_interrupt() { has_interrupt_ = true; }
    void set_counters(kernel::LineCounters const& counters) { counters_ = counters; }

private:
    std::string output_;
    std::size_t writes_ = 0;
    bool has_interrupt_ = false;
    kernel::LineCounters counters_;
};

}  // namespace test
