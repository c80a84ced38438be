// SPDX-License-Identifier: MIT
//
// Always compiled with exceptions, and the only file that needs them: they pass through the frames
// of files that are compiled without.
#include "tests/support/broken_promise.hpp"

#include "kernel/require.hpp"

#include <stdexcept>
#include <string>

namespace {

struct BrokenPromise final : std::logic_error {
    using std::logic_error::logic_error;
};

}  // namespace

namespace kernel {

void broken_promise(char const* promise, char const* file, int line) {
    throw BrokenPromise{std::string{file} + ":" + std::to_string(line) + ": " + promise};
}

}  // namespace kernel

namespace test {

void give_up(std::string const& why) { throw std::runtime_error{why}; }

bool breaks_promise(void (*call)(void*), void* argument) {
    try {
        call(argument);
    } catch (BrokenPromise const&) {
        return true;
    }
    return false;
}

}  // namespace test
