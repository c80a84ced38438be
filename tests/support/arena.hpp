// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/buddy_allocator.hpp"
#include "kernel/result.hpp"

#include "tests/support/broken_promise.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace test {

constexpr mm::FrameRange frames(std::uint64_t first, std::uint64_t count) {
    return {mm::FrameNumber{first}, mm::FrameNumber{first + count}};
}

/// What a call gave that a test relies on.
template <typename T>
T must(kernel::Result<T> result) {
    if (!result) {
        give_up("a call that a test relies on was refused");
    }
    return *result;
}
inline void must(kernel::Result<void> result) {
    if (!result) {
        give_up("a call that a test relies on was refused");
    }
}

/// A buddy allocator with its metadata. Every frame of the span is free at first.
struct Arena {
    Arena(std::uint64_t first, std::uint64_t count)
        : metadata(mm::BuddyAllocator::metadata_words(frames(first, count))),
          allocator{frames(first, count), metadata} {
        must(allocator.release(allocator.span()));
    }

    mm::Block allocate(unsigned order) { return must(allocator.allocate(mm::Order::of(order))); }
    void free(mm::Block block) { must(allocator.free(block.first, block.order)); }

    bool is_sound() const {
        auto const report = allocator.verify();
        if (!report && report.error() != kernel::Error::Corrupt) {
            give_up("verify() finds nothing but damage");
        }
        return static_cast<bool>(report);
    }

    /// The error of `call`, which must be refused and change nothing; none if it was not so.
    template <typename Call>
    std::optional<kernel::Error> refusal(Call call) {
        std::vector<std::uint64_t> const before = metadata;
        auto const result = call();
        if (result || metadata != before || !is_sound()) {
            return std::nullopt;
        }
        return result.error();
    }

    std::vector<std::uint64_t> metadata;
    mm::BuddyAllocator allocator;
};

}  // namespace test
