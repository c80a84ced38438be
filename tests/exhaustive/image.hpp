// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace exhaustive {

/// An object and its metadata, side by side in one row of words, with guards around both that
/// nobody may write. So all that a call can change is compared, kept and put back at once.
///
///     | guard | metadata ............ | guard | the object's own bytes | guard |
template <typename Object>
class Image {
public:
    static_assert(std::is_trivially_destructible_v<Object>, "an object is its bytes");

    /// Only what differs from the words at the beginning.
    struct Saved {
        struct Word {
            std::uint32_t index;
            std::uint64_t value;
        };
        std::vector<Word> words;
    };

    /// An Object{arguments..., metadata}.
    template <typename... Arguments>
    explicit Image(std::size_t metadata_words, Arguments&&... arguments)
        : metadata_words_{metadata_words},
          words_(3 * kGuard + metadata_words + kObjectWords + kAlignment, kGuardWord),
          object_at_{aligned(2 * kGuard + metadata_words)},
          object_{new (&words_[object_at_]) Object{std::forward<Arguments>(arguments)...,
                                                   metadata()}} {
        keep();
    }
    Image(Image const&) = delete;
    Image& operator=(Image const&) = delete;

    Object& operator*() { return *object_; }
    Object const& operator*() const { return *object_; }
    Object* operator->() { return object_; }

    std::span<std::uint64_t> metadata() {
        return std::span{words_}.subspan(kGuard, metadata_words_);
    }
    /// The words of the object itself.
    std::span<std::uint64_t> own_words() {
        return std::span{words_}.subspan(object_at_, kObjectWords);
    }

    bool guards_hold() const {
        return guard_holds(0, kGuard) && guard_holds(kGuard + metadata_words_, object_at_) &&
               guard_holds(object_at_ + kObjectWords, words_.size());
    }

    /// Remembers the words as they are now.
    void keep() { kept_ = words_; }
    bool is_as_kept() const { return words_ == kept_; }
    void restore() { std::ranges::copy(kept_, words_.begin()); }

    /// Different, as good as surely, for every two states.
    std::uint64_t fingerprint() const {
        std::uint64_t sum = 0;
        std::uint64_t place = 0;
        for (std::uint64_t const word : words_) {
            place += 0x9e37'79b9'7f4a'7c15;
            // Not linear: words that change together must not outweigh each other.
            std::uint64_t const sown = word + place;
            std::uint64_t const mixed = (sown ^ sown >> 32) * 0xbf58'476d'1ce4'e5b9;
            sum += mixed ^ mixed >> 29;
        }
        return sum;
    }

    /// What differs from `start`, which is a copy of words() from an earlier time.
    Saved difference_from(std::vector<std::uint64_t> const& start) const {
        Saved saved;
        for (std::uint32_t index = 0; index < words_.size(); ++index) {
            if (words_[index] != start[index]) {
                saved.words.push_back({index, words_[index]});
            }
        }
        return saved;
    }
    void load(std::vector<std::uint64_t> const& start, Saved const& saved) {
        std::ranges::copy(start, words_.begin());
        for (auto const& [index, value] : saved.words) {
            words_[index] = value;
        }
    }
    std::vector<std::uint64_t> const& words() const { return words_; }

private:
    static constexpr std::size_t kGuard = 8;
    static constexpr std::uint64_t kGuardWord = 0x6265'7279'6c21'6265;
    static constexpr std::size_t kObjectWords = (sizeof(Object) + 7) / 8;
    static constexpr std::size_t kAlignment = (alignof(Object) + 7) / 8;

    /// The first word from `index` on where an object may begin.
    std::size_t aligned(std::size_t index) const {
        auto const address = reinterpret_cast<std::uintptr_t>(&words_[index]) / sizeof words_[0];
        return index + (kAlignment - address % kAlignment) % kAlignment;
    }

    bool guard_holds(std::size_t first, std::size_t end) const {
        auto const guard = std::span{words_}.subspan(first, end - first);
        return std::ranges::all_of(guard, [](std::uint64_t word) { return word == kGuardWord; });
    }

    std::size_t metadata_words_;
    std::vector<std::uint64_t> words_;
    std::size_t object_at_;
    std::vector<std::uint64_t> kept_;
    Object* object_;
};

}  // namespace exhaustive
