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
            found.classes[size->index()].objects += frame_set::count(records_.word(index));
        } else if (use == PageUse::large()) {
            ++found.large_objects;
            found.large_pages += records_.word(index);
        }
    }

    HeapReport report{.pages = records_.pages(), .objects = found.large_objects};
    bool agrees = found.large_objects == large_objects_ && found.large_pages == large_pages_;
    for (unsigned index = 0; index < SizeClass::kCount; ++index) {
        ClassState const& state = classes_[index];
        agrees = agrees && state.pages_with_room.is_consistent() &&
                 state.objects == found.classes[index].objects &&
                 state.pages == found.classes[index].pages;
        report.objects += state.objects;
    }
    return agrees ? Result<HeapReport>{report} : Error::Corrupt;
}

/// True if what is recorded of the page fits its neighbours, the trees and the buddy allocator.
bool Heap::describes_page(std::uint64_t index) const {
    PageUse const use = records_.use(index);
    std::uint64_t const word = records_.word(index);
    auto const size = use.size_class();
    for (unsigned other = 0; other < SizeClass::kCount; ++other) {
        bool const has_room = size && size->index() == other && word != size->all_slots();
        if (classes_[other].pages_with_room.test(index) != has_room) {
            return false;
        }
    }
    bool const is_taken = pages_.inspect(page_at(index)).kind == FrameKind::Allocated;
    if (size) {
        return is_taken && word != 0 && (word & ~size->all_slots()) == 0;
    }
    if (use == PageUse::none()) {
        return !is_taken && word == 0;
    }
    if (use == PageUse::rest_of_large()) {
        PageUse const before = index == 0 ? PageUse::none() : records_.use(index - 1);
        return is_taken && word == 0 &&
               (before == PageUse::large() || before == PageUse::rest_of_large());
    }
    if (use != PageUse::large() || word == 0 || word > records_.pages() - index) {
        return false;
    }
    // The pages it counts are its own, and no more follow.
    std::uint64_t rest = 1;
    while (index + rest < records_.pages() &&
           records_.use(index + rest) == PageUse::rest_of_large()) {
        ++rest;
    }
    return is_taken && rest == word;
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
