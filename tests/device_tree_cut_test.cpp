// SPDX-License-Identifier: MIT
// Device trees that end too early, to the byte, and headers at the edge of what is allowed.
#include "kernel/device_tree.hpp"

#include "tests/support/device_trees.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <CppUTest/TestHarness.h>

namespace {

using kernel::DeviceTree;
using kernel::Error;
using kernel::TreeHeader;
using test::Blob;
using test::TreeBuilder;

using namespace test::blob_header;  // NOLINT(google-build-using-namespace): eight numbers.

// The items that a walk comes to in the first `bytes` of the structure, then how it ends.
std::string walk_cut(Blob const& whole, std::uint32_t bytes) {
    Blob blob{whole.bytes()};
    blob.put(kStructureBytes, bytes);
    return test::describe_walk(DeviceTree::open(blob.bytes()).value());
}

std::optional<Error> open(Blob const& blob) {
    auto const tree = DeviceTree::open(blob.bytes());
    return tree ? std::nullopt : std::optional{tree.error()};
}

TreeHeader least_header() {
    TreeHeader header{};
    header.magic = TreeHeader::kMagic;
    header.version = TreeHeader::kVersion;
    header.compatible_version = TreeHeader::kVersion;
    header.total_bytes = TreeHeader::kBytes;
    header.structure_at = header.strings_at = header.reservations_at = TreeHeader::kBytes;
    return header;
}

}  // namespace

TEST_GROUP(DeviceTreeCut){};

TEST(DeviceTreeCut, IsReadUpToTheLastWholeItem) {
    // 8 bytes, 16, 12, 4 and 4.
    Blob const blob = TreeBuilder{}.begin("").cells("a", {1}).begin("childs").end().end().blob();
    struct Part {
        std::uint32_t end;
        std::string items;
    };
    std::array const parts{
        Part{0,  ""                         },
        Part{8,  "{ "                       },
        Part{24, "{ a=00000001 "            },
        Part{36, "{ a=00000001 childs{ "    },
        Part{40, "{ a=00000001 childs{ } "  },
        Part{44, "{ a=00000001 childs{ } } "}
    };

    for (std::uint32_t bytes = 0; bytes < 48; ++bytes) {
        auto const part = std::find_if(parts.rbegin(), parts.rend(),
                                       [bytes](Part const& p) { return p.end <= bytes; });
        STRCMP_EQUAL((part->items + " error: the device tree is cut short").c_str(),
                     walk_cut(blob, bytes).c_str());
    }
    STRCMP_EQUAL("{ a=00000001 childs{ } } end", walk_cut(blob, 48).c_str());
}

TEST(DeviceTreeCut, ARootWithANameIsRefusedIfItsNameIsThere) {
    Blob const blob = TreeBuilder{}.begin("x").end().blob();

    for (std::uint32_t const bytes : {4U, 5U, 7U}) {
        STRCMP_EQUAL(" error: the device tree is cut short", walk_cut(blob, bytes).c_str());
    }
    for (std::uint32_t const bytes : {8U, 9U, 12U}) {
        STRCMP_EQUAL(" error: the device tree is malformed", walk_cut(blob, bytes).c_str());
    }
}

TEST(DeviceTreeCut, NamesMayHoldAnyByteButZero) {
    for (char const letter : {'\1', '\x7f', '\x80', '\x81', '\xff'}) {
        for (std::size_t at = 0; at < 4; ++at) {
            std::string name = "abcdefgh";
            name[at] = letter;
            Blob const blob = TreeBuilder{}.begin("").begin(name).end().end().blob();

            STRCMP_EQUAL(("{ " + name + "{ } } end").c_str(),
                         test::describe_walk(DeviceTree::open(blob.bytes()).value()).c_str());
        }
    }
}

TEST(DeviceTreeCut, ThePlaceOfAnItemIsWhereItsTokenLies) {
    Blob const blob = TreeBuilder{}.begin("").cells("a", {1}).begin("childs").end().end().blob();
    auto cursor = DeviceTree::open(blob.bytes()).value().walk();
    std::size_t const begin = cursor.place();

    for (std::size_t const offset : {0U, 8U, 24U, 36U, 40U}) {
        CHECK(static_cast<bool>(cursor.next()));
        UNSIGNED_LONGS_EQUAL(begin + offset, cursor.place());
    }
}

TEST(DeviceTreeCut, AVersionMayBeNewButNotRefuseAReaderOf17) {
    Blob const blob = TreeBuilder{}.begin("").end().blob();

    CHECK(!open(Blob{blob.bytes()}.put(kCompatibleVersion, 17)));
    CHECK(!open(Blob{blob.bytes()}.put(kVersion, 20).put(kCompatibleVersion, 17)));
    CHECK(open(Blob{blob.bytes()}.put(kVersion, 20).put(kCompatibleVersion, 18)) ==
          Error::TreeBadVersion);
}

TEST(DeviceTreeCut, AHeaderMayEndWhereTheBlobDoes) {
    CHECK(!least_header().fault());

    TreeHeader header = least_header();
    header.total_bytes -= 1;
    CHECK(header.fault() == Error::TreeTruncated);
    header = least_header();
    header.reservations_at += 1;
    CHECK(header.fault() == Error::TreeTruncated);
}

TEST(DeviceTreeCut, TheListOfReservationsEndsInsideTheBlob) {
    // Behind the blob a list would find its end; in it, it has room for two entries that are none.
    std::vector<std::uint8_t> bytes(TreeHeader::kBytes + 3 * TreeHeader::kReservationBytes);
    Blob blob{bytes};
    blob.put(0, TreeHeader::kMagic).put(kVersion, 17).put(kCompatibleVersion, 16);
    for (std::size_t const offset : {std::size_t{8}, std::size_t{12}, kReservationsAt}) {
        blob.put(offset, TreeHeader::kBytes);
    }
    blob.put(TreeHeader::kBytes + 12, 1).put(TreeHeader::kBytes + 28, 1);

    blob.put(TreeHeader::kTotalBytesAt, TreeHeader::kBytes + 32);
    CHECK(open(blob) == Error::TreeTruncated);

    blob.put(TreeHeader::kTotalBytesAt, TreeHeader::kBytes + 48);
    UNSIGNED_LONGS_EQUAL(2, DeviceTree::open(blob.bytes())->reservation_count());
}

TEST(DeviceTreeCut, UsesAllUpToItsLastBlock) {
    TreeHeader header = least_header();
    header.total_bytes = 200;
    header.structure_bytes = 8;
    header.strings_at = 60;
    header.strings_bytes = 4;

    UNSIGNED_LONGS_EQUAL(64, header.used_bytes());
    header.reservations_at = header.structure_at + 1;
    UNSIGNED_LONGS_EQUAL(200, header.used_bytes());
}

TEST(DeviceTreeCut, StoresEveryByteOfANumber) {
    std::array<std::uint8_t, 4> bytes{0xff, 0xff, 0xff, 0xff};

    kernel::store_be32(bytes.data(), 0x0102'0304);

    CHECK(bytes == (std::array<std::uint8_t, 4>{1, 2, 3, 4}));
}

TEST(DeviceTreeCut, ANameWithAUnitAddressMeansThatNodeAlone) {
    Blob const blob = TreeBuilder{}.begin("").begin("x@1@2").end().begin("x@1").end().end().blob();
    auto const tree = DeviceTree::open(blob.bytes()).value();

    STRCMP_EQUAL("x@1", std::string{tree.find("/x@1")->name()}.c_str());
    STRCMP_EQUAL("x@1@2", std::string{tree.find("/x")->name()}.c_str());
}

TEST(DeviceTreeCut, WithoutAliasesThereIsNoAlias) {
    Blob const without = TreeBuilder{}.begin("").end().blob();
    Blob const damaged = TreeBuilder{}.begin("").token(7).blob();

    auto const none = DeviceTree::open(without.bytes())->alias("serial0");
    CHECK(none && !none->has_value());
    CHECK(DeviceTree::open(damaged.bytes())->alias("serial0").error() == Error::TreeBadStructure);
}

TEST(DeviceTreeCut, APropertyWithoutAValueMayBeTheLastThing) {
    Blob const blob = TreeBuilder{}.begin("").flag("p").unended_blob();

    STRCMP_EQUAL("{ p=  error: the device tree is cut short",
                 test::describe_walk(DeviceTree::open(blob.bytes()).value()).c_str());
}

TEST(DeviceTreeCut, APathIsNotLookedForBeyondDamage) {
    Blob const no_root = TreeBuilder{}.token(7).blob();
    Blob const in_aliases = TreeBuilder{}.begin("").begin("aliases").token(7).blob();

    for (char const* const path : {"/", "/a", "serial0"}) {
        CHECK(DeviceTree::open(no_root.bytes())->find(path).error() == Error::TreeBadStructure);
    }
    CHECK(DeviceTree::open(in_aliases.bytes())->find("serial0").error() == Error::TreeBadStructure);
}

TEST(DeviceTreeCut, AnAliasMayMeanANodeThatIsNotThere) {
    TreeBuilder builder;
    builder.begin("").begin("aliases").text("gone", {"/nowhere"}).end();
    Blob const blob = builder.end().blob();

    for (char const* const path : {"gone", "gone/below"}) {
        CHECK(DeviceTree::open(blob.bytes())->find(path).error() == Error::TreeNoNode);
    }
}
