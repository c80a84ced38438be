// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace test {

/// Ends the test: what it relies on does not hold.
[[noreturn]] void give_up(std::string const& why);

/// True if `call(argument)` breaks a promise.
bool breaks_promise(void (*call)(void*), void* argument);

/// True if `call()` breaks a promise. In builds without exceptions too; there nothing that `call`
/// has on its stack is destroyed.
template <typename Call>
bool breaks_promise(Call call) {
    return breaks_promise([](void* argument) { (*static_cast<Call*>(argument))(); }, &call);
}

}  // namespace test
