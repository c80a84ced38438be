// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/require.hpp"

#include <cstddef>
#include <span>
#include <type_traits>

namespace kernel {

/// At most `Capacity` items in the order in which they came. Room for all of them is part of the
/// list; none of it is written before it is used.
template <typename T, std::size_t Capacity>
class FixedList {
public:
    static_assert(std::is_trivially_copyable_v<T>, "items are moved about as bytes");

    // NOLINTNEXTLINE(modernize-use-equals-default): a defaulted one is deleted, as of any union.
    FixedList() {}

    static constexpr std::size_t capacity() { return Capacity; }
    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    bool full() const { return size_ == Capacity; }

    /// True if there was room.
    [[nodiscard]] bool push_back(T const& item) { return insert(size_, item); }

    /// Puts `item` in front of the one at `place`. True if there was room.
    [[nodiscard]] bool insert(std::size_t place, T const& item) {
        require(place <= size_, "an item is put into the list");
        if (full()) {
            return false;
        }
        T const copy = item;  // It may be one of those that move.
        for (std::size_t to = size_; to > place; --to) {
            items_[to] = items_[to - 1];
        }
        items_[place] = copy;
        ++size_;
        return true;
    }

    void erase(std::size_t place) {
        require(place < size_, "an item that is taken out was in the list");
        for (std::size_t to = place + 1; to < size_; ++to) {
            items_[to - 1] = items_[to];
        }
        --size_;
    }

    void clear() { size_ = 0; }

    T& operator[](std::size_t place) {
        require(place < size_, "an item is in the list");
        return items_[place];
    }
    T const& operator[](std::size_t place) const {
        require(place < size_, "an item is in the list");
        return items_[place];
    }

    T const* begin() const { return items_; }
    T const* end() const { return items_ + size_; }
    std::span<T const> items() const { return {items_, size_}; }

private:
    union {
        T items_[Capacity];
    };
    std::size_t size_ = 0;
};

}  // namespace kernel
