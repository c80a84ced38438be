// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/heap.hpp"

#include "tests/exhaustive/block_set.hpp"
#include "tests/exhaustive/explorer.hpp"
#include "tests/exhaustive/image.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace exhaustive {

/// Which pages of a small window have memory behind them. There is none in truth: a heap does not
/// touch its pages.
class PageMask final : public mm::HeapPages {
public:
    explicit PageMask(kernel::VirtRange window) : window_{window} {}

    kernel::Result<void> map(kernel::VirtRange pages) override;
    void unmap(kernel::VirtRange pages) override;

    std::uint64_t mapped = 0;          ///< A bit for each page.
    std::uint64_t limit = 64;          ///< Pages that can be mapped at a time.
    bool was_used_as_promised = true;  ///< Pages are mapped once and unmapped once.

private:
    std::uint64_t bits_of(kernel::VirtRange pages) const;

    kernel::VirtRange window_;
};

/// What a heap must be: for each page what it holds.
class HeapModel {
public:
    static constexpr std::uint64_t kPageBytes = 4096;
    static constexpr std::size_t kPages = 3;

    HeapModel(std::uint64_t first_page, std::uint64_t limit);

    kernel::Result<std::uint64_t> allocate(std::uint64_t bytes, std::uint64_t alignment);
    kernel::Result<void> free(std::uint64_t address);

    std::uint64_t begin() const { return pages_.span().first.raw() * kPageBytes; }
    std::uint64_t end() const { return pages_.span().end.raw() * kPageBytes; }
    std::uint64_t mapped() const;
    std::uint64_t objects() const;
    std::uint64_t used_bytes() const;
    std::uint64_t key() const;
    void print() const;

private:
    struct Page {
        std::uint64_t slot_bytes = 0;  ///< 0: it is not cut into slots.
        std::uint64_t slots = 0;       ///< A bit for each that is used.
        std::uint64_t pages = 0;       ///< Of the object that begins here; 0 if none does.
    };

    kernel::Result<std::uint64_t> take(std::uint64_t count, std::uint64_t alignment);
    void give(std::uint64_t index, std::uint64_t count);
    std::uint64_t address_of(std::uint64_t index) const { return begin() + index * kPageBytes; }

    BlockSet pages_;
    std::uint64_t limit_;
    std::array<Page, kPages> page_{};
};

/// A heap of three pages, from which objects of 1 KiB and 2 KiB, of one page and of two are taken;
/// for Explorer.
class SmallHeap {
public:
    /// No more than `limit` pages can be mapped at a time.
    SmallHeap(std::uint64_t first_page, std::uint64_t limit);

    Image<mm::Heap>& image() { return image_; }
    HeapModel& model() { return model_; }
    std::size_t call_count() const { return calls_.size(); }
    Answer make(std::size_t call);
    char const* wrong();
    void print_state() const;
    void print_call(std::size_t call);

private:
    struct Call {
        std::uint64_t bytes = 0;
        std::uint64_t alignment = 1;
        std::optional<std::uint64_t> free_at{};
    };

    kernel::Result<std::uint64_t> make_on_heap(Call const& call);
    static kernel::Result<std::uint64_t> make_on_model(Call const& call, HeapModel& model);

    kernel::VirtRange window_;
    PageMask backing_;
    Image<mm::Heap> image_;
    HeapModel model_;
    std::vector<Call> calls_;
};

}  // namespace exhaustive
