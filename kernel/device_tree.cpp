// SPDX-License-Identifier: MIT
#include "kernel/device_tree.hpp"

#include "kernel/units.hpp"

namespace kernel {
namespace {

// A name in a path without `@` stands for any unit address.
bool is_called(std::string_view node, std::string_view wanted) {
    if (!node.starts_with(wanted)) {
        return false;
    }
    node.remove_prefix(wanted.size());
    return node.empty() || (node.front() == '@' && wanted.find('@') == std::string_view::npos);
}

// Takes what is in front of the first '/' off `path`.
std::string_view take_component(std::string_view& path) {
    std::size_t const end = path.find('/');
    std::string_view const component{path.data(), end == path.npos ? path.size() : end};
    path.remove_prefix(component.size());
    return component;
}

// Goes from the node just come to to its first child of that name.
Result<void> enter_child(TreeCursor& cursor, std::string_view name) {
    for (;;) {
        auto const item = cursor.next();
        if (!item) {
            return item.error();
        }
        if (*item == TreeItem::Property) {
            continue;
        }
        if (*item != TreeItem::Node) {
            return Error::TreeNoNode;
        }
        if (is_called(cursor.name(), name)) {
            return {};
        }
        if (auto const passed = cursor.skip_node(); !passed) {
            return passed;
        }
    }
}

// Goes from the node just come to down along `path`.
Result<TreeCursor> descend(TreeCursor cursor, std::string_view path) {
    for (;;) {
        std::size_t const name = path.find_first_not_of('/');
        if (name == path.npos) {
            return cursor;
        }
        path.remove_prefix(name);
        auto const entered = enter_child(cursor, take_component(path));
        if (!entered) {
            return entered.error();
        }
    }
}

}  // namespace

Result<void> TreeCursor::skip_node() {
    require(depth_ != 0, "a node that is passed was come to");
    return leave_to(depth_ - 1);
}

Result<void> TreeCursor::leave_to(unsigned depth) {
    TreeCursor ahead = *this;  // A copy that nobody else sees stays in registers.
    while (ahead.depth_ > depth) {
        auto const item = ahead.next();
        if (!item) {
            return item.error();
        }
    }
    *this = ahead;
    return {};
}

std::string_view TreeCursor::name() const {
    std::uint8_t const* const text = name_text();
    std::size_t length = 0;
    while (text[length] != 0) {
        ++length;
    }
    return {reinterpret_cast<char const*>(text), length};
}

Result<std::optional<TreeBytes>> TreeCursor::property(std::string_view wanted) const {
    TreeCursor ahead = *this;
    for (;;) {
        auto const item = ahead.next();
        if (!item) {
            return item.error();
        }
        if (*item != TreeItem::Property) {
            return std::optional<TreeBytes>{};
        }
        if (ahead.is_called(wanted)) {
            return std::optional{ahead.value()};
        }
    }
}

Result<DeviceTree> DeviceTree::open(TreeBytes memory) {
    if (!is_aligned(reinterpret_cast<std::uintptr_t>(memory.data()), 8)) {
        return Error::TreeMisaligned;
    }
    if (memory.size() < TreeHeader::kBytes) {
        return Error::TreeTruncated;
    }
    TreeHeader const header = TreeHeader::load(memory.data());
    if (auto const fault = header.fault()) {
        return *fault;
    }
    if (header.total_bytes > memory.size()) {
        return Error::TreeTruncated;
    }
    auto const reservations = header.count_reservations(memory.data());
    if (!reservations) {
        return Error::TreeTruncated;
    }
    return DeviceTree{memory.data(), header, *reservations};
}

DeviceTree::DeviceTree(std::uint8_t const* blob, TreeHeader const& header,
                       std::uint32_t reservations)
    : blob_{blob},
      header_{header},
      reservations_{reservations},
      terminated_strings_bytes_{header.strings_bytes} {
    // A name that begins in front of the last NUL ends there or earlier.
    std::uint8_t const* const strings = blob_ + header_.strings_at;
    while (terminated_strings_bytes_ != 0 && strings[terminated_strings_bytes_ - 1] != 0) {
        --terminated_strings_bytes_;
    }
}

Result<TreeCursor> DeviceTree::find(std::string_view path) const {
    TreeCursor root = walk();
    auto const item = root.next();
    if (!item) {
        return item.error();
    }
    if (path.starts_with('/')) {
        return descend(root, path);
    }
    auto const target = alias(take_component(path));
    if (!target) {
        return target.error();
    }
    if (!*target || !(*target)->starts_with('/')) {
        return Error::TreeNoNode;
    }
    auto const node = descend(root, **target);
    return node ? descend(*node, path) : node;
}

Result<std::optional<std::string_view>> DeviceTree::alias(std::string_view name) const {
    using Answer = std::optional<std::string_view>;
    auto const aliases = find("/aliases");
    if (!aliases) {
        return aliases.error() == Error::TreeNoNode ? Result<Answer>{Answer{}} : aliases.error();
    }
    auto const path = aliases->property(name);
    if (!path) {
        return path.error();
    }
    return *path ? TreeStrings{**path}.next() : Answer{};
}

DeviceTree::Reservation DeviceTree::reservation(std::uint32_t index) const {
    require(index < reservations_, "a reservation that is read is in the list");
    std::uint8_t const* const entry =
        blob_ + header_.reservations_at + index * TreeHeader::kReservationBytes;
    return {load_be64(entry), load_be64(entry + 8)};
}

}  // namespace kernel
