// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/heap.hpp"

#include "tests/simulation/bit_frames.hpp"

#include <array>
#include <cstdint>
#include <optional>

namespace simulation {

/// What a heap over kPages pages promises: which address a call gives, and every error.
class HeapModel {
public:
    static constexpr std::uint64_t kPages = 256;

    explicit HeapModel(kernel::VirtAddr begin)
        : begin_{begin},
          pages_{FrameRange{FrameNumber{begin.raw() >> 12},
                            FrameNumber{(begin.raw() >> 12) + kPages}}} {
        pages_.release(pages_.span());
    }

    /// Where the object will be, if frames for its pages can be had; none if it has no room.
    /// To be followed by keep() or forget().
    std::optional<std::uint64_t> allocate(std::uint64_t bytes, std::uint64_t alignment) {
        std::uint64_t const least = std::max(bytes, alignment);
        is_small_ = least <= 2048;
        class_ = 0;
        while (is_small_ && std::uint64_t{64} << class_ < least) {
            ++class_;
        }
        count_ = is_small_ ? 1 : (bytes + 4095) / 4096;
        page_ = is_small_ ? page_with_room(class_) : kPages;
        is_new_ = page_ == kPages;
        if (is_new_) {
            auto const first = pages_.allocate_frames(
                count_, is_small_ ? 1 : std::max<std::uint64_t>(alignment, 4096) / 4096);
            if (!first) {
                return std::nullopt;
            }
            page_ = *first - pages_.span().first;
            slots_[page_] = 0;
        }
        return address_of(page_) + (is_small_ ? slot() * (std::uint64_t{64} << class_) : 0);
    }

    void keep() {
        ++objects_;
        if (!is_small_) {
            use_[page_] = kLarge;
            slots_[page_] = count_;
            std::fill_n(use_.begin() + static_cast<std::ptrdiff_t>(page_) + 1, count_ - 1, kRest);
            large_pages_ += count_;
            return;
        }
        small_pages_ += is_new_ ? 1U : 0U;
        use_[page_] = static_cast<std::uint8_t>(class_ + 1);
        slots_[page_] |= std::uint64_t{1} << slot();
        set_room(page_, slots_[page_] != all_slots(class_));
    }

    void forget() {
        if (is_new_) {
            give_pages(page_, count_);
        }
    }

    /// None if it is freed.
    std::optional<Error> free(std::uint64_t address) {
        std::uint64_t const offset = address - begin_.raw();
        if (address < begin_.raw() || offset >= kPages * 4096) {
            return Error::NotAllocated;
        }
        std::uint64_t const page = offset / 4096;
        if (use_[page] == 0) {
            return Error::AlreadyFree;
        }
        if (use_[page] >= kLarge) {
            return use_[page] == kLarge && offset % 4096 == 0 ? free_large(page)
                                                              : std::optional{Error::InsideBlock};
        }
        std::uint64_t const size = std::uint64_t{64} << (use_[page] - 1);
        std::uint64_t const bit = std::uint64_t{1} << offset % 4096 / size;
        if ((slots_[page] & bit) == 0) {
            return Error::AlreadyFree;
        }
        return offset % size != 0 ? std::optional{Error::InsideBlock} : free_slot(page, bit);
    }

    bool agrees_with(mm::HeapStatistics const& statistics) const {
        std::uint64_t objects = statistics.large_objects;
        for (auto const& one : statistics.classes) {
            objects += one.objects;
        }
        return objects == objects_ && statistics.large_pages == large_pages_ &&
               statistics.mapped == mapped_pages() * 4096;
    }

    std::uint64_t mapped_pages() const { return large_pages_ + small_pages_; }
    bool is_mapped(std::uint64_t page) const { return use_[page] != 0; }

private:
    static constexpr std::uint8_t kLarge = 7;
    static constexpr std::uint8_t kRest = 8;

    static std::uint64_t all_slots(unsigned size) {
        return ~std::uint64_t{0} >> (64 - (64 >> size));
    }
    std::uint64_t address_of(std::uint64_t page) const { return begin_.raw() + page * 4096; }
    std::uint64_t slot() const {
        return static_cast<std::uint64_t>(std::countr_one(slots_[page_]));
    }

    std::uint64_t page_with_room(unsigned size) const {
        for (std::uint64_t w = 0; w < kPages / 64; ++w) {
            if (room_[size][w] != 0) {
                return w * 64 + static_cast<unsigned>(std::countr_zero(room_[size][w]));
            }
        }
        return kPages;
    }

    void set_room(std::uint64_t page, bool has_room) {
        std::uint64_t& word = room_[use_[page] - 1U][page / 64];
        std::uint64_t const bit = std::uint64_t{1} << page % 64;
        word = has_room ? word | bit : word & ~bit;
    }

    void give_pages(std::uint64_t page, std::uint64_t count) {
        FrameNumber const first = pages_.span().first + page;
        static_cast<void>(pages_.free_frames({first, first + count}));
    }

    std::optional<Error> free_large(std::uint64_t page) {
        std::uint64_t const count = slots_[page];
        give_pages(page, count);
        std::fill_n(use_.begin() + static_cast<std::ptrdiff_t>(page), count, 0);
        large_pages_ -= count;
        --objects_;
        return std::nullopt;
    }

    std::optional<Error> free_slot(std::uint64_t page, std::uint64_t bit) {
        slots_[page] &= ~bit;
        set_room(page, slots_[page] != 0);
        --objects_;
        if (slots_[page] == 0) {
            use_[page] = 0;
            --small_pages_;
            give_pages(page, 1);
        }
        return std::nullopt;
    }

    kernel::VirtAddr begin_;
    BitFrames pages_;
    std::array<std::uint8_t, kPages> use_{};     ///< 0, a class and 1, kLarge or kRest.
    std::array<std::uint64_t, kPages> slots_{};  ///< A bit for each object; or how many pages.
    std::array<std::array<std::uint64_t, kPages / 64>, 6> room_{};
    std::uint64_t objects_ = 0;
    std::uint64_t small_pages_ = 0;
    std::uint64_t large_pages_ = 0;

    // The call that is being made.
    bool is_small_ = false;
    bool is_new_ = false;
    unsigned class_ = 0;
    std::uint64_t page_ = 0;
    std::uint64_t count_ = 0;
};

}  // namespace simulation
