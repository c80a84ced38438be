// SPDX-License-Identifier: MIT
#include "tests/exhaustive/small_space.hpp"

#include <algorithm>
#include <bit>
#include <cinttypes>
#include <cstdio>
#include <string_view>

namespace exhaustive {

using kernel::Error;
using kernel::Result;
using kernel::VirtAddr;
using kernel::VirtRange;
using mm::FrameKind;
using mm::FrameNumber;
using mm::FrameRange;

namespace {

constexpr std::uint64_t kPageBytes = 4096;

VirtRange addresses_of(FrameRange pages) {
    return {VirtAddr{pages.first.raw() * kPageBytes}, VirtAddr{pages.end.raw() * kPageBytes}};
}

bool is_like(Result<VirtRange> const& one, Result<VirtRange> const& other) {
    if (static_cast<bool>(one) != static_cast<bool>(other)) {
        return false;
    }
    return one ? *one == *other : one.error() == other.error();
}

void print_result(char const* who, Result<VirtRange> const& result) {
    if (result) {
        std::printf("  %s: [0x%" PRIx64 ", 0x%" PRIx64 ")\n", who, result->begin.raw(),
                    result->end.raw());
    } else {
        std::string_view const words = kernel::describe(result.error());
        std::printf("  %s: error: %.*s\n", who, static_cast<int>(words.size()), words.data());
    }
}

}  // namespace

SpaceModel::SpaceModel(std::uint64_t first_page, std::uint64_t pages)
    : pages_{
          {FrameNumber{first_page}, FrameNumber{first_page + pages}},
          0
} {
    kernel::require(static_cast<bool>(pages_.release(
                        {FrameNumber{first_page + 1}, FrameNumber{first_page + pages}})),
                    "a space has more than its first guard page");
}

Result<VirtRange> SpaceModel::allocate(std::uint64_t bytes, std::uint64_t alignment) {
    if (bytes == 0) {
        return Error::EmptyRange;
    }
    if (bytes > pages_.span().count() * kPageBytes) {
        return Error::OutOfAddressSpace;
    }
    std::uint64_t const count = (bytes + kPageBytes - 1) / kPageBytes;
    auto const found =
        pages_.allocate_frames(count + 1, std::max(alignment / kPageBytes, std::uint64_t{1}));
    if (!found) {
        return Error::OutOfAddressSpace;
    }
    guards_ |= std::uint64_t{1} << (found->first + count - pages_.span().first);
    return addresses_of({found->first, found->first + count});
}

Result<void> SpaceModel::set_aside(VirtRange range) {
    auto const pages = whole_pages(range);
    if (!pages) {
        return pages.error();
    }
    FrameRange const span = pages_.span();
    if (pages->first < span.first || span.end < pages->end) {
        return Error::NotFree;
    }
    FrameRange taken{pages->first, pages->end + 1};
    if (taken.first == span.first) {
        taken.first = taken.first + 1;
    }
    if (pages->end == span.end) {
        taken.end = span.end;
    }
    return pages_.reserve(taken);
}

Result<void> SpaceModel::free(VirtRange range) {
    auto const pages = whole_pages(range);
    if (!pages) {
        return pages.error();
    }
    FrameRange const span = pages_.span();
    if (pages->first < span.first || span.end < pages->end || is_guard(pages->first)) {
        return Error::NotAllocated;
    }
    FrameKind const kind = pages_.inspect(pages->first).kind;
    if (kind != FrameKind::Allocated) {
        return kind == FrameKind::Free ? Error::AlreadyFree : Error::Reserved;
    }
    FrameNumber const before{pages->first.raw() - 1};  // The first page of all is reserved.
    if (is_allocated(before) && !is_guard(before)) {
        return Error::InsideBlock;
    }
    FrameNumber guard = pages->first;
    while (!is_guard(guard)) {
        guard = guard + 1;
    }
    if (guard != pages->end) {
        return Error::WrongSize;
    }
    guards_ &= ~(std::uint64_t{1} << (guard - span.first));
    return pages_.free_frames({pages->first, guard + 1});
}

Result<FrameRange> SpaceModel::whole_pages(VirtRange range) {
    if (range.end <= range.begin) {
        return Error::EmptyRange;
    }
    if (range.begin.raw() % kPageBytes != 0 || range.end.raw() % kPageBytes != 0) {
        return Error::Misaligned;
    }
    return FrameRange{FrameNumber{range.begin.raw() / kPageBytes},
                      FrameNumber{range.end.raw() / kPageBytes}};
}

VirtRange SpaceModel::range() const { return addresses_of(pages_.span()); }
std::uint64_t SpaceModel::free_bytes() const {
    return pages_.frames_of(FrameKind::Free) * kPageBytes;
}
std::uint64_t SpaceModel::ranges() const {
    return static_cast<std::uint64_t>(std::popcount(guards_));
}

void SpaceModel::print() const {
    pages_.print();
    std::printf("guards 0x%" PRIx64 "\n", guards_);
}

SmallSpace::SmallSpace(std::uint64_t first_page, std::uint64_t pages)
    : model_{first_page, pages},
      image_{mm::VirtualSpace::metadata_words(model_.range()), model_.range()} {
    VirtRange const space = model_.range();
    std::vector<std::uint64_t> sizes{0, 1, ~std::uint64_t{0}};
    for (std::uint64_t count = 1; count <= pages + 1; ++count) {
        sizes.push_back(count * kPageBytes);
    }
    for (std::uint64_t const bytes : sizes) {
        for (std::uint64_t alignment = 1024; alignment <= 8 * kPageBytes; alignment *= 2) {
            calls_.push_back({.bytes = bytes, .alignment = alignment});
        }
    }
    std::vector<VirtAddr> edges{space.begin + 8, space.begin + kPageBytes + 8};
    for (std::uint64_t page = 0; page <= pages + 2; ++page) {
        edges.push_back(VirtAddr{space.begin.raw() + page * kPageBytes - kPageBytes});
    }
    for (VirtAddr const begin : edges) {
        for (VirtAddr const end : edges) {
            calls_.push_back({
                .kind = Call::Kind::SetAside, .range = {begin, end}
            });
            calls_.push_back({
                .kind = Call::Kind::Free, .range = {begin, end}
            });
        }
    }
}

template <typename Space>
Result<VirtRange> SmallSpace::make_on(Call const& call, Space& space) {
    if (call.kind == Call::Kind::Allocate) {
        return space.allocate(call.bytes, call.alignment);
    }
    auto const done =
        call.kind == Call::Kind::Free ? space.free(call.range) : space.set_aside(call.range);
    return done ? Result<VirtRange>{call.range} : done.error();
}

Answer SmallSpace::make(std::size_t call) {
    Result<VirtRange> const real = make_on(calls_[call], *image_);
    return {is_like(real, make_on(calls_[call], model_)), !real};
}

char const* SmallSpace::wrong() {
    if (!image_->verify()) {
        return "verify() calls it corrupt";
    }
    bool const agrees = image_->range() == model_.range() &&
                        image_->free_bytes() == model_.free_bytes() &&
                        image_->allocated_ranges() == model_.ranges();
    return agrees ? nullptr : "a count differs";
}

void SmallSpace::print_state() const { model_.print(); }

void SmallSpace::print_call(std::size_t call) {
    Call const& made = calls_[call];
    char const* name = made.kind == Call::Kind::Allocate ? "allocate"
                       : made.kind == Call::Kind::Free   ? "free"
                                                         : "set_aside";
    std::printf("  %s [0x%" PRIx64 ", 0x%" PRIx64 ") bytes %" PRIu64 " alignment %" PRIu64 "\n",
                name, made.range.begin.raw(), made.range.end.raw(), made.bytes, made.alignment);
    print_result("space", make_on(made, *image_));
    SpaceModel model = model_;
    print_result("model", make_on(made, model));
}

}  // namespace exhaustive
