// SPDX-License-Identifier: MIT
#pragma once

#include "tests/concurrency/explorer/view.hpp"

#include <array>
#include <csetjmp>
#include <cstddef>
#include <ucontext.h>

namespace concurrency {

/// Stacks that take turns on one thread: one for each core, one that looks at the outcome, and that
/// of main(). Which runs is said by whoever runs.
class Fibers {
public:
    static constexpr unsigned kChecker = kMostCores;
    static constexpr unsigned kMain = kMostCores + 1;

    /// `work(number)` is what a fiber does; it ends in switch_to().
    explicit Fibers(void (*work)(unsigned number));

    /// Whatever that fiber did, at its next turn it begins again.
    void rewind(unsigned number) { fibers_[number].resume = &fibers_[number].top; }

    /// Comes back when somebody switches to the one that called this.
    void switch_to(unsigned number);

    /// Who runs.
    unsigned current() const { return current_; }

    /// True if `address` is on the stack of who runs.
    bool is_on_stack(void const* address) const {
        return stack_.data() + std::size_t{current_} * kStackBytes <= address &&
               address < stack_.data() + std::size_t{current_ + 1} * kStackBytes;
    }

private:
    static constexpr std::size_t kStackBytes = std::size_t{64} * 1024;

    struct Fiber {
        ucontext_t first{};           ///< How it begins for the first time.
        std::jmp_buf top{};           ///< How it begins again.
        std::jmp_buf here{};          ///< Where it left.
        std::jmp_buf* resume = &top;  ///< Which of them is next.
    };

    static void run();

    std::array<Fiber, kMain + 1> fibers_;
    alignas(64) std::array<std::byte, kStackBytes * kMain> stack_{};
    void (*work_)(unsigned number);
    unsigned current_ = kMain;
};

}  // namespace concurrency
