// SPDX-License-Identifier: MIT
#include "tests/exhaustive/small_heap.hpp"

#include <algorithm>
#include <bit>
#include <cinttypes>
#include <cstdio>

namespace exhaustive {

using kernel::Error;
using kernel::Result;
using kernel::VirtAddr;
using kernel::VirtRange;
using mm::FrameNumber;

namespace {

VirtRange window_at(std::uint64_t first_page) {
    return {VirtAddr{first_page * HeapModel::kPageBytes},
            VirtAddr{(first_page + HeapModel::kPages) * HeapModel::kPageBytes}};
}

/// An address as a heap is given it; nobody follows it.
void* pointer(std::uint64_t address) { return reinterpret_cast<void*>(address); }

bool is_like(Result<std::uint64_t> const& one, Result<std::uint64_t> const& other) {
    if (static_cast<bool>(one) != static_cast<bool>(other)) {
        return false;
    }
    return one ? *one == *other : one.error() == other.error();
}

void print_result(char const* who, Result<std::uint64_t> const& result) {
    if (result) {
        std::printf("  %s: 0x%" PRIx64 "\n", who, *result);
    } else {
        std::string_view const words = kernel::describe(result.error());
        std::printf("  %s: error: %.*s\n", who, static_cast<int>(words.size()), words.data());
    }
}

}  // namespace

std::uint64_t PageMask::bits_of(VirtRange pages) const {
    std::uint64_t const first = (pages.begin - window_.begin) / HeapModel::kPageBytes;
    std::uint64_t const count = pages.bytes() / HeapModel::kPageBytes;
    return ((std::uint64_t{1} << count) - 1) << first;
}

Result<void> PageMask::map(VirtRange pages) {
    std::uint64_t const bits = bits_of(pages);
    was_used_as_promised = was_used_as_promised && (mapped & bits) == 0;
    if (static_cast<std::uint64_t>(std::popcount(mapped | bits)) > limit) {
        return Error::OutOfMemory;
    }
    mapped |= bits;
    return {};
}

void PageMask::unmap(VirtRange pages) {
    was_used_as_promised = was_used_as_promised && (~mapped & bits_of(pages)) == 0;
    mapped &= ~bits_of(pages);
}

HeapModel::HeapModel(std::uint64_t first_page, std::uint64_t limit)
    : pages_{{FrameNumber{first_page}, FrameNumber{first_page + kPages}}, 0}, limit_{limit} {
    kernel::require(static_cast<bool>(pages_.release(pages_.span())), "the window has pages");
}

Result<std::uint64_t> HeapModel::allocate(std::uint64_t bytes, std::uint64_t alignment) {
    if (bytes == 0) {
        return Error::EmptyRange;
    }
    if (std::max(bytes, alignment) > kPageBytes / 2) {
        std::uint64_t const count = bytes / kPageBytes + (bytes % kPageBytes != 0 ? 1 : 0);
        auto const index = take(count, std::max(alignment / kPageBytes, std::uint64_t{1}));
        if (!index) {
            return index.error();
        }
        page_[*index].pages = count;
        return address_of(*index);
    }
    std::uint64_t const size = std::bit_ceil(std::max({bytes, alignment, std::uint64_t{64}}));
    kernel::require(size > kPageBytes / 64, "the slots of a page are fewer than 64");
    std::uint64_t const all = (std::uint64_t{1} << kPageBytes / size) - 1;
    for (std::uint64_t index = 0; index < kPages; ++index) {
        Page& page = page_[index];
        if (page.slot_bytes == size && page.slots != all) {
            auto const slot = static_cast<unsigned>(std::countr_one(page.slots));
            page.slots |= std::uint64_t{1} << slot;
            return address_of(index) + slot * size;
        }
    }
    auto const index = take(1, 1);
    if (!index) {
        return index.error();
    }
    page_[*index] = {.slot_bytes = size, .slots = 1};
    return address_of(*index);
}

Result<std::uint64_t> HeapModel::take(std::uint64_t count, std::uint64_t alignment) {
    BlockSet const before = pages_;
    auto const taken = pages_.allocate_frames(count, alignment);
    if (!taken || static_cast<std::uint64_t>(std::popcount(mapped())) > limit_) {
        pages_ = before;
        return Error::OutOfMemory;
    }
    return taken->first - pages_.span().first;
}

Result<void> HeapModel::free(std::uint64_t address) {
    if (address < begin() || end() <= address) {
        return Error::NotAllocated;
    }
    std::uint64_t const index = (address - begin()) / kPageBytes;
    std::uint64_t const offset = address % kPageBytes;
    Page& page = page_[index];
    if ((mapped() >> index & 1) == 0) {
        return Error::AlreadyFree;
    }
    if (page.slot_bytes == 0) {
        if (page.pages == 0 || offset != 0) {
            return Error::InsideBlock;
        }
        give(index, page.pages);
        return {};
    }
    std::uint64_t const slot = std::uint64_t{1} << offset / page.slot_bytes;
    if ((page.slots & slot) == 0) {
        return Error::AlreadyFree;
    }
    if (offset % page.slot_bytes != 0) {
        return Error::InsideBlock;
    }
    page.slots &= ~slot;
    if (page.slots == 0) {
        give(index, 1);
    }
    return {};
}

void HeapModel::give(std::uint64_t index, std::uint64_t count) {
    FrameNumber const first = pages_.span().first + index;
    kernel::require(static_cast<bool>(pages_.free_frames({first, first + count})),
                    "the pages of an object are allocated");
    page_[index] = {};
}

std::uint64_t HeapModel::mapped() const {
    std::uint64_t bits = 0;
    for (std::uint64_t index = 0; index < kPages; ++index) {
        bool const is_taken =
            pages_.inspect(pages_.span().first + index).kind == mm::FrameKind::Allocated;
        bits |= std::uint64_t{is_taken} << index;
    }
    return bits;
}

std::uint64_t HeapModel::objects() const {
    std::uint64_t objects = 0;
    for (Page const& page : page_) {
        objects += static_cast<unsigned>(std::popcount(page.slots)) + (page.pages != 0 ? 1U : 0U);
    }
    return objects;
}

std::uint64_t HeapModel::used_bytes() const {
    std::uint64_t bytes = 0;
    for (Page const& page : page_) {
        bytes += static_cast<unsigned>(std::popcount(page.slots)) * page.slot_bytes;
        bytes += page.pages * kPageBytes;
    }
    return bytes;
}

std::uint64_t HeapModel::key() const {
    std::uint64_t key = pages_.key();
    for (Page const& page : page_) {
        key = key << 2 | page.slot_bytes / 1024;
        key = key << 4 | page.slots;
        key = key << 2 | page.pages;
    }
    return key;
}

void HeapModel::print() const {
    for (Page const& page : page_) {
        std::printf("| slots of %" PRIu64 " used 0x%" PRIx64 ", object of %" PRIu64 " pages ",
                    page.slot_bytes, page.slots, page.pages);
    }
    std::puts("|");
}

SmallHeap::SmallHeap(std::uint64_t first_page, std::uint64_t limit)
    : window_{window_at(first_page)},
      backing_{window_},
      image_{mm::Heap::metadata_words(window_), window_, backing_},
      model_{first_page, limit} {
    backing_.limit = limit;
    constexpr std::uint64_t kPage = HeapModel::kPageBytes;
    for (std::uint64_t const bytes :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1024}, std::uint64_t{1025}, kPage / 2,
          kPage / 2 + 1, kPage, kPage + 1, 2 * kPage + 1, 3 * kPage, 3 * kPage + 1,
          ~std::uint64_t{0}}) {
        for (std::uint64_t const alignment :
             {std::uint64_t{1}, std::uint64_t{1024}, kPage, 2 * kPage, std::uint64_t{1} << 63}) {
            // Smaller slots would make for too many states.
            if (bytes == 0 || std::max(bytes, alignment) >= 1024) {
                calls_.push_back({.bytes = bytes, .alignment = alignment});
            }
        }
    }
    for (std::uint64_t at = model_.begin() - 512; at <= model_.end(); at += 512) {
        calls_.push_back({.free_at = at});
        calls_.push_back({.free_at = at + 1});
    }
    calls_.push_back({.free_at = 0});
}

Result<std::uint64_t> SmallHeap::make_on_heap(Call const& call) {
    if (call.free_at) {
        auto const freed = image_->free(pointer(*call.free_at));
        return freed ? Result<std::uint64_t>{0} : freed.error();
    }
    auto const object = image_->allocate(call.bytes, call.alignment);
    return object ? Result<std::uint64_t>{reinterpret_cast<std::uintptr_t>(*object)}
                  : object.error();
}

Result<std::uint64_t> SmallHeap::make_on_model(Call const& call, HeapModel& model) {
    if (call.free_at) {
        auto const freed = model.free(*call.free_at);
        return freed ? Result<std::uint64_t>{0} : freed.error();
    }
    return model.allocate(call.bytes, call.alignment);
}

Answer SmallHeap::make(std::size_t call) {
    backing_.mapped = model_.mapped();
    Result<std::uint64_t> const real = make_on_heap(calls_[call]);
    Result<std::uint64_t> const expected = make_on_model(calls_[call], model_);
    bool const agrees = is_like(real, expected) && backing_.was_used_as_promised &&
                        backing_.mapped == model_.mapped();
    return {agrees, !real};
}

char const* SmallHeap::wrong() {
    auto const report = image_->verify();
    if (!report) {
        return "verify() calls it corrupt";
    }
    mm::HeapStatistics const statistics = image_->statistics();
    auto const mapped = static_cast<std::uint64_t>(std::popcount(model_.mapped()));
    bool const agrees = report->objects == model_.objects() &&
                        statistics.mapped == mapped * HeapModel::kPageBytes &&
                        statistics.used == model_.used_bytes();
    return agrees ? nullptr : "the statistics differ";
}

void SmallHeap::print_state() const { model_.print(); }

void SmallHeap::print_call(std::size_t call) {
    Call const& made = calls_[call];
    if (made.free_at) {
        std::printf("  free 0x%" PRIx64 "\n", *made.free_at);
    } else {
        std::printf("  allocate %" PRIu64 " bytes, alignment %" PRIu64 "\n", made.bytes,
                    made.alignment);
    }
    backing_.mapped = model_.mapped();
    print_result("heap", make_on_heap(made));
    HeapModel model = model_;
    print_result("model", make_on_model(made, model));
}

}  // namespace exhaustive
