// SPDX-License-Identifier: MIT
//
// Malformed trees, each by the name of what is wrong with it, up to the map of RAM that the kernel
// makes of it: it is refused with words, or what makes no sense in it is left out.
#include "kernel/board.hpp"
#include "kernel/mm/board_memory.hpp"
#include "kernel/units.hpp"

#include "tests/support/device_trees.hpp"

#include <initializer_list>
#include <optional>

#include <CppUTest/TestHarness.h>

namespace {

using kernel::Error;
using kernel::kMiB;
using kernel::PhysAddr;
using test::Blob;
using test::TreeBuilder;

using Cells = std::initializer_list<std::uint32_t>;

constexpr std::uint32_t kBank = 64 * kMiB;

// Addresses of two cells, sizes of one.
TreeBuilder root() {
    TreeBuilder builder;
    builder.begin("").cells("#address-cells", {2}).cells("#size-cells", {1});
    return builder;
}

TreeBuilder& memory(TreeBuilder& builder, Cells reg) {
    return builder.begin("memory@0").text("device_type", {"memory"}).cells("reg", reg).end();
}

Blob sound() {
    TreeBuilder builder = root();
    return memory(builder, {0, 0, kBank}).end().blob();
}

}  // namespace

TEST_GROUP(MalformedTree) {
    kernel::Board board;
    mm::MemoryMap map;

    /// Why no memory comes of the tree; none if some does.
    std::optional<Error> refusal(Blob const& blob) {
        auto const tree = kernel::DeviceTree::open(blob.bytes());
        if (!tree) {
            return tree.error();
        }
        if (auto const outcome = board.read(*tree); !outcome) {
            return outcome.error();
        }
        mm::MemoryFacts const facts{
            .image = {PhysAddr{0x8'0000}, PhysAddr{0x10'0000}}
        };
        auto const outcome = mm::describe_memory(map, board, facts);
        return outcome ? std::optional<Error>{} : outcome.error();
    }
    std::optional<Error> refusal_of_memory(Cells reg) {
        TreeBuilder builder = root();
        return refusal(memory(builder, reg).end().blob());
    }

    /// Usable or reserved.
    std::uint64_t mebibytes() const {
        std::uint64_t frames = 0;
        for (mm::Region const& region : map.regions()) {
            frames += region.frames.count();
        }
        return frames * mm::kFrameBytes / kMiB;
    }
};

TEST(MalformedTree, WithTheWrongMagicIsRefused) {
    CHECK(!refusal(sound()));
    CHECK(refusal(sound().put(0, 0xedfe'0dd0)) == Error::TreeBadMagic);  // Little-endian.
    CHECK(refusal(sound().put(0, 5)) == Error::TreeBadMagic);            // The first word of ATAGs.
}

TEST(MalformedTree, OfAnotherVersionIsRefused) {
    for (std::uint32_t const version : {0U, 1U, 16U}) {
        CHECK(refusal(sound().put(20, version)) == Error::TreeBadVersion);
    }
    CHECK(refusal(sound().put(24, 18)) == Error::TreeBadVersion);
}

TEST(MalformedTree, LargerThanWhatItIsInIsRefused) {
    auto const size = static_cast<std::uint32_t>(sound().size());
    for (std::uint32_t const total : {size + 1, 0x7fff'ffffU, 0xffff'ffffU, 39U, 0U}) {
        CHECK(refusal(sound().put(4, total)) == Error::TreeTruncated);
    }
}

TEST(MalformedTree, WithOffsetsThatWrapIsRefused) {
    for (std::size_t const offset : {8U, 12U, 16U}) {
        for (std::uint32_t const value : {0xffff'fffcU, 0xffff'fff0U, 0x8000'0000U}) {
            CHECK(refusal(sound().put(offset, value)) == Error::TreeTruncated);
        }
    }
    CHECK(refusal(sound().put(32, 0xffff'ffc0)) == Error::TreeTruncated);
    CHECK(refusal(sound().put(36, 0xffff'ffc0)) == Error::TreeTruncated);
}

TEST(MalformedTree, WithANodeNameThatNeverEndsIsRefused) {
    TreeBuilder builder = root();
    builder.token(1);
    for (int word = 0; word < 100; ++word) {
        builder.token(0x6161'6161);
    }
    CHECK(refusal(builder.unended_blob()) == Error::TreeTruncated);
}

TEST(MalformedTree, WithAPropertyNameThatNeverEndsIsRefused) {
    Blob blob = sound();
    std::uint32_t const strings = blob.get(12);
    for (std::size_t at = strings; at < blob.size(); ++at) {
        blob.data()[at] = 'a';
    }
    CHECK(refusal(blob) == Error::TreeBadStructure);
}

TEST(MalformedTree, TenThousandNodesDeepIsRefused) {
    TreeBuilder builder = root();
    memory(builder, {0, 0, kBank});
    for (int depth = 0; depth < 10'000; ++depth) {
        builder.begin("n");
    }
    for (int depth = 0; depth <= 10'000; ++depth) {
        builder.end();
    }
    CHECK(refusal(builder.blob()) == Error::TreeTooDeep);
}

TEST(MalformedTree, WithNoneOrFiveCellsHasNoMemory) {
    for (char const* const name : {"#address-cells", "#size-cells"}) {
        for (std::uint32_t const cells : {0U, 5U, 0xffff'ffffU}) {
            TreeBuilder builder;
            builder.begin("").cells(name, {cells});
            memory(builder, {0, 0, kBank, 0, 0, kBank, 0, 0, kBank});
            CHECK(refusal(builder.end().blob()) == Error::TreeNoMemory);
        }
    }
}

TEST(MalformedTree, WithAnEmptyMemoryRegHasNoMemory) {
    CHECK(refusal_of_memory({}) == Error::TreeNoMemory);
    CHECK(refusal_of_memory({0, 0, 0}) == Error::TreeNoMemory);
}

TEST(MalformedTree, WithAMemoryRegOfOddLengthHasItsWholeBanks) {
    CHECK(!refusal_of_memory({0, 0, kBank, 0, 0x1000'0000}));
    UNSIGNED_LONGS_EQUAL(64, mebibytes());
    board = {};
    CHECK(refusal_of_memory({0, 0}) == Error::TreeNoMemory);
}

TEST(MalformedTree, WithOverlappingBanksHasEachFrameOnce) {
    CHECK(!refusal_of_memory({0, 0, kBank, 0, kBank / 2, kBank, 0, 0, kBank}));
    UNSIGNED_LONGS_EQUAL(96, mebibytes());
    UNSIGNED_LONGS_EQUAL(3, map.regions().size());  // Firmware, image, the rest.
}

TEST(MalformedTree, WithABankThatWrapsIsCutOffAtTheLastAddress) {
    CHECK(!refusal_of_memory({0, 0, kBank, 0xffff'ffff, 0xffff'0000, 0xffff'ffff}));
    UNSIGNED_LONGS_EQUAL(64, mebibytes());  // Physical addresses end before it begins.
}

TEST(MalformedTree, WithBanksBeyond40BitsHasThemUpTo48) {
    CHECK(!refusal_of_memory({0, 0, kBank, 0x100, 0, kBank, 0xffff, 0xff00'0000, kBank}));
    UNSIGNED_LONGS_EQUAL(64 + 64 + 16, mebibytes());
}

TEST(MalformedTree, WithoutAMemoryNodeIsRefused) {
    CHECK(refusal(root().end().blob()) == Error::TreeNoMemory);
}

TEST(MalformedTree, WithTwoMemoryNodesHasBoth) {
    TreeBuilder builder = root();
    memory(builder, {0, 0, kBank});
    memory(builder, {0, 2 * kBank, kBank});
    CHECK(!refusal(builder.end().blob()));
    UNSIGNED_LONGS_EQUAL(128, mebibytes());
}

TEST(MalformedTree, ThatReservesEverythingHasNothingToHandOut) {
    TreeBuilder by_list = root();
    by_list.reserve(0, ~std::uint64_t{0});
    CHECK(refusal(memory(by_list, {0, 0, kBank}).end().blob()) == Error::TreeNoMemory);
    board = {};
    map = {};
    TreeBuilder by_node = root();
    by_node.begin("reserved-memory").cells("#address-cells", {2}).cells("#size-cells", {2});
    by_node.flag("ranges").begin("all").cells("reg", {0, 0, 0xffff'ffff, 0xffff'ffff}).end().end();
    CHECK(refusal(memory(by_node, {0, 0, kBank}).end().blob()) == Error::TreeNoMemory);
}

TEST(MalformedTree, WithTwoChosenNodesIsReadByTheFirst) {
    TreeBuilder builder = root();
    memory(builder, {0, 0, kBank});
    builder.begin("chosen").cells("linux,initrd-start", {kBank / 2});
    builder.cells("linux,initrd-end", {kBank / 2 + 0x1000}).end();
    builder.begin("chosen").cells("linux,initrd-start", {0}).cells("linux,initrd-end", {kBank});
    CHECK(!refusal(builder.end().end().blob()));
    UNSIGNED_LONGS_EQUAL(0x1000, board.initrd->bytes());
}
