// SPDX-License-Identifier: MIT
#pragma once

#include "tests/concurrency/explorer/view.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

namespace concurrency {

/// Atomic words as C++20 promises them, and no stronger ([intro.races], [atomics.order]): a
/// location is the list of the messages that were written to it, and a load may read any of them
/// that what happened before does not rule out. A read-modify-write reads the newest.
///
/// Two things that C++ permits are not modelled: a load that reads what is only written later (load
/// buffering), and a store that takes its place before one that was made already (2+2W). The order
/// of modifications is that of execution.
class Memory {
public:
    /// Nobody has done anything yet.
    void reset();

    /// A new location with the value that it begins with.
    unsigned add(std::uint64_t value);
    unsigned locations() const { return used_; }

    /// The stamp of the last message of `location`.
    Stamp newest(unsigned location) const {
        return static_cast<Stamp>(locations_[location].size() - 1);
    }
    std::uint64_t value(unsigned location, Stamp stamp) const {
        return locations_[location][stamp].value;
    }

    /// The oldest message that `core` may load.
    Stamp oldest(unsigned core, unsigned location, std::memory_order order) const;

    /// From now on `core` knows of message `stamp`, whatever it tells.
    void notice(unsigned core, unsigned location, Stamp stamp) {
        Stamp& known = cores_[core].now.oldest[location];
        known = std::max(known, stamp);
    }

    void load(unsigned core, unsigned location, Stamp stamp, std::memory_order order);
    void store(unsigned core, unsigned location, std::uint64_t value, std::memory_order order);
    /// Takes the place behind the newest message, which the same core has just loaded.
    void modify(unsigned core, unsigned location, std::uint64_t value, std::memory_order order);
    void fence(unsigned core, std::memory_order order);

    /// Of each core, the last stretch that happened before what `core` does now.
    Clock const& clock(unsigned core) const { return cores_[core].now.clock; }

private:
    struct Message {
        std::uint64_t value = 0;
        bool tells = false;  ///< Whoever acquires it learns of `view`.
        View view{};
    };

    struct Core {
        View now;
        View loaded;    ///< What an acquire fence would add.
        View released;  ///< What it knew at its last release fence.
        bool has_released = false;
    };

    void write(unsigned core, unsigned location, Message& message, std::memory_order order);

    std::array<std::vector<Message>, kMostLocations> locations_;
    std::array<Core, kMostCores> cores_;
    Oldest sequential_{};  ///< What sequentially consistent operations have left each other.
    unsigned used_ = 0;
};

constexpr bool acquires(std::memory_order order) {
    return order == std::memory_order_acquire || order == std::memory_order_consume ||
           order == std::memory_order_acq_rel || order == std::memory_order_seq_cst;
}
constexpr bool releases(std::memory_order order) {
    return order == std::memory_order_release || order == std::memory_order_acq_rel ||
           order == std::memory_order_seq_cst;
}
constexpr bool is_sequential(std::memory_order order) { return order == std::memory_order_seq_cst; }

}  // namespace concurrency
