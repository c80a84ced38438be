// SPDX-License-Identifier: MIT
#include "kernel/arch/core_lock.hpp"

#include "kernel/format.hpp"
#include "kernel/require.hpp"

#include <array>

namespace arch {

namespace {

constexpr std::uint64_t kPatienceSeconds = 10;

// It outlives the call: the report prints it. The last byte stays zero.
constinit std::array<char, 80> promise{};

kernel::TextBuffer promise_text() {
    return kernel::TextBuffer{
        {promise.data(), promise.size() - 1}
    };
}

[[noreturn]] void break_promise() {
    kernel::broken_promise(promise.data(), __builtin_FILE(), __builtin_LINE());
}

}  // namespace

std::uint64_t LockMachine::deadline() {
    return counter_ticks() + kPatienceSeconds * Timer{}.ticks_per_second();
}

void LockMachine::give_up(char const* name, unsigned holder) {
    kernel::TextBuffer text = promise_text();
    kernel::print(text, "core {} gives the lock of {} back in time", holder, name);
    break_promise();
}

void LockMachine::give_up_on(unsigned core) {
    kernel::TextBuffer text = promise_text();
    kernel::print(text, "core {} gives back the frames that it keeps in time", core);
    break_promise();
}

void LockMachine::refuse(kernel::RankedLock const& lock, kernel::RankedLock const& held) {
    kernel::TextBuffer text = promise_text();
    kernel::print(text, "the lock of {} is taken while that of {} is held", lock.name(),
                  held.name());
    break_promise();
}

}  // namespace arch
