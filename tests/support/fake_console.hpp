// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/console.hpp"

#include <deque>
#include <functional>
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
    std::optional<kernel::Received> poll() override {
        if (input.empty()) {
            if (idle) {
                idle();
            }
            return std::nullopt;
        }
        auto const byte = static_cast<std::uint8_t>(input.front());
        input.pop_front();
        return kernel::Received{byte, kernel::Received::Fault::None};
    }
    kernel::Received wait() override { return {}; }
    bool take_interrupt() override {
        if (questions_until_interrupt_ == 0 || --questions_until_interrupt_ != 0) {
            return false;
        }
        questions_until_interrupt_ = questions_until_next_;
        return true;
    }
    kernel::LineCounters counters() const override { return counters_; }

    /// What was written since the last time.
    std::string take_output() { return std::exchange(output_, {}); }
    std::size_t writes() const { return writes_; }
    /// Ctrl-C is pressed when a handler asks for it the `question`th time from now; not for 0.
    void press_interrupt(unsigned question = 1) {
        questions_until_interrupt_ = question;
        questions_until_next_ = 0;
    }
    /// The same, and again each time that so many questions have passed.
    void keep_pressing_interrupt(unsigned questions) {
        questions_until_interrupt_ = questions;
        questions_until_next_ = questions;
    }
    std::deque<char> input;      ///< What poll() gives.
    std::function<void()> idle;  ///< Done when it has nothing to give.
    void set_counters(kernel::LineCounters const& counters) { counters_ = counters; }

private:
    std::string output_;
    std::size_t writes_ = 0;
    unsigned questions_until_interrupt_ = 0;  ///< 0: never.
    unsigned questions_until_next_ = 0;
    kernel::LineCounters counters_;
};

}  // namespace test
