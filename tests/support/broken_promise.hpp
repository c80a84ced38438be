// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace test {

/// Ends the test: what it relies on does not hold.
[[noreturn]] void give_up(std::string const& why);

/// The promise that `call(argument)` breaks; null if it breaks none.
char const* promise_broken_by(void (*call)(void*), void* argument);

/// The same of `call()`. In builds without exceptions too; there nothing that `call` has on its
/// stack is destroyed.
template <typename Call>
char const* promise_broken_by(Call call) {
    return promise_broken_by([](void* argument) { (*static_cast<Call*>(argument))(); }, &call);
}

template <typename Call>
bool breaks_promise(Call call) {
    return promise_broken_by(call) != nullptr;
}

}  // namespace test
