// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/format.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kernel {

/// What the boot says: passed on at once, and kept for those who come later.
///
/// The room is fixed. It keeps the first text, since the beginning of a boot explains the rest, and
/// counts what it had no room for.
class Log final : public TextOutput {
public:
    static constexpr std::size_t kBytes = 4096;

    /// `output` must outlive the log.
    // The room is not cleared: nothing beyond `length_` is ever read, and boot time counts.
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init)
    explicit Log(TextOutput& output) : output_{output} {}

    void write(std::string_view text) override;

    std::string_view text() const { return {text_.data(), length_}; }
    /// Bytes that were passed on but not kept.
    std::uint64_t lost() const { return lost_; }

private:
    TextOutput& output_;
    std::array<char, kBytes> text_;
    std::size_t length_ = 0;
    std::uint64_t lost_ = 0;
};

}  // namespace kernel
