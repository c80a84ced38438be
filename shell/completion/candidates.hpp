// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace shell {

/// The words that the beginning of one may stand for.
class Candidates {
public:
    explicit Candidates(std::string_view beginning) : beginning_{beginning} {}

    /// Takes `word` if it begins so and can be typed as one word.
    void offer(std::string_view word);

    std::string_view beginning() const { return beginning_; }
    bool empty() const { return list_length_ == 0; }
    /// All that were offered are the same word.
    bool is_single() const { return is_single_; }

    /// What all of them begin with, at least the beginning.
    std::string_view common() const { return {common_.data(), common_length_}; }

    /// All of them, each once and followed by a blank.
    std::string_view list() const { return {list_.data(), list_length_}; }
    /// False if not all of them fit into the list.
    bool is_list_complete() const { return is_list_complete_; }

private:
    bool is_listed(std::string_view word) const;
    void add_to_list(std::string_view word);

    static constexpr std::size_t kLongestWord = 256;
    static constexpr std::size_t kListBytes = 1200;

    std::string_view beginning_;
    std::array<char, kLongestWord> common_{};
    std::size_t common_length_ = 0;
    bool is_single_ = false;
    std::array<char, kListBytes> list_{};
    std::size_t list_length_ = 0;
    bool is_list_complete_ = true;
};

}  // namespace shell
