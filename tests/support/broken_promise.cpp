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
    BrokenPromise(char const* broken, std::string const& where)
        : logic_error{where + ": " + broken}, promise{broken} {}
    char const* promise;
};

}  // namespace

namespace kernel {

void broken_promise(char const* promise, char const* file, int line) {
    throw BrokenPromise{promise, std::string{file} + ":" + std::to_string(line)};
}

}  // namespace kernel

namespace test {

void give_up(std::string const& why) { throw std::runtime_error{why}; }

char const* promise_broken_by(void (*call)(void*), void* argument) {
    try {
        call(argument);
    } catch (BrokenPromise const& broken) {
        return broken.promise;
    }
    return nullptr;
}

}  // namespace test
