// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/size_class.hpp"
#include "kernel/require.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace mm {

/// What a page of the heap is used for.
class PageUse {
public:
    static constexpr PageUse none() { return PageUse{kNone}; }
    static constexpr PageUse slots(SizeClass size) { return PageUse{kFirstClass + size.index()}; }
    /// First page of an object that has pages of its own, and the pages that follow it.
    static constexpr PageUse large() { return PageUse{kLarge}; }
    static constexpr PageUse rest_of_large() { return PageUse{kRestOfLarge}; }

    /// The class of the slots that the page is cut into; none if it is not.
    constexpr std::optional<SizeClass> size_class() const {
        if (code_ < kFirstClass || code_ >= kLarge) {
            return std::nullopt;
        }
        return SizeClass::of(code_ - kFirstClass);
    }

    friend constexpr bool operator==(PageUse, PageUse) = default;

private:
    friend class HeapRecords;

    static constexpr unsigned kNone = 0;
    static constexpr unsigned kFirstClass = 1;
    static constexpr unsigned kLarge = kFirstClass + SizeClass::kCount;
    static constexpr unsigned kRestOfLarge = kLarge + 1;

    explicit constexpr PageUse(unsigned code) : code_{code} {}

    unsigned code_;
};

/// For each page of the heap four bits for its use, and a word: the used slots of a page that is
/// cut into slots, the number of pages of an object that begins there, else 0.
class HeapRecords {
public:
    static constexpr std::uint64_t words(std::uint64_t pages) {
        return pages + (pages + kUsesPerWord - 1) / kUsesPerWord;
    }

    /// No page is used. Writes the first words(pages) words of `storage`, which must outlive this.
    constexpr HeapRecords(std::span<std::uint64_t> storage, std::uint64_t pages)
        : words_{storage.data(), words(pages)}, pages_{pages} {
        kernel::require(storage.size() >= words(pages), "the heap has all the words it needs");
        for (std::uint64_t& word : words_) {
            word = 0;
        }
    }

    constexpr std::uint64_t pages() const { return pages_; }

    constexpr PageUse use(std::uint64_t page) const {
        return PageUse{static_cast<unsigned>(words_[use_word(page)] >> shift(page) & kUseMask)};
    }
    constexpr void set_use(std::uint64_t page, PageUse use) {
        std::uint64_t& word = words_[use_word(page)];
        word = (word & ~(kUseMask << shift(page))) | std::uint64_t{use.code_} << shift(page);
    }

    constexpr std::uint64_t& word(std::uint64_t page) { return words_[page]; }
    constexpr std::uint64_t word(std::uint64_t page) const { return words_[page]; }

    /// All of it, for a hash; what follows the last page's use is 0 unless it was damaged.
    constexpr std::span<std::uint64_t const> all() const { return words_; }
    constexpr bool has_clean_end() const {
        return pages_ % kUsesPerWord == 0 || words_.back() >> shift(pages_) == 0;
    }

private:
    static constexpr std::uint64_t kUsesPerWord = 16;
    static constexpr std::uint64_t kUseMask = 0xf;

    constexpr std::uint64_t use_word(std::uint64_t page) const {
        return pages_ + page / kUsesPerWord;
    }
    static constexpr unsigned shift(std::uint64_t page) {
        return static_cast<unsigned>(page % kUsesPerWord) * 4;
    }

    std::span<std::uint64_t> words_;
    std::uint64_t pages_;
};

}  // namespace mm
