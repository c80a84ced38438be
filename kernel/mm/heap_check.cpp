// SPDX-License-Identifier: MIT
// Heap, what it proves about itself.
#include "kernel/mm/heap.hpp"
#include "kernel/mm/run.hpp"

namespace mm {

using kernel::Error;
using kernel::Result;

Result<HeapReport> Heap::verify() const {
    if (!pages_.verify() || !records_.has_clean_end()) {
        return Error::Corrupt;
    }
    HeapStatistics found;
    for (std::uint64_t index = 0; index < records_.pages(); ++index) {
        if (!describes_page(index)) {
            return Error::Corrupt;
        }
        PageUse const use = records_.use(index);
        if (auto const size = use.size_class()) {
            ++found.classes[size->index()].pages;
            found.classes[size->index()].objects += unit_set::count(records_.word(index));
        } else if (use == PageUse::large()) {
            ++found.large_objects;
            found.large_pages += records_.word(index);
        }
    }

    HeapReport report{.pages = records_.pages(), .objects = found.large_objects};
    bool agrees = found.large_objects == large_objects_ && found.large_pages == large_pages_;
    std::uint64_t pages = pages_.free_frames_count() + found.large_pages;
    for (unsigned index = 0; index < SizeClass::kCount; ++index) {
        ClassState const& state = classes_[index];
        agrees = agrees && state.pages_with_room.is_consistent() &&
                 state.objects == found.classes[index].objects &&
                 state.pages == found.classes[index].pages;
        report.objects += state.objects;
        pages += found.classes[index].pages;
    }
    return agrees && pages == records_.pages() ? Result<HeapReport>{report} : Error::Corrupt;
}

/// True if what is recorded of the page fits its neighbours, the trees and the buddy allocator.
bool Heap::describes_page(std::uint64_t index) const {
    PageUse const use = records_.use(index);
    std::uint64_t const word = records_.word(index);
    bool const is_taken = pages_.inspect(page_at(index)).kind == FrameKind::Allocated;
    if (!is_listed_right(index) || is_taken == (use == PageUse::none())) {
        return false;
    }
    if (auto const size = use.size_class()) {
        return word != 0 && (word & ~size->all_slots()) == 0;
    }
    if (use == PageUse::large()) {
        return describes_large(index);
    }
    if (use == PageUse::rest_of_large()) {
        return word == 0;  // One that follows no object is missing in the sum of pages.
    }
    return use == PageUse::none() && word == 0;
}

/// True if the object that begins with this page has the pages it counts, and no more follow.
bool Heap::describes_large(std::uint64_t index) const {
    std::uint64_t end = index + 1;
    while (end < records_.pages() && records_.use(end) == PageUse::rest_of_large()) {
        ++end;
    }
    return records_.word(index) == end - index;
}

/// True if the page is in the tree of its class if it has a free slot, and in no other.
bool Heap::is_listed_right(std::uint64_t index) const {
    auto const size = records_.use(index).size_class();
    for (unsigned other = 0; other < SizeClass::kCount; ++other) {
        bool const is_of_class = size && size->index() == other;
        bool const has_room = is_of_class && records_.word(index) != size->all_slots();
        if (classes_[other].pages_with_room.test(index) != has_room) {
            return false;
        }
    }
    return true;
}

std::uint64_t Heap::hash() const {
    std::uint64_t hash = pages_.hash();
    for (std::uint64_t const word : records_.all()) {
        hash = (hash ^ word) * 0x9e37'79b9'7f4a'7c15;
        hash ^= hash >> 32;
    }
    return hash;
}

}  // namespace mm
