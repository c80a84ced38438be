// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/descriptor.hpp"
#include "kernel/mm/early_window.hpp"
#include "kernel/mm/frame.hpp"
#include "kernel/units.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <span>

namespace mm {

/// A walk through translation tables, from one descriptor to the next in the order of their
/// addresses. It stands on the last descriptor of the way to its offset: a page, a block, or the
/// invalid one where the way ends. Steps inside a table do not start from the root again.
///
/// The hardware reads the tables too, at any time: descriptors are single loads and stores.
class TableCursor {
public:
    /// Stands at `offset` bytes into the address space that `root` translates.
    TableCursor(EarlyWindow const& window, EarlyFrame root, std::uint64_t offset)
        : window_{window}, offset_{offset} {
        tables_[0] = table_in(root);
        descend();
    }

    /// Makes `frame` a table that maps nothing.
    static void clear_table(EarlyWindow const& window, EarlyFrame frame) {
        std::ranges::fill(*window.pointer<Table>(frame), 0);
    }

    /// Descriptor `index` of the table in `frame`.
    static Descriptor read(EarlyWindow const& window, EarlyFrame frame, unsigned index) {
        return load((*window.pointer<Table>(frame))[index % kTableEntries]);
    }

    std::uint64_t offset() const { return offset_; }
    Level level() const { return static_cast<Level>(depth_ + 1); }

    Descriptor descriptor() const { return load(slot()); }
    bool is_on_mapping() const { return descriptor().kind(level()) == Descriptor::Kind::Leaf; }

    /// First offset after the bytes that this descriptor stands for.
    std::uint64_t entry_end() const { return (offset_ | (bytes_per_entry(level()) - 1)) + 1; }

    /// In a table of pages the number of descriptors from this one up to `end` or the end of the
    /// table, elsewhere 1: what the functions below go through at once.
    std::uint64_t run_until(std::uint64_t end) const {
        if (level() != Level::Three) {
            return 1;
        }
        std::uint64_t const table_end = (offset_ | (bytes_per_entry(Level::Two) - 1)) + 1;
        return (std::min(end, table_end) - offset_) / bytes_per_entry(Level::Three);
    }

    /// How many of the next `count` descriptors of this table map something.
    std::uint64_t mappings_in(std::uint64_t count) const {
        std::uint64_t mappings = 0;
        for (std::uint64_t& slot : slots(count)) {
            mappings += load(slot).kind(level()) == Descriptor::Kind::Leaf ? 1U : 0U;
        }
        return mappings;
    }

    /// Makes the next `count` descriptors map what follows on from `first`.
    void write(Descriptor first, std::uint64_t count) {
        std::uint64_t raw = first.raw();
        for (std::uint64_t& slot : slots(count)) {
            store(slot, raw);
            raw += bytes_per_entry(level());
        }
    }

    /// Makes the next `count` descriptors invalid.
    void invalidate(std::uint64_t count) {
        for (std::uint64_t& slot : slots(count)) {
            store(slot, Descriptor::invalid().raw());
        }
    }

    /// Goes on to the next descriptor, in whichever table it is.
    void next() { skip(1); }

    /// Goes on past the next `count` descriptors of this table.
    void skip(std::uint64_t count) {
        offset_ = entry_end() + (count - 1) * bytes_per_entry(level());
        while (depth_ > 0 && index() == 0) {
            --depth_;
        }
        descend();
    }

    /// Puts the empty table in `frame` in place of this invalid descriptor, and enters it.
    void link(EarlyFrame frame) {
        // Whoever sees the link sees a table of zeroes behind it.
        std::atomic_ref{slot()}.store(Descriptor::table(frame).raw(), std::memory_order_release);
        tables_[++depth_] = table_in(frame);
    }

    bool table_is_empty() const {
        return std::ranges::all_of(*tables_[depth_], [](std::uint64_t raw) { return raw == 0; });
    }

    /// Leaves this table, which is not the root, and makes the descriptor that led to it invalid.
    EarlyFrame unlink() {
        --depth_;
        EarlyFrame const frame{FrameNumber::containing(descriptor().address())};
        store(slot(), Descriptor::invalid().raw());
        return frame;
    }

private:
    using Table = std::array<std::uint64_t, kTableEntries>;

    static Descriptor load(std::uint64_t& slot) {
        return Descriptor{std::atomic_ref{slot}.load(std::memory_order_relaxed)};
    }

    static void store(std::uint64_t& slot, std::uint64_t raw) {
        std::atomic_ref{slot}.store(raw, std::memory_order_relaxed);
    }

    Table* table_in(EarlyFrame frame) const { return window_.pointer<Table>(frame); }

    std::uint64_t index() const { return offset_ / bytes_per_entry(level()) % kTableEntries; }
    std::uint64_t& slot() const { return (*tables_[depth_])[index()]; }

    std::span<std::uint64_t> slots(std::uint64_t count) const {
        return std::span{*tables_[depth_]}.subspan(index(), count);
    }

    void descend() {
        while (level() != Level::Three && descriptor().kind(level()) == Descriptor::Kind::Table) {
            EarlyFrame const frame{FrameNumber::containing(descriptor().address())};
            tables_[++depth_] = table_in(frame);
        }
    }

    EarlyWindow const& window_;
    std::uint64_t offset_;
    unsigned depth_ = 0;              ///< 0 at the root; level() - 1.
    std::array<Table*, 3> tables_{};  ///< From the root down to the one it stands in.
};

}  // namespace mm
