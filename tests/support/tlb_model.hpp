// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/page_table.hpp"

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace test {

/// A TLB that remembers everything it may: each descriptor, of pages, blocks and tables, from the
/// moment it becomes valid until it is told to forget it. It throws where a real one could go
/// wrong.
class TlbModel final : public mm::TlbControl {
public:
    struct Invalidation {
        std::uint64_t first;
        std::uint64_t pages;
        friend bool operator==(Invalidation const&, Invalidation const&) = default;
    };

    explicit TlbModel(mm::EarlyWindow const& window) : window_{window} {}

    /// The tables that it walks.
    void watch(mm::EarlyFrame root) { root_ = root.address().raw(); }

    void after_map() override;
    void invalidate(kernel::VirtAddr first, std::uint64_t pages) override;

    /// Throws if a descriptor that is remembered leads to the table in `frame`.
    void require_forgotten(mm::EarlyFrame frame) const;

    /// Learns all valid descriptors. Throws if one has changed under what is remembered.
    void look_at_all();

    std::vector<Invalidation> invalidations;
    unsigned maps = 0;

private:
    using Key = std::pair<unsigned, std::uint64_t>;  ///< Level, and first address it stands for.

    mm::EarlyWindow const& window_;
    std::uint64_t root_ = 0;
    std::map<Key, std::uint64_t> remembered_;
};

}  // namespace test
