// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/device_tree.hpp"

#include <array>
#include <cstdint>
#include <limits>

namespace kernel {

/// The properties that a Board is made of.
enum class BoardProperty : std::uint8_t {
    Other,
    AddressCells,
    Bootargs,
    Compatible,
    DeviceType,
    DmaRanges,
    EnableMethod,
    InitrdEnd,
    InitrdStart,
    Interrupts,
    Method,
    Model,
    NoMap,
    Ranges,
    Reg,
    ReleaseAddress,
    SizeCells,
    Status,
    StdoutPath,
};
inline constexpr std::size_t kBoardProperties = 19;

/// Tells by its name which property a cursor has come to.
///
/// A tree keeps every name once and its properties share it, so the place of a name, once known,
/// saves reading it again: a pass over the tree of a Pi 3 meets 1,078 properties with 150 names.
class BoardPropertyNames {
public:
    BoardProperty identify(TreeCursor const& cursor) {
        Known& known = known_[cursor.name_place() % known_.size()];
        if (known.name_place != cursor.name_place()) {
            known = {cursor.name_place(), identify_by_name(cursor)};
        }
        return known.property;
    }

private:
    struct Known {
        // None: a blob ends before that.
        std::uint32_t name_place = std::numeric_limits<std::uint32_t>::max();
        BoardProperty property = BoardProperty::Other;
    };

    static BoardProperty identify_by_name(TreeCursor const& cursor);

    std::array<Known, 128> known_{};
};

/// The properties of one node that matter here, as far as it has them.
class BoardNode {
public:
    void clear() { present_ = 0; }
    bool empty() const { return present_ == 0; }
    bool has(BoardProperty property) const { return (present_ & bit(property)) != 0; }

    /// The first of two properties with one name counts.
    void note(BoardProperty property, TreeBytes value) {
        if (property != BoardProperty::Other && !has(property)) {
            present_ |= bit(property);
            values_[static_cast<std::size_t>(property)] = value;
        }
    }

    /// Empty if it has none.
    TreeBytes operator[](BoardProperty property) const {
        return has(property) ? values_[static_cast<std::size_t>(property)] : TreeBytes{};
    }

private:
    static std::uint32_t bit(BoardProperty property) {
        return std::uint32_t{1} << static_cast<unsigned>(property);
    }

    std::uint32_t present_ = 0;
    std::array<TreeBytes, kBoardProperties> values_{};
};

}  // namespace kernel
