// SPDX-License-Identifier: MIT
#pragma once

#include "shell/load/file_receiver.hpp"

#include "tests/support/file_sender.hpp"

#include <string>
#include <vector>

#include <CppUTest/TestHarness.h>

namespace test {

/// A receiver with room for four long blocks. For TEST_GROUP_BASE; include it last.
class FileReceiverTest : public Utest {
public:
    static constexpr char const* kCancelled = "\x18\x18\x18\x18\x18\b\b\b\b\b";
    static constexpr std::size_t kBlock = 1024;
    static constexpr std::size_t kRoom = 4 * kBlock;
    static constexpr std::size_t kShort = 128;

    std::vector<std::uint8_t> memory = std::vector<std::uint8_t>(kRoom + 8, 0xee);
    shell::FileReceiver receiver{
        {memory.data(), kRoom}
    };
    std::uint64_t now = 0;

    static char const* words(char const* said) { return said == nullptr ? "" : said; }

    /// What the receiver says while these come, a microsecond each.
    std::string give(std::string const& bytes) {
        std::string said;
        for (char const byte : bytes) {
            said += words(receiver.step(static_cast<std::uint8_t>(byte), ++now));
        }
        return said;
    }

    /// What it says when nothing has come for so long.
    std::string wait(std::uint64_t microseconds) {
        now += microseconds;
        return words(receiver.step({}, now));
    }

    /// All of the file has come, and nothing was written behind its room.
    void is_there(std::string const& file) {
        CHECK(receiver.is_over());
        STRCMP_EQUAL(nullptr, receiver.fault());
        UNSIGNED_LONGS_EQUAL(file.size(), receiver.bytes());
        CHECK(file == std::string(memory.begin(), memory.begin() + static_cast<long>(file.size())));
        CHECK(std::vector<std::uint8_t>(8, 0xee) ==
              std::vector<std::uint8_t>(memory.begin() + kRoom, memory.end()));
    }

    void failed(char const* why) {
        CHECK(receiver.is_over());
        STRCMP_EQUAL(why, receiver.fault());
        CHECK(!receiver.is_interrupted());
    }

    /// It asks again so many times, then gives up.
    void gives_up_after(unsigned tries, std::uint64_t each, char const* question) {
        for (unsigned n = 0; n != tries; ++n) {
            STRCMP_EQUAL(question, wait(each).c_str());
            CHECK(!receiver.is_over());
        }
        STRCMP_EQUAL(kCancelled, wait(each).c_str());
    }
};

}  // namespace test
