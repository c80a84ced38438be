// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/board.hpp"
#include "kernel/board_properties.hpp"
#include "kernel/device_tree_bus.hpp"

namespace kernel {

/// The one pass over a tree that fills a Board. Used once, by Board::read.
///
/// A node is looked at when its last property has been seen, before its first child.
class BoardReader {
public:
    BoardReader(DeviceTree const& tree, Board& board) : tree_{tree}, board_{board} {}

    Result<void> read();

private:
    /// A PL011 that may become the console.
    struct Uart {
        Device device;
        std::size_t place;  ///< Of its node in the blob.
    };

    Result<void> pass();
    Result<void> begin_node(TreeCursor& cursor);
    Result<void> finish_node();
    Result<void> note_node();
    bool is_out_of_reach() const;
    bool is_okay(unsigned depth) const { return (okay_ >> depth & 1) != 0; }

    void note_bus();
    void note_status();
    void note_root();
    void note_chosen();
    void note_memory();
    void note_core();
    void note_devices();
    void note_device(std::string_view compatible);
    Result<void> note_reserved_memory();
    Result<void> note_memreserve();

    void choose_uart();
    /// Where the node lies that `stdout-path` means; none if it means none.
    std::optional<std::size_t> stdout_place() const;

    DeviceTree const& tree_;
    Board& board_;
    TreeBuses buses_;
    BoardPropertyNames names_;
    FixedList<Uart, 8> uarts_;
    std::string_view stdout_path_;

    // The node whose properties are being read.
    BoardNode node_;
    std::string_view name_;  // Known only of what is in /reserved-memory.
    unsigned depth_ = 0;
    std::size_t place_ = 0;

    // The child of the root that the walk is in.
    bool in_chosen_ = false;
    bool in_reserved_memory_ = false;
    bool has_chosen_ = false;  // Of two, the first counts.

    // Bit n: the open node at depth n and all above it may be used.
    std::uint64_t okay_ = 1;
    static_assert(TreeCursor::kMaxDepth < 64);
};

}  // namespace kernel
