// SPDX-License-Identifier: MIT
#include "shell/access/borrowed_page.hpp"

#include "kernel/mm/page_table.hpp"
#include "kernel/mm/virtual_space.hpp"
#include "kernel/require.hpp"
#include "shell/machine.hpp"

namespace shell {

BorrowedPage::~BorrowedPage() {
    hide();
    if (page_) {
        bool const went_back{machine_.virtual_space.free(*page_)};
        kernel::require(went_back, "a range that was given can be given back");
    }
}

std::optional<kernel::VirtAddr> BorrowedPage::show(kernel::PhysAddr address) {
    hide();
    if (!page_) {
        auto const page = machine_.virtual_space.allocate(mm::kFrameBytes);
        if (!page) {
            return std::nullopt;
        }
        page_ = *page;
    }
    kernel::PhysAddr const frame = mm::FrameNumber::containing(address).address();
    mm::Attributes const attributes{mm::MemoryType::Normal, mm::Access::ReadWrite};
    is_mapped_ =
        static_cast<bool>(machine_.pages.map(page_->begin, frame, mm::kFrameBytes, attributes));
    return is_mapped_ ? std::optional{page_->begin + (address - frame)} : std::nullopt;
}

void BorrowedPage::hide() {
    if (is_mapped_) {
        bool const is_gone{machine_.pages.unmap(page_->begin, mm::kFrameBytes)};
        kernel::require(is_gone, "a page that was mapped can be unmapped");
        is_mapped_ = false;
    }
}

}  // namespace shell
