// SPDX-License-Identifier: MIT
#include "kernel/mm/heap.hpp"

#include "kernel/require.hpp"
#include "kernel/units.hpp"

#include <algorithm>
#include <bit>

namespace mm {

using kernel::Error;
using kernel::Result;
using kernel::VirtAddr;
using kernel::VirtRange;

namespace {

void* pointer_to(VirtAddr address) { return reinterpret_cast<void*>(address.raw()); }

}  // namespace

Heap::Heap(VirtRange window, HeapPages& backing, std::span<std::uint64_t> metadata,
           FaultPlan* faults)
    : window_{window},
      backing_{backing},
      faults_{faults},
      pages_{pages_of(window), metadata},
      records_{metadata.subspan(BuddyAllocator::metadata_words(pages_.span())),
               pages_.span().count()} {
    kernel::require(kernel::is_aligned(window.begin.raw() | window.end.raw(), kFrameBytes),
                    "the heap's window is made of whole pages");
    kernel::require(static_cast<bool>(pages_.release(pages_.span())),
                    "the heap's window has a page");
    auto rest = metadata.subspan(BuddyAllocator::metadata_words(pages_.span()) +
                                 HeapRecords::words(records_.pages()));
    for (ClassState& state : classes_) {
        state.pages_with_room = BitTree{rest, records_.pages()};
        rest = rest.subspan(BitTree::words(records_.pages()));
    }
}

Result<void*> Heap::allocate(std::uint64_t bytes, std::uint64_t alignment) {
    kernel::Locked const locked{lock_};
    kernel::require(kernel::is_power_of_two(alignment), "an alignment is a power of two");
    if (bytes == 0) {
        return Error::EmptyRange;
    }
    if (is_struck(faults_)) {
        return Error::OutOfMemory;
    }
    // Slots are aligned to their size, so a slot that is large enough is aligned enough.
    if (auto const size = SizeClass::covering(std::max(bytes, alignment))) {
        return allocate_slot(*size);
    }
    if (bytes > window_.bytes()) {
        return Error::OutOfMemory;
    }
    return allocate_pages(kernel::align_up(bytes, kFrameBytes) / kFrameBytes,
                          std::max(alignment, kFrameBytes) / kFrameBytes);
}

Result<void*> Heap::allocate_slot(SizeClass size) {
    ClassState& state = classes_[size.index()];
    std::uint64_t index = state.pages_with_room.find_first();
    if (index == records_.pages()) {
        auto const page = take(1, 1);
        if (!page) {
            return page.error();
        }
        index = *page;
        records_.set_use(index, PageUse::slots(size));
        state.pages_with_room.set(index);
        ++state.pages;
    }
    std::uint64_t& used = records_.word(index);
    auto const slot = static_cast<unsigned>(std::countr_one(used));
    if (slot >= size.slots_per_page()) {
        return Error::Corrupt;
    }
    used |= std::uint64_t{1} << slot;
    if (used == size.all_slots()) {
        state.pages_with_room.erase(index);
    }
    ++state.objects;
    return pointer_to(address_of(index) + slot * size.slot_bytes());
}

Result<void*> Heap::allocate_pages(std::uint64_t count, std::uint64_t alignment) {
    auto const first = take(count, alignment);
    if (!first) {
        return first.error();
    }
    records_.set_use(*first, PageUse::large());
    records_.word(*first) = count;
    for (std::uint64_t index = *first + 1; index < *first + count; ++index) {
        records_.set_use(index, PageUse::rest_of_large());
    }
    ++large_objects_;
    large_pages_ += count;
    return pointer_to(address_of(*first));
}

/// `count` pages with memory behind them, by the index of the first.
Result<std::uint64_t> Heap::take(std::uint64_t count, std::uint64_t alignment) {
    auto const pages = pages_.allocate_frames(count, alignment);
    if (!pages) {
        return pages.error() == Error::Corrupt ? Error::Corrupt : Error::OutOfMemory;
    }
    std::uint64_t const index = pages->first - pages_.span().first;
    auto const mapped = backing_.map({address_of(index), address_of(index + count)});
    if (!mapped) {
        kernel::require(static_cast<bool>(pages_.free_frames(*pages)),
                        "what was allocated can be freed");
        return mapped.error();
    }
    return index;
}

Result<void> Heap::free(void* object) {
    kernel::Locked const locked{lock_};
    VirtAddr const address{reinterpret_cast<std::uintptr_t>(object)};
    if (!window_.contains(address)) {
        return Error::NotAllocated;
    }
    std::uint64_t const index = (address - window_.begin) / kFrameBytes;
    std::uint64_t const offset = address.raw() % kFrameBytes;
    PageUse const use = records_.use(index);
    if (use.size_class()) {
        return free_slot(index, offset);
    }
    if (use == PageUse::none()) {
        return Error::AlreadyFree;
    }
    if (use != PageUse::large() || offset != 0) {
        return Error::InsideBlock;
    }
    return free_pages(index);
}

Result<void> Heap::free_slot(std::uint64_t index, std::uint64_t offset) {
    SizeClass const size = *records_.use(index).size_class();
    ClassState& state = classes_[size.index()];
    std::uint64_t const bit = std::uint64_t{1} << offset / size.slot_bytes();
    std::uint64_t const used = records_.word(index);
    if ((used & bit) == 0) {
        return Error::AlreadyFree;
    }
    if (offset % size.slot_bytes() != 0) {
        return Error::InsideBlock;
    }
    if (used == bit) {
        if (auto const given = give(index, 1); !given) {
            return given;
        }
        state.pages_with_room.erase(index);
        --state.pages;
    } else {
        records_.word(index) = used & ~bit;
        state.pages_with_room.set(index);
    }
    --state.objects;
    return {};
}

Result<void> Heap::free_pages(std::uint64_t index) {
    std::uint64_t const count = records_.word(index);
    if (count > records_.pages() - index) {
        return Error::Corrupt;
    }
    if (auto const given = give(index, count); !given) {
        return given;
    }
    --large_objects_;
    large_pages_ -= count;
    return {};
}

/// Takes back what take() gave, and forgets what it was used for.
Result<void> Heap::give(std::uint64_t index, std::uint64_t count) {
    if (!pages_.free_frames({page_at(index), page_at(index + count)})) {
        return Error::Corrupt;
    }
    backing_.unmap({address_of(index), address_of(index + count)});
    records_.word(index) = 0;
    for (std::uint64_t page = index; page < index + count; ++page) {
        records_.set_use(page, PageUse::none());
    }
    return {};
}

HeapStatistics Heap::statistics() const {
    HeapStatistics statistics;
    statistics.window = window_.bytes();
    statistics.large_objects = large_objects_;
    statistics.large_pages = large_pages_;
    statistics.mapped = large_pages_ * kFrameBytes;
    statistics.used = large_pages_ * kFrameBytes;
    for (unsigned index = 0; index < SizeClass::kCount; ++index) {
        ClassState const& state = classes_[index];
        std::uint64_t const slot_bytes = SizeClass::of(index).slot_bytes();
        statistics.classes[index] = {slot_bytes, state.objects, state.pages};
        statistics.mapped += state.pages * kFrameBytes;
        statistics.used += state.objects * slot_bytes;
    }
    return statistics;
}

}  // namespace mm
