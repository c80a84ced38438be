// SPDX-License-Identifier: MIT
#include "kernel/start/frame_window.hpp"

#include "kernel/require.hpp"

namespace start {

std::uint64_t volatile* FrameWindow::show(mm::FrameRange frames) {
    kernel::require(frames.count() <= most_frames(), "frames are shown a few at a time");
    std::uint64_t const bytes = frames.count() * mm::kFrameBytes;
    kernel::PhysAddr const first = frames.first.address();
    kernel::VirtAddr at = pages_.begin;
    if (early_.contains(first)) {
        at = early_.to_virtual(mm::EarlyFrame{frames.first});
    } else {
        bool const is_mapped{
            tables_.map_pages(at, first, bytes, {mm::MemoryType::Normal, mm::Access::ReadWrite})};
        kernel::require(is_mapped, "the pages for frames are free, and need no table");
    }
    shown_ = {at, at + bytes};
    return reinterpret_cast<std::uint64_t volatile*>(at.raw());
}

void FrameWindow::hide() {
    cpu_.clean_and_invalidate(shown_);
    if (shown_.begin == pages_.begin) {
        bool const is_gone{tables_.unmap(shown_.begin, shown_.bytes())};
        kernel::require(is_gone, "what was mapped can be unmapped");
    }
}

}  // namespace start
