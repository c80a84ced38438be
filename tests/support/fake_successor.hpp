// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/successor.hpp"

#include <optional>
#include <string>

namespace test {

/// Notes what is to be run, and goes on.
class FakeSuccessor final : public kernel::Successor {
public:
    void run(kernel::NextKernel const& next) override {
        last = next;
        auto const* const bytes = reinterpret_cast<char const*>(next.file.begin.raw());
        file = std::string(bytes, next.file.bytes());
    }

    std::optional<kernel::NextKernel> last;
    std::string file;  ///< What was there.
};

}  // namespace test
