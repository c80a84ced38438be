// SPDX-License-Identifier: MIT
#pragma once

#include "shell/session.hpp"

#include "tests/support/fake_machine.hpp"

#include <cstdint>
#include <string>
#include <string_view>

#include <CppUTest/Utest.h>
#include <CppUTest/UtestMacros.h>

namespace test {

/// A session on a machine that is all fakes. For TEST_GROUP_BASE; include it last. ShellTest has
/// one whose memory is real.
class FakeShellTest : public Utest {
public:
    FakeMachine fake;
    shell::Session session{fake.machine};

    void type(std::string_view text) {
        for (char const letter : text) {
            session.receive({static_cast<std::uint8_t>(letter), kernel::Received::Fault::None});
        }
    }

    /// What the line prints; it must end as expected.
    std::string executed(std::string_view line, shell::Outcome expected) {
        fake.console.take_output();
        CHECK_TEXT(session.execute(line) == expected, std::string{line}.c_str());
        return fake.console.take_output();
    }
    std::string succeeds(std::string_view line) { return executed(line, shell::Outcome::Success); }
    std::string fails(std::string_view line) { return executed(line, shell::Outcome::Failure); }
};

}  // namespace test
