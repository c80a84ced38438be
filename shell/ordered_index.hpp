// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace shell {

/// The place of a record in its table.
using SlotIndex = std::uint16_t;

/// Where a record stands in one OrderedIndex: the subtrees on either side of it.
struct IndexLinks {
    SlotIndex lower = 0;
    SlotIndex higher = 0;
};

/// Keeps some records of a table in the order of a key that no two of them share; finding,
/// inserting and removing take O(log n) steps on average, and no memory beside `IndexLinks`.
///
/// A treap: a search tree by key and a heap by a rank that a record gets from its place in the
/// table. Ranks look random and are not, so the same calls take the same steps everywhere.
template <typename Record, std::uint64_t (*key_of)(Record const&), IndexLinks Record::*links>
class OrderedIndex {
public:
    static constexpr SlotIndex kNone = 0xffff;

    explicit OrderedIndex(std::span<Record> table) : table_{table} {}

    /// The record is initialised but for its links, and no record here has its key.
    void insert(SlotIndex slot) {
        SlotIndex* link = &root_;
        while (*link != kNone && rank(*link) > rank(slot)) {
            link = is_below(*link, key(slot)) ? &higher(*link) : &lower(*link);
        }
        SlotIndex rest = *link;
        *link = slot;
        // What the record displaced is parted into what is below and what is above it.
        SlotIndex* below = &lower(slot);
        SlotIndex* above = &higher(slot);
        while (rest != kNone) {
            if (is_below(rest, key(slot))) {
                *below = rest;
                below = &higher(rest);
                rest = *below;
            } else {
                *above = rest;
                above = &lower(rest);
                rest = *above;
            }
        }
        *below = kNone;
        *above = kNone;
    }

    /// The record is in this index.
    void remove(SlotIndex slot) {
        SlotIndex* link = &root_;
        while (*link != slot) {
            link = is_below(*link, key(slot)) ? &higher(*link) : &lower(*link);
        }
        SlotIndex below = lower(slot);
        SlotIndex above = higher(slot);
        while (below != kNone && above != kNone) {
            if (rank(below) > rank(above)) {
                *link = below;
                link = &higher(below);
                below = *link;
            } else {
                *link = above;
                link = &lower(above);
                above = *link;
            }
        }
        *link = below != kNone ? below : above;
    }

    /// The record with the largest key that is not above `wanted`.
    std::optional<SlotIndex> at_or_below(std::uint64_t wanted) const {
        std::optional<SlotIndex> best;
        for (SlotIndex slot = root_; slot != kNone;) {
            if (key(slot) <= wanted) {
                best = slot;
                slot = (table_[slot].*links).higher;
            } else {
                slot = (table_[slot].*links).lower;
            }
        }
        return best;
    }

    /// The record with the smallest key that is not below `wanted`.
    std::optional<SlotIndex> at_or_above(std::uint64_t wanted) const {
        std::optional<SlotIndex> best;
        for (SlotIndex slot = root_; slot != kNone;) {
            if (is_below(slot, wanted)) {
                slot = (table_[slot].*links).higher;
            } else {
                best = slot;
                slot = (table_[slot].*links).lower;
            }
        }
        return best;
    }

private:
    std::uint64_t key(SlotIndex slot) const { return key_of(table_[slot]); }
    bool is_below(SlotIndex slot, std::uint64_t limit) const { return key(slot) < limit; }
    SlotIndex& lower(SlotIndex slot) { return (table_[slot].*links).lower; }
    SlotIndex& higher(SlotIndex slot) { return (table_[slot].*links).higher; }

    // Invertible, so no two slots share a rank; the constants are those of MurmurHash3's finaliser.
    static constexpr std::uint32_t rank(SlotIndex slot) {
        std::uint32_t mixed = slot + 1U;
        mixed ^= mixed >> 16;
        mixed *= 0x85ebca6bU;
        mixed ^= mixed >> 13;
        mixed *= 0xc2b2ae35U;
        mixed ^= mixed >> 16;
        return mixed;
    }

    std::span<Record> table_;
    SlotIndex root_ = kNone;
};

}  // namespace shell
