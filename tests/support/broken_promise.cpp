// SPDX-License-Identifier: MIT
#include "kernel/require.hpp"

#include <stdexcept>
#include <string>

namespace kernel {

/// On the host a broken promise is an exception, so that CHECK_THROWS can ask for one.
void broken_promise(char const* promise, char const* file, int line) {
    throw std::logic_error{std::string{file} + ":" + std::to_string(line) + ": " + promise};
}

}  // namespace kernel
