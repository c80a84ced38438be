// SPDX-License-Identifier: MIT
#include "tests/support/file_receiver_test.hpp"

using shell::FileReceiver;
using test::block;
using test::bytes_of;
using test::header;

TEST_GROUP_BASE(FileReceiver, test::FileReceiverTest){};

TEST(FileReceiver, InvitesAtOnceAndThenEverySecond) {
    STRCMP_EQUAL("C", wait(0).c_str());
    STRCMP_EQUAL("", wait(FileReceiver::kInvitation - 1).c_str());
    STRCMP_EQUAL("C", wait(1).c_str());
    STRCMP_EQUAL("", wait(0).c_str());
}

// Who took another invitation for a refusal of its first block would send it twice.
TEST(FileReceiver, IsMorePatientOnceSomebodySends) {
    give(header("kernel8.img", "128"));

    STRCMP_EQUAL("", wait(FileReceiver::kTry - 1).c_str());
    STRCMP_EQUAL("C", wait(1).c_str());
}

TEST(FileReceiver, GivesUpWhenNobodySends) {
    gives_up_after(FileReceiver::kInvitations, FileReceiver::kInvitation, "C");

    failed("no sender answers");
    STRCMP_EQUAL("", give(block(1, bytes_of(1024))).c_str());
    STRCMP_EQUAL("", wait(FileReceiver::kTry).c_str());
}

TEST(FileReceiver, TakesAFileByXmodem) {
    std::string const file = bytes_of(2 * 1024 + 128);
    wait(0);

    STRCMP_EQUAL("\x06", give(block(1, file.substr(0, 1024))).c_str());
    STRCMP_EQUAL("\x06", give(block(2, file.substr(1024, 1024))).c_str());
    STRCMP_EQUAL("\x06", give(block(3, file.substr(2048))).c_str());
    STRCMP_EQUAL("\x15", give("\x04").c_str());
    CHECK(!receiver.is_over());
    STRCMP_EQUAL("\x06", give("\x04").c_str());

    is_there(file);
}

TEST(FileReceiver, TakesAFileByYmodemAndCutsItToItsSize) {
    std::string const file = bytes_of(1030);
    wait(0);

    STRCMP_EQUAL(
        "\x06"
        "C",
        give(header("kernel8.img", "1030 14077 100644")).c_str());
    STRCMP_EQUAL("\x06", give(block(1, file.substr(0, 1024))).c_str());
    STRCMP_EQUAL("\x06", give(block(2, file.substr(1024) + std::string(122, '\x1a'))).c_str());
    STRCMP_EQUAL("\x15", give("\x04").c_str());
    STRCMP_EQUAL(
        "\x06"
        "C",
        give("\x04").c_str());
    CHECK(!receiver.is_over());
    STRCMP_EQUAL("\x06", give(header("", "")).c_str());

    is_there(file);
}

TEST(FileReceiver, TakesAFileThatFillsTheRoom) {
    std::string const file = bytes_of(kRoom);
    give(header("kernel8.img", std::to_string(kRoom)));
    for (unsigned n = 0; n != 4; ++n) {
        STRCMP_EQUAL("\x06", give(block(n + 1, file.substr(n * kBlock, kBlock))).c_str());
    }

    STRCMP_EQUAL(
        "\x15\x06"
        "C\x06",
        give("\x04\x04" + header("", "")).c_str());

    is_there(file);
}

TEST(FileReceiver, BelievesBlocksWhereYmodemTellsNoSize) {
    give(header("kernel8.img", "") + block(1, bytes_of(128)) + "\x04\x04" + header("", ""));

    is_there(bytes_of(128));
}

TEST(FileReceiver, TakesAHeaderWithoutAnEnd) {
    STRCMP_EQUAL(
        "\x06"
        "C",
        give(block(0, std::string(128, 'k'))).c_str());

    give(block(1, bytes_of(128)) + "\x04\x04" + header("", ""));

    is_there(bytes_of(128));
}

TEST(FileReceiver, TakesALongHeader) {
    std::string const name(127, 'k');

    STRCMP_EQUAL(
        "\x06"
        "C",
        give(block(0, name + '\0' + "128" + std::string(893, '\0'))).c_str());

    give(block(1, bytes_of(128)) + "\x04\x04" + header("", ""));
    is_there(bytes_of(128));
}

TEST(FileReceiver, EndsWithoutYmodemsLastBlockToo) {
    give(header("kernel8.img", "128") + block(1, bytes_of(128)));

    STRCMP_EQUAL(
        "\x15\x06"
        "C",
        give("\x04\x04").c_str());
    STRCMP_EQUAL(
        "\x06"
        "C",
        give("\x04").c_str());
    STRCMP_EQUAL("", wait(FileReceiver::kTry).c_str());

    is_there(bytes_of(128));
}

TEST(FileReceiver, AcknowledgesARepeatedBlockAndDropsIt) {
    std::string const file = bytes_of(256);
    give(block(1, file.substr(0, 128)));

    STRCMP_EQUAL("\x06", give(block(1, std::string(128, 'x'))).c_str());
    STRCMP_EQUAL("\x06", give(block(2, file.substr(128))).c_str());

    give("\x04\x04");
    is_there(file);
}

TEST(FileReceiver, AcknowledgesARepeatedHeader) {
    give(header("kernel8.img", "128"));

    STRCMP_EQUAL(
        "\x06"
        "C",
        give(header("kernel8.img", "128")).c_str());

    give(block(1, bytes_of(128)) + "\x04\x04" + header("", ""));
    is_there(bytes_of(128));
}

TEST(FileReceiver, NumbersBlocksModulo256) {
    std::vector<std::uint8_t> large(300 * kShort + 1024);
    FileReceiver long_one{large};
    std::string const file = bytes_of(300 * kShort);
    std::uint64_t at = 0;
    for (unsigned n = 0; n != 300; ++n) {
        for (char const byte : block((n + 1) % 256, file.substr(n * kShort, kShort))) {
            long_one.step(static_cast<std::uint8_t>(byte), ++at);
        }
    }
    long_one.step(4, at);
    long_one.step(4, at);

    CHECK(long_one.is_over());
    STRCMP_EQUAL(nullptr, long_one.fault());
    CHECK(file == std::string(large.begin(), large.begin() + long{300 * kShort}));
}

TEST(FileReceiver, IsStoppedByCtrlCBeforeTheFirstBlock) {
    wait(0);

    STRCMP_EQUAL("", give("\x03").c_str());

    CHECK(receiver.is_over());
    CHECK(receiver.is_interrupted());
    STRCMP_EQUAL("stopped by Ctrl-C", receiver.fault());
}

TEST(FileReceiver, IsNotStoppedByCtrlCLater) {
    give(block(1, bytes_of(128)));

    give("\x03");

    CHECK(!receiver.is_over());
    STRCMP_EQUAL("\x15", wait(FileReceiver::kSilence).c_str());
}
