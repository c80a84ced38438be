// SPDX-License-Identifier: MIT
#include "kernel/device_tree.hpp"

#include "tests/support/broken_promise.hpp"
#include "tests/support/device_trees.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <CppUTest/TestHarness.h>

namespace {

using kernel::DeviceTree;
using kernel::Error;
using kernel::TreeCursor;
using kernel::TreeItem;
using test::Blob;
using test::TreeBuilder;

using namespace test::blob_header;  // NOLINT(google-build-using-namespace): eight numbers.

Blob small_tree() {
    return TreeBuilder{}
        .begin("")
        .cells("a", {1})
        .begin("x@1")
        .flag("b")
        .begin("deep")
        .end()
        .end()
        .begin("x@2")
        .text("c", {"one", "two"})
        .end()
        .end()
        .blob();
}

Error error_of_open(kernel::TreeBytes bytes) { return DeviceTree::open(bytes).error(); }
Error error_of_open(Blob const& blob) { return error_of_open(blob.bytes()); }

std::string walk(Blob const& blob) {
    return test::describe_walk(DeviceTree::open(blob.bytes()).value());
}

std::string place_of(Blob const& blob, std::string_view path) {
    auto const tree = DeviceTree::open(blob.bytes()).value();
    auto const node = tree.find(path);
    return node ? std::string{node->name()} : std::string{describe(node.error())};
}

}  // namespace

TEST_GROUP(DeviceTree){};

TEST(DeviceTree, IsWalkedInTheOrderOfTheBlob) {
    STRCMP_EQUAL("{ a=00000001 x@1{ b= deep{ } } x@2{ c=6f6e650074776f00 } } end",
                 walk(small_tree()).c_str());
}

TEST(DeviceTree, SaysWhatIsWrongWithItsHeader) {
    CHECK(error_of_open(small_tree().put(0, 0xd00dfeec)) == Error::TreeBadMagic);
    CHECK(error_of_open(small_tree().put(kVersion, 16)) == Error::TreeBadVersion);
    CHECK(error_of_open(small_tree().put(kCompatibleVersion, 18)) == Error::TreeBadVersion);
    CHECK(error_of_open(small_tree().put(kTotalBytes, 39)) == Error::TreeTruncated);
    Blob const tree = small_tree();
    CHECK(error_of_open(small_tree().put(kTotalBytes, tree.get(kTotalBytes) + 1)) ==
          Error::TreeTruncated);
    CHECK(error_of_open(small_tree().put(kStructureAt, tree.get(kStructureAt) + 2)) ==
          Error::TreeBadStructure);
    CHECK(error_of_open(tree.bytes().first(39)) == Error::TreeTruncated);
    CHECK(error_of_open(small_tree().put(0, 0).bytes().first(40)) == Error::TreeBadMagic);
    CHECK(error_of_open(tree.bytes().subspan(4)) == Error::TreeMisaligned);
}

TEST(DeviceTree, RefusesBlocksOutsideTheBlob) {
    for (std::size_t const offset : {kStructureAt, kStringsAt, kReservationsAt}) {
        CHECK(error_of_open(small_tree().put(offset, 36)) == Error::TreeTruncated);
        CHECK(error_of_open(small_tree().put(offset, 0xffff'fff8)) == Error::TreeTruncated);
    }
    for (std::size_t const size : {kStringsBytes, kStructureBytes}) {
        CHECK(error_of_open(small_tree().put(size, 0x7fff'ffff)) == Error::TreeTruncated);
        CHECK(error_of_open(small_tree().put(size, 0xffff'ffff)) == Error::TreeTruncated);
    }
}

TEST(DeviceTree, AcceptsNewerVersionsThatOldReadersKnow) {
    Blob blob = small_tree();
    blob.put(kVersion, 18);
    CHECK(static_cast<bool>(DeviceTree::open(blob.bytes())));
}

TEST(DeviceTree, IgnoresWhatFollowsIt) {
    Blob const tree = small_tree();
    std::vector<std::uint8_t> longer{tree.data(), tree.data() + tree.size()};
    longer.resize(longer.size() + 1000, 0xff);
    Blob const blob{longer};
    auto const opened = DeviceTree::open(blob.bytes());
    UNSIGNED_LONGS_EQUAL(tree.size(), opened.value().blob().size());
    CHECK(walk(blob) == walk(tree));
}

TEST(DeviceTree, ListsReservations) {
    Blob const blob =
        TreeBuilder{}.reserve(0, 0x1000).reserve(1ULL << 40, 5).begin("").end().blob();
    auto const tree = DeviceTree::open(blob.bytes()).value();
    UNSIGNED_LONGS_EQUAL(2, tree.reservation_count());
    UNSIGNED_LONGS_EQUAL(0, tree.reservation(0).address);
    UNSIGNED_LONGS_EQUAL(0x1000, tree.reservation(0).bytes);
    UNSIGNED_LONGS_EQUAL(1ULL << 40, tree.reservation(1).address);
    UNSIGNED_LONGS_EQUAL(5, tree.reservation(1).bytes);
    CHECK(test::breaks_promise([&] { static_cast<void>(tree.reservation(2)); }));
}

TEST(DeviceTree, RefusesReservationsWithoutAnEnd) {
    Blob blob = TreeBuilder{}.begin("").end().blob();
    for (std::size_t at = kernel::TreeHeader::kBytes; at + 4 <= blob.size(); at += 4) {
        blob.put(at, 1);
    }
    CHECK(error_of_open(blob) == Error::TreeTruncated);
}

TEST(DeviceTree, KnowsHowMuchOfItIsUsed) {
    Blob blob = small_tree();
    auto const total = static_cast<std::uint32_t>(blob.size());
    UNSIGNED_LONGS_EQUAL(total, kernel::TreeHeader::load(blob.data()).used_bytes());
    blob.put(kTotalBytes, total + 100'000);
    UNSIGNED_LONGS_EQUAL(total, kernel::TreeHeader::load(blob.data()).used_bytes());
    kernel::set_tree_bytes(blob.data(), total);
    CHECK(static_cast<bool>(DeviceTree::open(blob.bytes())));
    // Behind the structure block nobody knows where the reservations end.
    blob.put(kTotalBytes, total + 100'000).put(kReservationsAt, total);
    UNSIGNED_LONGS_EQUAL(total + 100'000, kernel::TreeHeader::load(blob.data()).used_bytes());
}

TEST(DeviceTree, RefusesTokensInTheWrongPlace) {
    constexpr char const* kMalformed = "error: the device tree is malformed";
    constexpr char const* kTruncated = "error: the device tree is cut short";
    STRCMP_CONTAINS(kMalformed, walk(TreeBuilder{}.blob()).c_str());
    STRCMP_CONTAINS(kMalformed, walk(TreeBuilder{}.token(7).blob()).c_str());
    STRCMP_CONTAINS(kMalformed, walk(TreeBuilder{}.end().blob()).c_str());
    STRCMP_CONTAINS(kMalformed, walk(TreeBuilder{}.flag("p").begin("").end().blob()).c_str());
    STRCMP_CONTAINS(kMalformed, walk(TreeBuilder{}.begin("").blob()).c_str());
    STRCMP_CONTAINS(kMalformed, walk(TreeBuilder{}.begin("").end().end().blob()).c_str());
    STRCMP_CONTAINS(kMalformed, walk(TreeBuilder{}.begin("").end().begin("").end().blob()).c_str());
    STRCMP_CONTAINS(
        kMalformed,
        walk(TreeBuilder{}.begin("").begin("child").end().flag("late").end().blob()).c_str());
    STRCMP_CONTAINS(kTruncated, walk(TreeBuilder{}.unended_blob()).c_str());
    STRCMP_CONTAINS(kTruncated, walk(TreeBuilder{}.begin("").end().unended_blob()).c_str());
    STRCMP_CONTAINS(kTruncated, walk(TreeBuilder{}.token(4).token(4).unended_blob()).c_str());
}

TEST(DeviceTree, PassesNopsAnywhere) {
    Blob const blob =
        TreeBuilder{}.token(4).begin("").token(4).flag("p").token(4).token(4).end().token(4).blob();
    STRCMP_EQUAL("{ p= } end", walk(blob).c_str());
}

TEST(DeviceTree, RefusesNamesAndValuesThatDoNotEnd) {
    // The structure block is the last thing that counts: "abcd" has no NUL behind it.
    STRCMP_CONTAINS(
        "cut short",
        walk(TreeBuilder{}.begin("").token(1).token(0x61626364).unended_blob()).c_str());
    for (std::uint32_t const length : {5U, 8U, 0x7fff'ffffU, 0xffff'fffcU, 0xffff'ffffU}) {
        Blob const blob = TreeBuilder{}
                              .begin("")
                              .flag("p")  // So that there is a name.
                              .token(3)
                              .token(length)
                              .token(0)
                              .token(0x61626364)
                              .unended_blob();
        STRCMP_CONTAINS("cut short", walk(blob).c_str());
    }
    // A name of a property must begin and end in the strings block.
    for (std::uint32_t const name : {2U, 100U, 0xffff'ffffU}) {
        Blob const blob =
            TreeBuilder{}.begin("").flag("p").token(3).token(0).token(name).end().blob();
        STRCMP_CONTAINS("malformed", walk(blob).c_str());
    }
    Blob unterminated = TreeBuilder{}.begin("").flag("p").end().blob();
    unterminated.data()[unterminated.size() - 1] = 'q';
    STRCMP_CONTAINS("malformed", walk(unterminated).c_str());
}

TEST(DeviceTree, IsReadToTheStatedDepthAndNoDeeper) {
    for (unsigned const depth : {TreeCursor::kMaxDepth, TreeCursor::kMaxDepth + 1, 10'000U}) {
        TreeBuilder builder;
        for (unsigned level = 0; level < depth; ++level) {
            builder.begin("");
        }
        for (unsigned level = 0; level < depth; ++level) {
            builder.end();
        }
        char const* const last = depth > TreeCursor::kMaxDepth ? "nested too deeply" : "end";
        STRCMP_CONTAINS(last, walk(builder.blob()).c_str());
    }
}

TEST(DeviceTree, StaysWhereAStepFailed) {
    Blob const blob = TreeBuilder{}.begin("").token(7).blob();
    TreeCursor cursor = DeviceTree::open(blob.bytes()).value().walk();
    CHECK(cursor.next().value() == TreeItem::Node);
    CHECK(cursor.next().error() == Error::TreeBadStructure);
    CHECK(cursor.next().error() == Error::TreeBadStructure);
    UNSIGNED_LONGS_EQUAL(1, cursor.depth());
}

TEST(DeviceTree, StaysAtItsEnd) {
    Blob const blob = TreeBuilder{}.begin("").end().blob();
    TreeCursor cursor = DeviceTree::open(blob.bytes()).value().walk();
    UNSIGNED_LONGS_EQUAL(0, cursor.depth());
    CHECK(cursor.next().value() == TreeItem::Node);
    UNSIGNED_LONGS_EQUAL(1, cursor.depth());
    CHECK(cursor.next().value() == TreeItem::EndOfNode);
    UNSIGNED_LONGS_EQUAL(0, cursor.depth());
    CHECK(cursor.next().value() == TreeItem::EndOfTree);
    CHECK(cursor.next().value() == TreeItem::EndOfTree);
}

TEST(DeviceTree, PassesNodesWithAllThatTheyHold) {
    Blob const blob = small_tree();
    TreeCursor cursor = DeviceTree::open(blob.bytes()).value().find("/x@1").value();
    CHECK(static_cast<bool>(cursor.skip_node()));
    CHECK(cursor.next().value() == TreeItem::Node);
    STRCMP_EQUAL("x@2", std::string{cursor.name()}.c_str());
    CHECK(static_cast<bool>(cursor.leave_to(0)));
    CHECK(cursor.next().value() == TreeItem::EndOfTree);
    CHECK(test::breaks_promise([&] { static_cast<void>(cursor.skip_node()); }));
}

TEST(DeviceTree, FindsNodesByPath) {
    STRCMP_EQUAL("", place_of(small_tree(), "/").c_str());
    STRCMP_EQUAL("x@2", place_of(small_tree(), "/x@2").c_str());
    STRCMP_EQUAL("x@1", place_of(small_tree(), "/x").c_str());
    STRCMP_EQUAL("deep", place_of(small_tree(), "//x@1/deep/").c_str());
    for (char const* path : {"", "x@1", "/x@", "/x@3", "/y", "/x@2/deep", "/xx", "/X@1"}) {
        STRCMP_EQUAL("the device tree has no such node", place_of(small_tree(), path).c_str());
    }
}

TEST(DeviceTree, FindsNodesByAlias) {
    Blob const blob = TreeBuilder{}
                          .begin("")
                          .begin("aliases")
                          .text("here", {"/a"})
                          .text("below", {"/a/b"})
                          .text("loop", {"loop"})
                          .bytes("unended", std::array<std::uint8_t, 2>{'/', 'a'})
                          .end()
                          .begin("a")
                          .begin("b")
                          .end()
                          .end()
                          .end()
                          .blob();
    STRCMP_EQUAL("a", place_of(blob, "here").c_str());
    STRCMP_EQUAL("b", place_of(blob, "here/b").c_str());
    STRCMP_EQUAL("b", place_of(blob, "below").c_str());
    for (char const* path : {"loop", "unended", "nowhere", "below/b"}) {
        STRCMP_EQUAL("the device tree has no such node", place_of(blob, path).c_str());
    }
}

TEST(DeviceTree, FindsPropertiesOfANodeAndNotOfItsChildren) {
    Blob const blob = small_tree();
    auto const root = DeviceTree::open(blob.bytes()).value().find("/").value();
    UNSIGNED_LONGS_EQUAL(1, kernel::cell(**root.property("a")).value());
    CHECK(!root.property("b")->has_value());
    CHECK(!root.property("").value().has_value());
}

TEST(DeviceTree, GivesWhatEndsWhereItIsCutShort) {
    STRCMP_EQUAL("{  error: the device tree is cut short",
                 walk(TreeBuilder{}.begin("").unended_blob()).c_str());
    STRCMP_EQUAL("{ p=  error: the device tree is cut short",
                 walk(TreeBuilder{}.begin("").flag("p").unended_blob()).c_str());
    STRCMP_EQUAL("{ p=00000001  error: the device tree is cut short",
                 walk(TreeBuilder{}.begin("").cells("p", {1}).unended_blob()).c_str());
    Blob const half = TreeBuilder{}.begin("").flag("p").token(3).token(0).unended_blob();
    STRCMP_EQUAL("{ p=  error: the device tree is cut short", walk(half).c_str());
}

TEST(DeviceTree, HasNoAliasWithoutAliasesAndAnErrorWhereItIsDamaged) {
    Blob const sound = small_tree();
    CHECK(!DeviceTree::open(sound.bytes()).value().alias("a").value());
    Blob const damaged = TreeBuilder{}.begin("").token(7).blob();
    CHECK(DeviceTree::open(damaged.bytes()).value().alias("a").error() == Error::TreeBadStructure);
}

TEST(DeviceTree, SaysThatItIsDamagedOnTheWayToANode) {
    Blob const root = TreeBuilder{}.token(7).blob();
    Blob const sibling = TreeBuilder{}.begin("").begin("a").token(7).blob();
    Blob const property = TreeBuilder{}.begin("").begin("a").flag("p").token(7).blob();
    for (Blob const* const blob : {&root, &sibling}) {
        STRCMP_EQUAL("the device tree is malformed", place_of(*blob, "/b").c_str());
    }
    auto const node = DeviceTree::open(property.bytes()).value().find("/a").value();
    CHECK(node.property("q").error() == Error::TreeBadStructure);
}
