// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/address.hpp"
#include "kernel/lock.hpp"
#include "kernel/mm/bit_tree.hpp"
#include "kernel/mm/buddy_allocator.hpp"
#include "kernel/mm/fault_plan.hpp"
#include "kernel/mm/frame.hpp"
#include "kernel/mm/heap_pages.hpp"
#include "kernel/mm/heap_records.hpp"
#include "kernel/mm/size_class.hpp"
#include "kernel/result.hpp"

#include <array>
#include <cstdint>
#include <span>

namespace mm {

/// How much a heap holds. Sizes in bytes.
struct HeapStatistics {
    struct Class {
        std::uint64_t slot_bytes = 0;
        std::uint64_t objects = 0;
        std::uint64_t pages = 0;
    };

    std::uint64_t window = 0;  ///< Addresses it may use.
    std::uint64_t mapped = 0;  ///< Memory it has now: pages with an object in them.
    std::uint64_t used = 0;    ///< Memory that its objects take: slots and whole pages.
    std::array<Class, SizeClass::kCount> classes{};
    std::uint64_t large_objects = 0;  ///< Those that have pages of their own,
    std::uint64_t large_pages = 0;    ///< and how many.
};

/// What Heap::verify() has gone through.
struct HeapReport {
    std::uint64_t pages = 0;    ///< Of the window.
    std::uint64_t objects = 0;  ///< Small and large.
};

/// Objects of any size in a window of addresses, with memory behind those pages only in which there
/// are objects: a page that gets empty is given back at once.
///
///     up to 2 KiB    a slot in a page that is cut into equal slots: 64, 128, ... 2048 bytes
///     above          pages of its own, from a buddy allocator over the window's pages
///
/// All records lie outside the pages, in a table that the caller supplies: a write past the end of
/// an object does not reach them. The cost of a call does not depend on how many objects there are:
/// the first page with a free slot is found through a tree of bits, pages by the buddy allocator,
/// and mapping costs what the pages of the one object cost.
///
/// Where several cores allocate and free, a lock must be set. Nothing here asks the heap for
/// memory.
class Heap {
public:
    static constexpr std::uint64_t metadata_words(kernel::VirtRange window) {
        FrameRange const pages = pages_of(window);
        return BuddyAllocator::metadata_words(pages) + HeapRecords::words(pages.count()) +
               SizeClass::kCount * BitTree::words(pages.count());
    }

    /// `window` is made of whole pages, none of them mapped; writes the first
    /// metadata_words(window) words of `metadata`. All must outlive the heap.
    Heap(kernel::VirtRange window, HeapPages& backing, std::span<std::uint64_t> metadata,
         FaultPlan* faults = nullptr);

    /// Memory of unknown content, its address a multiple of `alignment`, a power of two.
    ///
    /// Errors: EmptyRange for 0 bytes; OutOfMemory if window or frames run out. On error nothing
    /// has changed.
    kernel::Result<void*> allocate(std::uint64_t bytes, std::uint64_t alignment = 16);

    /// Gives back what allocate() gave.
    ///
    /// Errors: NotAllocated outside the window; AlreadyFree where no object is; InsideBlock inside
    /// an object and not at its start; Corrupt. On error nothing has changed.
    kernel::Result<void> free(void* object);

    /// From now on several cores allocate and free.
    void set_lock(kernel::Lock& lock) { lock_ = &lock; }

    HeapStatistics statistics() const;

    /// Proves that records, trees, pages and counters agree: a single flipped bit is found. Walks
    /// the whole table. Errors: Corrupt.
    kernel::Result<HeapReport> verify() const;

    /// A number that depends on which objects there are and on nothing else.
    std::uint64_t hash() const;

private:
    struct ClassState {
        BitTree pages_with_room;  ///< Pages of the class with a free slot.
        std::uint64_t objects = 0;
        std::uint64_t pages = 0;
    };

    // A page of the window has a number as a frame has: its address divided by 4 KiB. Records and
    // trees count from the first page of the window, by its index.
    static constexpr FrameNumber page_of(kernel::VirtAddr address) {
        return FrameNumber{address.raw() >> kFrameShift};
    }
    static constexpr FrameRange pages_of(kernel::VirtRange window) {
        return {page_of(window.begin), page_of(window.end)};
    }
    kernel::VirtAddr address_of(std::uint64_t index) const {
        return window_.begin + index * kFrameBytes;
    }
    FrameNumber page_at(std::uint64_t index) const { return pages_.span().first + index; }

    kernel::Result<void*> allocate_slot(SizeClass size);
    kernel::Result<void*> allocate_pages(std::uint64_t count, std::uint64_t alignment);
    kernel::Result<void> free_slot(std::uint64_t index, std::uint64_t offset);
    kernel::Result<void> free_pages(std::uint64_t index);
    kernel::Result<std::uint64_t> take(std::uint64_t count, std::uint64_t alignment);
    kernel::Result<void> give(std::uint64_t index, std::uint64_t count);
    bool describes_page(std::uint64_t index) const;
    bool describes_large(std::uint64_t index) const;
    bool is_listed_right(std::uint64_t index) const;

    kernel::VirtRange window_;
    HeapPages& backing_;
    FaultPlan* faults_;
    kernel::Lock* lock_ = nullptr;
    BuddyAllocator pages_;
    HeapRecords records_;
    std::array<ClassState, SizeClass::kCount> classes_;
    std::uint64_t large_objects_ = 0;
    std::uint64_t large_pages_ = 0;
};

}  // namespace mm
