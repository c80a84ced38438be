// SPDX-License-Identifier: MIT
#include "tests/support/file_receiver_test.hpp"

using shell::FileReceiver;
using test::block;
using test::bytes_of;
using test::header;

TEST_GROUP_BASE(FileReceiverFaults, test::FileReceiverTest){};

TEST(FileReceiverFaults, AsksAgainForABlockThatIsDamaged) {
    std::string const file = bytes_of(2048);
    std::string bad = block(2, file.substr(1024));
    bad[700] ^= 1;
    give(block(1, file.substr(0, 1024)));

    STRCMP_EQUAL("", give(bad).c_str());
    STRCMP_EQUAL("", wait(FileReceiver::kSilence - 1).c_str());
    STRCMP_EQUAL("\x15", wait(1).c_str());
    STRCMP_EQUAL("\x06", give(block(2, file.substr(1024))).c_str());

    give("\x04\x04");
    is_there(file);
}

TEST(FileReceiverFaults, AsksAgainForABlockThatLostBytes) {
    std::string const whole = block(1, bytes_of(1024));

    STRCMP_EQUAL("", give(whole.substr(0, 300) + whole.substr(302)).c_str());
    STRCMP_EQUAL("", wait(FileReceiver::kSilence - 1).c_str());
    STRCMP_EQUAL("C", wait(1).c_str());
    STRCMP_EQUAL("\x06", give(whole).c_str());

    give("\x04\x04");
    is_there(bytes_of(1024));
}

TEST(FileReceiverFaults, AsksAgainForABlockWhoseNumberIsDamaged) {
    std::string bad = block(1, bytes_of(128));
    bad[1] = 2;

    STRCMP_EQUAL("", give(bad).c_str());
    STRCMP_EQUAL("C", wait(FileReceiver::kSilence).c_str());
    STRCMP_EQUAL("\x06\x15\x06", give(block(1, bytes_of(128)) + "\x04\x04").c_str());

    is_there(bytes_of(128));
}

TEST(FileReceiverFaults, AsksAgainForABlockWhoseNumberIsTwiceDamaged) {
    std::string bad = block(1, bytes_of(128));
    bad[2] = '\xff';

    STRCMP_EQUAL("", give(bad).c_str());
    STRCMP_EQUAL("C", wait(FileReceiver::kSilence).c_str());
}

// The size ends where the header does, whatever the sum behind it looks like.
TEST(FileReceiverFaults, ReadsNoDigitBehindTheHeader) {
    std::string name = "a";
    std::string first;
    do {
        ++name.back();
        std::string const size = "1024";
        first = header(name, std::string(128 - name.size() - 1 - size.size(), '0') + size);
    } while (first[131] < '0' || first[131] > '9');
    give(first);

    UNSIGNED_LONGS_EQUAL(1024, receiver.bytes());
}

TEST(FileReceiverFaults, ReadsASizeToItsEnd) {
    give(header("kernel8.img", "40960"));
    failed("the file is too large");
}

TEST(FileReceiverFaults, ReadsASizeNoFurtherThanItsDigits) {
    give(header("kernel8.img", "102:"));
    UNSIGNED_LONGS_EQUAL(102, receiver.bytes());
}

TEST(FileReceiverFaults, WaitsUntilWhatItCannotReadHasEnded) {
    wait(0);
    give("a");
    now += FileReceiver::kSilence - 10;
    STRCMP_EQUAL("", give("\x01\x04\x18\x18\x03").c_str());
    STRCMP_EQUAL("", wait(FileReceiver::kSilence - 1).c_str());
    STRCMP_EQUAL("C", wait(1).c_str());
}

TEST(FileReceiverFaults, GivesUpOnBlocksThatAreAlwaysDamaged) {
    std::string bad = block(2, bytes_of(1024));
    bad.back() ^= 0x40;
    give(block(1, bytes_of(1024)));

    for (unsigned n = 0; n != FileReceiver::kTries - 1; ++n) {
        STRCMP_EQUAL("", give(bad).c_str());
        STRCMP_EQUAL("\x15", wait(FileReceiver::kSilence).c_str());
    }
    give(bad);
    STRCMP_EQUAL(kCancelled, wait(FileReceiver::kSilence).c_str());

    failed("what comes is damaged");
}

TEST(FileReceiverFaults, GivesUpWhenTheTransferIsCut) {
    give(header("kernel8.img", "2048") + block(1, bytes_of(1024)) +
         block(2, bytes_of(1024)).substr(0, 500));

    STRCMP_EQUAL("\x15", wait(FileReceiver::kSilence).c_str());
    gives_up_after(FileReceiver::kTries - 2, FileReceiver::kTry, "\x15");

    failed("no sender answers");
}

TEST(FileReceiverFaults, GivesUpSoonOnASenderThatDiesBehindItsHeader) {
    for (unsigned n = 0; n != 10; ++n) {
        wait(FileReceiver::kInvitation);
    }
    STRCMP_EQUAL(
        "\x06"
        "C",
        give(header("kernel8.img", "2048")).c_str());

    gives_up_after(FileReceiver::kTries - 1, FileReceiver::kTry, "C");

    failed("no sender answers");
}

TEST(FileReceiverFaults, GivesUpOnASenderThatRepeatsItsHeader) {
    for (unsigned n = 0; n != FileReceiver::kTries; ++n) {
        give(header("kernel8.img", "2048"));
    }
    STRCMP_EQUAL(kCancelled, give(header("kernel8.img", "2048")).c_str());

    failed("the sender repeats itself");
}

TEST(FileReceiverFaults, CountsTriesAnewAfterEachBlock) {
    std::string const file = bytes_of(kRoom);
    for (unsigned n = 0; n != 4; ++n) {
        STRCMP_EQUAL("\x06", give(block(n + 1, file.substr(n * kBlock, kBlock))).c_str());
        for (unsigned tries = 1; tries != FileReceiver::kTries; ++tries) {
            STRCMP_EQUAL("\x15", wait(FileReceiver::kTry).c_str());
        }
    }
    STRCMP_EQUAL(kCancelled, give("\x04").c_str());
}

TEST(FileReceiverFaults, BoundsABlockThatTrickles) {
    wait(0);
    give("\x02\x01");
    for (std::uint64_t passed = 2; passed + 400'000 < FileReceiver::kTry; passed += 400'000) {
        now += 399'999;
        STRCMP_EQUAL("", give("x").c_str());
    }
    now += 399'999;

    STRCMP_EQUAL("C", give("x").c_str());
}

TEST(FileReceiverFaults, BoundsATryByItsLastMicrosecond) {
    wait(0);
    STRCMP_EQUAL("", give("x").c_str());
    now = FileReceiver::kInvitation - 2;

    STRCMP_EQUAL("", give("x").c_str());
    STRCMP_EQUAL("C", give("x").c_str());
}

TEST(FileReceiverFaults, CountsABlocksTimeFromItsBeginning) {
    wait(0);
    now += FileReceiver::kInvitation - 100;

    STRCMP_EQUAL("\x06", give(block(1, bytes_of(1024))).c_str());
}

TEST(FileReceiverFaults, BoundsNoiseThatNeverEnds) {
    std::string said;
    for (unsigned n = 0; n != 1000 && !receiver.is_over(); ++n) {
        now += 100'000;
        said += give("\xff");
    }

    STRCMP_EQUAL((std::string(FileReceiver::kInvitations, 'C') + kCancelled).c_str(), said.c_str());
    failed("what comes is damaged");
}

TEST(FileReceiverFaults, GivesUpOnASenderThatRepeatsItselfForEver) {
    give(block(1, bytes_of(128)));
    for (unsigned n = 1; n != FileReceiver::kTries; ++n) {
        STRCMP_EQUAL("\x06", give(block(1, bytes_of(128))).c_str());
    }

    STRCMP_EQUAL(kCancelled, give(block(1, bytes_of(128))).c_str());

    failed("the sender repeats itself");
}

TEST(FileReceiverFaults, RefusesToGoOnBehindAGap) {
    give(block(1, bytes_of(128)));

    STRCMP_EQUAL(kCancelled, give(block(3, bytes_of(128))).c_str());

    failed("a block was left out");
}

TEST(FileReceiverFaults, RefusesToBeginWithTheSecondBlock) {
    STRCMP_EQUAL(kCancelled, give(block(2, bytes_of(128))).c_str());

    failed("a block was left out");
}

TEST(FileReceiverFaults, RefusesAFileThatIsTooLarge) {
    for (unsigned n = 1; n != 5; ++n) {
        give(block(n, bytes_of(1024)));
    }

    STRCMP_EQUAL(kCancelled, give(block(5, bytes_of(128))).c_str());

    failed("the file is too large");
}

TEST(FileReceiverFaults, RefusesASizeThatIsTooLarge) {
    STRCMP_EQUAL(kCancelled, give(header("kernel8.img", std::to_string(kRoom + 1))).c_str());

    failed("the file is too large");
}

TEST(FileReceiverFaults, RefusesASizeThatNoNumberHolds) {
    STRCMP_EQUAL(kCancelled, give(header("kernel8.img", std::string(100, '9'))).c_str());

    failed("the file is too large");
}

TEST(FileReceiverFaults, RefusesAFileThatEndsTooEarly) {
    give(header("kernel8.img", "1025") + block(1, bytes_of(1024)));

    STRCMP_EQUAL((std::string{"\x15"} + kCancelled).c_str(), give("\x04\x04").c_str());

    failed("the file ends too early");
}

TEST(FileReceiverFaults, DoesNotTakeAStrayByteForTheEnd) {
    give(block(1, bytes_of(128)));

    STRCMP_EQUAL("\x15", give("\x04").c_str());
    STRCMP_EQUAL("\x06", give(block(2, bytes_of(128))).c_str());
    STRCMP_EQUAL("\x15", give("\x04").c_str());
    CHECK(!receiver.is_over());
}

// Its block came twice, and the answer to the first was taken for that to the end.
TEST(FileReceiverFaults, TakesSilenceAfterTheEndForTheSecondEnd) {
    give(block(1, bytes_of(128)) + "\x04");

    STRCMP_EQUAL("", wait(FileReceiver::kTry - 1).c_str());
    STRCMP_EQUAL("\x06", wait(1).c_str());

    is_there(bytes_of(128));
}

TEST(FileReceiverFaults, TakesNoiseAfterTheEndForNothing) {
    give(block(1, bytes_of(128)) + "\x04x");

    STRCMP_EQUAL("\x15", wait(FileReceiver::kSilence).c_str());
    CHECK(!receiver.is_over());
}

TEST(FileReceiverFaults, RefusesASecondFile) {
    give(header("a", "128") + block(1, bytes_of(128)) + "\x04\x04");

    STRCMP_EQUAL(kCancelled, give(header("b", "128")).c_str());

    failed("more than one file was sent");
}

TEST(FileReceiverFaults, RefusesAListOfNoFiles) {
    STRCMP_EQUAL(kCancelled, give(header("", "")).c_str());

    failed("there is no file to send");
}

TEST(FileReceiverFaults, EndsWhenTheSenderCancels) {
    give(block(1, bytes_of(128)));

    STRCMP_EQUAL("", give("\x18").c_str());
    CHECK(!receiver.is_over());
    STRCMP_EQUAL("", give("\x18").c_str());

    failed("the sender gave up");
}

TEST(FileReceiverFaults, DoesNotTakeOneStrayByteForTwo) {
    give("\x18");
    STRCMP_EQUAL("C", wait(FileReceiver::kTry).c_str());
    give("\x18");

    CHECK(!receiver.is_over());
}

// Random bytes, among them those that mean something: it ends, in bounded time, and writes nothing
// outside its room.
TEST(FileReceiverFaults, EndsWhateverComes) {
    std::uint64_t random = 1;
    auto const next = [&random] {
        random = random * 6364136223846793005 + 1442695040888963407;
        return static_cast<unsigned>(random >> 33);
    };
    for (unsigned run = 0; run != 200; ++run) {
        FileReceiver any{
            {memory.data(), kRoom}
        };
        std::uint64_t at = 0;
        unsigned good = 0;
        while (!any.is_over()) {
            at += next() % (FileReceiver::kSilence / 2);
            std::string words(1, static_cast<char>(next() % 32 == 0 ? next() : next() % 5));
            if (next() % 8 == 0 && good != 2) {
                words = block(++good, bytes_of(128));
            }
            for (char const byte : words) {
                any.step(static_cast<std::uint8_t>(byte), at);
            }
            any.step({}, at);
            CHECK(at < std::uint64_t{4} * FileReceiver::kInvitations * FileReceiver::kTry);
        }
    }
    CHECK(std::vector<std::uint8_t>(8, 0xee) ==
          std::vector<std::uint8_t>(memory.begin() + kRoom, memory.end()));
}
