// SPDX-License-Identifier: MIT
#pragma once

namespace kernel {

/// Stops the machine (on a host: throws) and reports the promise that was broken, with its place.
///
/// Declared here, defined by whoever builds: the kernel in kernel/panic.cpp, the tests in
/// tests/support. A program that embeds kernel/mm defines its own; it must not return.
[[noreturn]] void broken_promise(char const* promise, char const* file, int line);

/// Never reached. For code after a switch that names every enumerator.
[[noreturn]] inline void unreachable(char const* promise, char const* file = __builtin_FILE(),
                                     int line = __builtin_LINE()) {
    broken_promise(promise, file, line);
}

/// States what holds here whatever the outside world does. The text is the promise, not the
/// accident. For what the world may refuse, return an `Error`.
constexpr void require(bool holds, char const* promise, char const* file = __builtin_FILE(),
                       int line = __builtin_LINE()) {
    if (!holds) {
        broken_promise(promise, file, line);
    }
}

}  // namespace kernel
