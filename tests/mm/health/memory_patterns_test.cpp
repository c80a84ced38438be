// SPDX-License-Identifier: MIT
// What MemoryTest writes, and in which order it goes: written down here a second time, as a list.
// Which faults that finds: memory_test_test.cpp.
#include "kernel/mm/health/memory_test.hpp"

#include "tests/support/fake_frames.hpp"

#include <array>
#include <string>
#include <vector>

#include <CppUTest/TestHarness.h>

using mm::FrameNumber;
using mm::FrameRange;

namespace {

constexpr std::uint64_t kOnes = ~std::uint64_t{0};

constexpr FrameRange frames(std::uint64_t first, std::uint64_t end) {
    return {FrameNumber{first}, FrameNumber{end}};
}

/// What the word at `address` holds after each pass. The last pass only reads.
std::vector<std::uint64_t> contents_of(std::uint64_t address) {
    std::vector<std::uint64_t> words;
    for (unsigned bit = 0; bit < 64; ++bit) {
        words.push_back(std::uint64_t{1} << bit);
    }
    for (unsigned bit = 0; bit < 64; ++bit) {
        words.push_back(kOnes - (std::uint64_t{1} << bit));
    }
    words.push_back(address);
    words.push_back(kOnes - address);
    for (unsigned bit = 3; bit < 18; ++bit) {
        bool const is_set = address / (std::uint64_t{1} << bit) % 2 == 1;
        words.push_back(is_set ? kOnes : 0);
        words.push_back(is_set ? 0 : kOnes);
    }
    for (std::uint64_t const word :
         {std::uint64_t{0}, 0x5555'5555'5555'5555U, 0x3333'3333'3333'3333U}) {
        for (unsigned time = 0; time < 5; ++time) {
            words.push_back(time % 2 == 0 ? word : kOnes - word);
        }
    }
    words.push_back(words.back());
    return words;
}

/// RAM that remembers which frames were shown, and in which no word keeps its bit 0 or bit 1.
class BadFrames final : public test::FakeFrames {
public:
    using FakeFrames::FakeFrames;

    std::uint64_t volatile* show(FrameRange shown) override {
        order += "+" + std::to_string(shown.first.raw());
        for (std::uint64_t const word : {std::uint64_t{7}, std::uint64_t{500}}) {
            for (FrameNumber frame = shown.first; frame < shown.end; frame = frame + 1) {
                words[place_of(frame) + word] ^= word == 7 ? 1U : 2U;
            }
        }
        return FakeFrames::show(shown);
    }
    std::string order;
};

class Log final : public mm::BadWords {
public:
    void found(kernel::PhysAddr word, std::uint64_t wrong) override {
        text += "+" + std::to_string(word.raw() / mm::kFrameBytes) + ":" +
                std::to_string(word.raw() % mm::kFrameBytes / 8) + "^" + std::to_string(wrong);
    }
    std::string text;
};

constexpr unsigned kPasses = 176;

/// Of an inversion, which has five, the last two go down; the last pass of all goes up.
bool goes_down(unsigned pass) { return pass >= 160 && pass < 175 && pass % 5 > 2; }

}  // namespace

TEST_GROUP(MemoryPatterns) { Log log; };

TEST(MemoryPatterns, AreWrittenOneAfterTheOther) {
    constexpr FrameRange kRam = frames(0x141, 0x181);
    constexpr std::uint64_t kWords = std::uint64_t{64} * 512;
    test::FakeFrames ram{kRam, 64};
    std::array const ranges{kRam};
    mm::MemoryTest test{ram, ranges, log};
    std::vector<std::uint64_t> places{0, 511, kWords - 1};
    for (std::uint64_t place = 1; place < kWords; place *= 2) {
        places.push_back(place);
    }

    for (unsigned pass = 0; pass < kPasses; ++pass) {
        CHECK(test.step());
        for (std::uint64_t const place : places) {
            UNSIGNED_LONGS_EQUAL(contents_of(0x141'000 + 8 * place)[pass], ram.words[place]);
        }
    }
    CHECK_FALSE(test.step());
    STRCMP_EQUAL("", log.text.c_str());
}

TEST(MemoryPatterns, GoUpAndDownThroughTheRanges) {
    BadFrames ram{frames(0x10, 0x18), 1};
    std::array const ranges{frames(0x10, 0x12), frames(0x15, 0x16)};
    mm::MemoryTest test{ram, ranges, log};

    for (unsigned pass = 0; pass < kPasses; ++pass) {
        ram.order.clear();
        CHECK(test.step() && test.step() && test.step());
        STRCMP_EQUAL(goes_down(pass) ? "+21+17+16" : "+16+17+21", ram.order.c_str());
    }
    CHECK_FALSE(test.step());
}

TEST(MemoryPatterns, GoUpAndDownThroughTheFramesThatAreShownTogetherAndTheirWords) {
    BadFrames ram{frames(0x10, 0x12), 2};
    std::array const ranges{frames(0x10, 0x12)};
    mm::MemoryTest test{ram, ranges, log};

    for (unsigned pass = 0; pass < kPasses; ++pass) {
        log.text.clear();
        CHECK(test.step());
        char const* const up = pass == 0 ? "" : "+16:7^1+17:7^1";
        STRCMP_EQUAL(goes_down(pass) ? "+17:500^2+16:500^2" : up, log.text.c_str());
    }
}
