// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/lock.hpp"
#include "kernel/require.hpp"

#include <cstdint>
#include <utility>

namespace kernel {

/// What locks protect, in the order they are taken in: who holds one takes only those below it.
/// Then no two cores wait for each other.
enum class LockRank : std::uint8_t {
    Heap,
    Watch,   ///< Whoever is shown all frames: mm::FrameWatch. Held as long as that looks at them.
    Frames,  ///< For handlers too: see kernel/lock.hpp.
};

/// A lock with a name and a place in that order.
class RankedLock : public Lock {
public:
    /// What it protects: `the heap`.
    char const* name() const { return name_; }
    LockRank rank() const { return rank_; }

protected:
    constexpr RankedLock(char const* name, LockRank rank) : name_{name}, rank_{rank} {}
    ~RankedLock() = default;

private:
    char const* name_;
    LockRank rank_;
};

/// The locks that one core holds. Only that core uses this, its interrupt handlers too: they give
/// back all that they take.
class HeldLocks {
public:
    /// The lock because of which this core may not take `lock` now: of the same rank or below it,
    /// perhaps `lock` itself. nullptr if it may.
    RankedLock const* obstacle(RankedLock const& lock) const {
        bool const may = innermost_ == nullptr || innermost_->rank() < lock.rank();
        return may ? nullptr : innermost_;
    }

    /// This core has `lock` now, to which there was no obstacle. What it took before that, or
    /// nullptr: for remove().
    [[nodiscard]] RankedLock const* add(RankedLock const& lock) {
        return std::exchange(innermost_, &lock);
    }

    /// This core is about to give `lock` back.
    void remove(RankedLock const& lock, RankedLock const* before) {
        if (innermost_ != &lock) {
            broken_promise("what was locked last is given back first", __builtin_FILE(),
                           __builtin_LINE());
        }
        innermost_ = before;
    }

private:
    RankedLock const* innermost_ = nullptr;
};

}  // namespace kernel
