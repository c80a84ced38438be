// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace shell {

/// The last lines that were typed, in a buffer of fixed size: a new line pushes the oldest out.
class History {
public:
    static constexpr std::size_t kBytes = 4096;

    // The text is not cleared: nothing before `used_` is ever read, and boot time counts.
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init,modernize-use-equals-default)
    History() {}

    /// Remembers `line`, unless it is empty, too long for the buffer or the same as the last one.
    void add(std::string_view line);

    /// The line of that age, 1 being the last; none if there is no such line.
    std::optional<std::string_view> entry(std::size_t age) const;

    /// How many lines are remembered.
    std::size_t count() const { return count_; }

    /// How many lines there have been; the last one has this number.
    std::uint64_t total() const { return total_; }

private:
    void drop_oldest();

    // Each line is followed by '\n', the oldest first.
    std::array<char, kBytes> text_;
    std::size_t used_ = 0;
    std::size_t count_ = 0;
    std::uint64_t total_ = 0;
};

}  // namespace shell
