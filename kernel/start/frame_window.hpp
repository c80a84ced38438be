// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/address.hpp"
#include "kernel/cpu.hpp"
#include "kernel/mm/early_window.hpp"
#include "kernel/mm/health/frame_contents.hpp"
#include "kernel/mm/page_table.hpp"

namespace start {

/// Early frames where they are mapped since boot; late ones in pages of their own, as long as they
/// are looked at.
class FrameWindow final : public mm::FrameContents {
public:
    /// `pages` lie in a table that stays, so that mapping them never needs a frame; nothing else
    /// maps them.
    FrameWindow(mm::PageTable& tables, mm::EarlyWindow const& early, kernel::VirtRange pages,
                kernel::Cpu& cpu)
        : tables_{tables},
          early_{early},
          pages_{pages},
          cpu_{cpu},
          shown_{pages.begin, pages.begin} {}

    std::uint64_t most_frames() const override { return pages_.bytes() / mm::kFrameBytes; }
    std::uint64_t volatile* show(mm::FrameRange frames) override;
    void hide() override;

private:
    mm::PageTable& tables_;
    mm::EarlyWindow const& early_;
    kernel::VirtRange pages_;
    kernel::Cpu& cpu_;
    kernel::VirtRange shown_;
};

}  // namespace start
