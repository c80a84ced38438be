// SPDX-License-Identifier: MIT
#include "kernel/bytes.hpp"

#include <array>
#include <cstddef>
#include <cstring>

#include <CppUTest/TestHarness.h>

namespace {

constexpr std::size_t kArena = 160;
constexpr std::size_t kOffsets = 9;
constexpr std::size_t kCounts = 80;

struct alignas(8) Arena {
    std::array<unsigned char, kArena> bytes{};

    Arena() {
        for (std::size_t n = 0; n < kArena; ++n) {
            bytes[n] = static_cast<unsigned char>(n * 7 + 3);
        }
    }
    unsigned char* at(std::size_t offset) { return bytes.data() + offset; }
    bool operator==(Arena const&) const = default;
};

/// Calls `check(to, from, count)` for every pair of alignments and every short length.
template <typename Check>
void for_all_places(Check check) {
    for (std::size_t to = 0; to < kOffsets; ++to) {
        for (std::size_t from = 0; from < kOffsets; ++from) {
            for (std::size_t count = 0; count < kCounts; ++count) {
                check(to, from, count);
            }
        }
    }
}

}  // namespace

TEST_GROUP(Bytes){};

TEST(Bytes, KnowWhereAWordIsAligned) {
    Arena arena;

    for (std::size_t offset = 0; offset < 24; ++offset) {
        CHECK_EQUAL(offset % 8 == 0, kernel::bytes::is_word_aligned(arena.at(offset)));
    }
}

TEST(Bytes, CopiesWhatMemcpyCopiesAndNothingElse) {
    Arena const source;
    for_all_places([&](std::size_t to, std::size_t from, std::size_t count) {
        Arena expected;
        Arena copied;
        expected.bytes.fill(0);
        copied.bytes.fill(0);

        std::memcpy(expected.at(to), source.bytes.data() + from, count);
        kernel::bytes::copy_upwards(copied.at(to), source.bytes.data() + from, count);

        CHECK(copied == expected);
    });
}

TEST(Bytes, CopiesUpwardsOntoWhatLiesBelow) {
    for_all_places([&](std::size_t to, std::size_t distance, std::size_t count) {
        Arena expected;
        Arena moved;

        std::memmove(expected.at(to), expected.at(to + distance), count);
        kernel::bytes::copy_upwards(moved.at(to), moved.at(to + distance), count);

        CHECK(moved == expected);
    });
}

TEST(Bytes, CopiesDownwardsOntoWhatLiesAbove) {
    for_all_places([&](std::size_t from, std::size_t distance, std::size_t count) {
        Arena expected;
        Arena moved;

        std::memmove(expected.at(from + distance), expected.at(from), count);
        kernel::bytes::copy_downwards(moved.at(from + distance), moved.at(from), count);

        CHECK(moved == expected);
    });
}

TEST(Bytes, FillsWhatMemsetFillsAndNothingElse) {
    for_all_places([&](std::size_t to, std::size_t value, std::size_t count) {
        auto const byte = static_cast<unsigned char>(value * 37);
        Arena expected;
        Arena filled;

        std::memset(expected.at(to), byte, count);
        kernel::bytes::fill(filled.at(to), byte, count);

        CHECK(filled == expected);
    });
}

TEST(Bytes, ComparesTheFirstByteThatDiffersUnsigned) {
    std::array<unsigned char, 3> const low{1, 2, 3};
    std::array<unsigned char, 3> const high{1, 0x80, 0};

    CHECK(kernel::bytes::compare(low.data(), high.data(), 3) < 0);
    CHECK(kernel::bytes::compare(high.data(), low.data(), 3) > 0);
    CHECK_EQUAL(0, kernel::bytes::compare(low.data(), high.data(), 1));
    CHECK_EQUAL(0, kernel::bytes::compare(low.data(), high.data(), 0));
    CHECK(kernel::bytes::compare(low.data() + 1, high.data() + 1, 1) < 0);
    CHECK(kernel::bytes::compare(high.data() + 1, low.data() + 1, 1) > 0);
}

TEST(Bytes, FindsTheFirstOfEqualBytesAndNoneBeyondTheEnd) {
    std::array<unsigned char, 4> const bytes{5, 9, 9, 7};

    POINTERS_EQUAL(bytes.data() + 1, kernel::bytes::find(bytes.data(), 9, 4));
    POINTERS_EQUAL(nullptr, kernel::bytes::find(bytes.data(), 7, 3));
    POINTERS_EQUAL(nullptr, kernel::bytes::find(bytes.data(), 5, 0));
    POINTERS_EQUAL(bytes.data() + 1, kernel::bytes::find(bytes.data() + 1, 9, 1));
}

namespace {

#if defined(__x86_64__)
/// While it lives, an unaligned load or store faults, as it does on the target before the MMU is
/// on.
class AlignmentCheck {
public:
    AlignmentCheck() { set(true); }
    ~AlignmentCheck() { set(false); }
    AlignmentCheck(AlignmentCheck const&) = delete;
    AlignmentCheck& operator=(AlignmentCheck const&) = delete;

private:
    // EFLAGS.AC, bit 18 (Intel SDM 1, 3.4.3.3).
    [[gnu::always_inline]] static void set(bool on) {
        std::uint64_t flags = __builtin_ia32_readeflags_u64();
        flags = on ? flags | 1U << 18 : flags & ~std::uint64_t{1U << 18};
        __builtin_ia32_writeeflags_u64(flags);
    }
};
#else
class AlignmentCheck {};  // Elsewhere no unprivileged bit asks for it.
#endif

}  // namespace

TEST(Bytes, NeverLoadsOrStoresUnaligned) {
    alignas(8) std::array<unsigned char, 128> from{};
    alignas(8) std::array<unsigned char, 128> to{};
    for (std::size_t to_offset = 0; to_offset < 9; ++to_offset) {
        for (std::size_t from_offset = 0; from_offset < 9; ++from_offset) {
            [[maybe_unused]] AlignmentCheck const check;
            kernel::bytes::copy_upwards(&to[to_offset], &from[from_offset], 100);
            kernel::bytes::copy_downwards(&to[to_offset], &from[from_offset], 100);
            kernel::bytes::fill(&to[to_offset], 1, 100);
        }
    }
    UNSIGNED_LONGS_EQUAL(1, to[100]);
}
