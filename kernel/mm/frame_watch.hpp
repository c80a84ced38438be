// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/frame.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace mm {

/// Who had a frame, for a person to read.
struct FrameOwner {
    std::string_view
        name{};  ///< A tag, or a part of the kernel; of more than 15 letters the first.
    std::uint64_t handle = 0;  ///< The shell's number for it; 0 if the kernel took it for itself.
};

/// Is shown every frame that a zone hands out or takes back.
class FrameWatch {
public:
    /// The first of `frames` that nobody may get, after telling whoever must know; none if all of
    /// them may be handed out, which they are then.
    virtual std::optional<FrameNumber> find_damaged(FrameRange frames) = 0;

    /// `frames` have just become free. `owner` had them.
    virtual void freed(FrameRange frames, FrameOwner const& owner) = 0;

protected:
    ~FrameWatch() = default;
};

}  // namespace mm
