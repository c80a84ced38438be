// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/address.hpp"
#include "kernel/device_tree_value.hpp"
#include "kernel/result.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace kernel {

/// What a cursor has come to.
enum class TreeItem : std::uint8_t { Node, Property, EndOfNode, EndOfTree };

/// Walks a device tree from one item to the next, in the order of the blob: a node, its properties,
/// then each of its children in the same way, then its end.
///
/// Every step is checked, reads nothing outside the blob and goes forward, so any walk ends. A step
/// that fails leaves the cursor where it is. Deeper than `kMaxDepth` nodes no tree is read (real
/// ones reach 7).
class TreeCursor {
public:
    static constexpr unsigned kMaxDepth = 32;

    /// Goes to the next item. At the end of the tree it stays there.
    ///
    /// Errors: TreeTruncated; TreeBadStructure (an unknown token, ends and beginnings that do not
    /// match, a second root or one with a name, a property after a child or with a name outside the
    /// strings block); TreeTooDeep.
    Result<TreeItem> next();

    /// Passes the rest of the node that the cursor is in, its children too; the next item is what
    /// follows its end. Errors: as `next`.
    Result<void> skip_node();
    /// The same for all nodes deeper than `depth`, which is less than what it is.
    Result<void> leave_to(unsigned depth);

    /// How many nodes the cursor is in: 1 in the root, 0 before and after it.
    unsigned depth() const { return depth_; }

    /// Of the node or property just come to: `cpu@0`, `reg`. The root's name is empty.
    std::string_view name() const;
    /// True if the name is `wanted`; cheaper than to ask for it.
    bool is_called(std::string_view wanted) const;
    /// The first character of the name, 0 if it is empty.
    std::uint8_t first_letter() const { return *name_text(); }
    /// Of the property just come to.
    TreeBytes value() const { return {blob_ + item_ + kPropertyHead, load(item_ + 4)}; }

    /// Where the current item lies in the blob: the same item, the same place.
    std::size_t place() const { return item_; }
    /// Where the name of the property just come to lies: properties of one name mostly share it.
    std::uint32_t name_place() const { return load(item_ + 8); }

    /// The property called `wanted` of the node just come to; none if it has none. The cursor
    /// stays. Errors: as `next`.
    Result<std::optional<TreeBytes>> property(std::string_view wanted) const;

private:
    friend class DeviceTree;
    TreeCursor(std::uint8_t const* blob, TreeHeader const& header,
               std::uint32_t terminated_strings_bytes)
        : blob_{blob},
          at_{header.structure_at},
          end_{at_ + header.structure_bytes},
          item_{at_},
          strings_{header.strings_at},
          terminated_strings_bytes_{terminated_strings_bytes} {}

    enum Token : std::uint32_t { BeginNode = 1, EndNode = 2, Property = 3, Nop = 4, End = 9 };

    std::uint32_t load(std::size_t at) const;
    static bool has_zero_byte(std::uint32_t word) {
        return ((word - 0x01010101) & ~word & 0x80808080) != 0;
    }
    /// The name's first character. It ends with a NUL inside the blob.
    std::uint8_t const* name_text() const {
        return blob_ + (load(item_) == BeginNode ? item_ + 4 : strings_ + name_place());
    }
    Result<TreeItem> begin_node(std::size_t at);
    Result<TreeItem> take_property(std::size_t at);
    Result<TreeItem> end_node(std::size_t at);

    // Of a property: its token, the length of its value, the place of its name.
    static constexpr std::size_t kPropertyHead = 12;

    std::uint8_t const* blob_;
    std::size_t at_;    // Of the next token: a multiple of 4, never beyond end_.
    std::size_t end_;   // Of the structure block.
    std::size_t item_;  // Of the token just come to; checked, so it can be read again.
    std::size_t strings_;
    std::uint32_t terminated_strings_bytes_;
    std::uint32_t depth_ = 0;
    bool takes_property_ = false;  // The node has had no child yet.
    bool had_root_ = false;
};

/// A device tree blob (Devicetree Specification v0.4, chapter 5), only read, never trusted.
///
/// It keeps a view: the blob must outlive it, and every string and value that it gave.
class DeviceTree {
public:
    /// A range of physical memory that the blob's own list reserves.
    struct Reservation {
        std::uint64_t address;
        std::uint64_t bytes;
    };

    /// Opens the blob at the beginning of `memory`. Bytes behind its end do not matter.
    ///
    /// Errors: TreeMisaligned unless it begins at a multiple of 8; TreeTruncated if `memory` or the
    /// blob ends too early, TreeBadMagic, TreeBadVersion, TreeBadStructure: the header or the list
    /// of reservations is damaged. Damage further in is met by who walks there.
    static Result<DeviceTree> open(TreeBytes memory);

    /// All of the blob.
    TreeBytes blob() const { return {blob_, header_.total_bytes}; }

    /// A cursor in front of the root.
    TreeCursor walk() const { return {blob_, header_, terminated_strings_bytes_}; }

    /// A cursor at the node with this path, as if `next` had just come to it. A name of the path
    /// without `@` means the first node whose name is that up to its `@`. A path that does not
    /// begin with `/` begins with an alias.
    ///
    /// Errors: TreeNoNode; else as TreeCursor::next.
    Result<TreeCursor> find(std::string_view path) const;

    /// The path that `/aliases` gives this name; none if there is no such alias. Errors: as
    /// TreeCursor::next.
    Result<std::optional<std::string_view>> alias(std::string_view name) const;

    std::uint32_t reservation_count() const { return reservations_; }
    /// Entry `index`, below `reservation_count`, of /memreserve/.
    Reservation reservation(std::uint32_t index) const;

private:
    DeviceTree(std::uint8_t const* blob, TreeHeader const& header, std::uint32_t reservations);

    std::uint8_t const* blob_;
    TreeHeader header_;
    std::uint32_t reservations_;
    std::uint32_t terminated_strings_bytes_;
};

inline std::uint32_t TreeCursor::load(std::size_t at) const {
    // The blob is aligned to 8 and every place that is loaded from to 4: one instruction each.
    using Cell [[gnu::may_alias]] = std::uint32_t;
    static_assert(std::endian::native == std::endian::little);
    void const* const cell = blob_ + at;
    return __builtin_bswap32(*static_cast<Cell const*>(cell));
}

inline bool TreeCursor::is_called(std::string_view wanted) const {
    std::uint8_t const* text = name_text();
    for (char const letter : wanted) {
        if (*text++ != static_cast<std::uint8_t>(letter)) {
            return false;
        }
    }
    return *text == 0;
}

inline Result<TreeItem> TreeCursor::next() {
    for (std::size_t at = at_; end_ - at >= 4; at += 4) {
        switch (load(at)) {
            case Property: return take_property(at);
            case BeginNode: return begin_node(at);
            case EndNode: return end_node(at);
            case Nop: break;
            case End:
                if (depth_ != 0 || !had_root_) {
                    return Error::TreeBadStructure;
                }
                return TreeItem::EndOfTree;
            default: return Error::TreeBadStructure;
        }
    }
    return Error::TreeTruncated;
}

inline Result<TreeItem> TreeCursor::take_property(std::size_t at) {
    if (end_ - at < kPropertyHead) {
        return Error::TreeTruncated;
    }
    std::size_t const padded = (std::size_t{load(at + 4)} + 3) & ~std::size_t{3};
    if (padded > end_ - at - kPropertyHead) {
        return Error::TreeTruncated;
    }
    if (load(at + 8) >= terminated_strings_bytes_ || !takes_property_) {
        return Error::TreeBadStructure;
    }
    item_ = at;
    at_ = at + kPropertyHead + padded;
    return TreeItem::Property;
}

inline Result<TreeItem> TreeCursor::begin_node(std::size_t at) {
    if (depth_ == kMaxDepth) {
        return Error::TreeTooDeep;
    }
    if (depth_ == 0 && (had_root_ || (end_ - at >= 8 && blob_[at + 4] != 0))) {
        return Error::TreeBadStructure;
    }
    // The name ends with a NUL and is padded to a whole word: a word with a zero byte is its last.
    std::size_t end = at + 4;
    while (end_ - end >= 4 && !has_zero_byte(load(end))) {
        end += 4;
    }
    if (end_ - end < 4) {
        return Error::TreeTruncated;
    }
    item_ = at;
    at_ = end + 4;
    ++depth_;
    takes_property_ = true;
    had_root_ = true;
    return TreeItem::Node;
}

inline Result<TreeItem> TreeCursor::end_node(std::size_t at) {
    if (depth_ == 0) {
        return Error::TreeBadStructure;
    }
    item_ = at;
    at_ = at + 4;
    --depth_;
    takes_property_ = false;
    return TreeItem::EndOfNode;
}

}  // namespace kernel
