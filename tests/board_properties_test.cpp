// SPDX-License-Identifier: MIT
#include "kernel/board_properties.hpp"

#include "tests/support/device_trees.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include <CppUTest/TestHarness.h>

namespace {

using kernel::BoardNode;
using kernel::BoardProperty;
using kernel::BoardPropertyNames;
using kernel::TreeCursor;
using test::Blob;
using test::TreeBuilder;

// At the first property of the root.
TreeCursor first_property(Blob const& blob) {
    TreeCursor cursor = kernel::DeviceTree::open(blob.bytes()).value().walk();
    static_cast<void>(cursor.next());
    static_cast<void>(cursor.next());
    return cursor;
}

BoardProperty identify(BoardPropertyNames& names, std::string_view name) {
    Blob const blob = TreeBuilder{}.begin("").flag(name).end().blob();
    return names.identify(first_property(blob));
}

BoardProperty identify(std::string_view name) {
    BoardPropertyNames names;
    return identify(names, name);
}

}  // namespace

TEST_GROUP(BoardPropertyNames){};

TEST(BoardPropertyNames, KnowWhatMattersAndNothingElse) {
    CHECK(identify("#address-cells") == BoardProperty::AddressCells);
    CHECK(identify("reg") == BoardProperty::Reg);
    CHECK(identify("stdout-path") == BoardProperty::StdoutPath);
    for (std::string_view const name :
         {"", "re", "reg2", "ranges2", "status2", "zzz", "\x80", "\xff"}) {
        CHECK(identify(name) == BoardProperty::Other);
    }
}

TEST(BoardPropertyNames, KnowANameThatIsTheEndOfAnother) {
    // `flag` writes all of "xreg"; the property means what begins at its second letter.
    Blob blob = TreeBuilder{}.begin("").flag("xreg").end().blob();
    std::size_t const name_at = blob.get(8) + 8 + 8;
    blob.put(name_at, 1);
    BoardPropertyNames names;
    CHECK(names.identify(first_property(blob)) == BoardProperty::Reg);
    CHECK(names.identify(first_property(blob)) == BoardProperty::Reg);
}

TEST(BoardPropertyNames, KeepToTheirTableHoweverFarAwayANameIs) {
    struct {
        BoardPropertyNames names;
        std::array<std::uint8_t, 32'768> behind{};
    } table;
    TreeBuilder builder;
    Blob const blob = builder.begin("").flag(std::string(400'000, 'x')).flag("reg").end().blob();
    TreeCursor cursor = first_property(blob);

    CHECK(table.names.identify(cursor) == BoardProperty::Other);
    static_cast<void>(cursor.next());
    CHECK(table.names.identify(cursor) == BoardProperty::Reg);

    CHECK(std::ranges::count(table.behind, 0) == 32'768);
}

TEST_GROUP(BoardNode) { BoardNode node; };

TEST(BoardNode, IsEmptyUntilSomethingThatMattersIsNoted) {
    CHECK(node.empty());
    node.note(BoardProperty::Other, {});
    CHECK(node.empty());
    node.note(BoardProperty::AddressCells, {});
    CHECK_FALSE(node.empty());
    node.clear();
    CHECK(node.empty());
    CHECK_FALSE(node.has(BoardProperty::AddressCells));
}

TEST(BoardNode, KeepsTheFirstOfTwo) {
    std::array<std::uint8_t, 2> const first{1, 2};
    std::array<std::uint8_t, 3> const second{3, 4, 5};
    node.note(BoardProperty::StdoutPath, first);
    node.note(BoardProperty::StdoutPath, second);
    POINTERS_EQUAL(first.data(), node[BoardProperty::StdoutPath].data());
    CHECK(node[BoardProperty::Reg].empty());
}
