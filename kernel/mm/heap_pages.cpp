// SPDX-License-Identifier: MIT
#include "kernel/mm/heap_pages.hpp"

#include "kernel/require.hpp"

namespace mm {

using kernel::Result;
using kernel::VirtAddr;
using kernel::VirtRange;

Result<void> EarlyHeapPages::map(VirtRange pages) {
    for (VirtAddr page = pages.begin; page < pages.end; page = page + kFrameBytes) {
        if (auto const mapped = map_page(page); !mapped) {
            unmap({pages.begin, page});
            return mapped;
        }
    }
    return {};
}

Result<void> EarlyHeapPages::map_page(VirtAddr page) {
    auto const frame = frames_.allocate();
    if (!frame) {
        return frame.error();
    }
    auto const mapped = table_.map_pages(page, frame->address(), kFrameBytes,
                                         {MemoryType::Normal, Access::ReadWrite});
    if (!mapped) {
        frames_.free(*frame);
    }
    return mapped;
}

void EarlyHeapPages::unmap(VirtRange pages) {
    // From the last one down: while a lower page is mapped, a glance tells that its table is not
    // empty.
    for (std::uint64_t offset = pages.bytes(); offset != 0;) {
        offset -= kFrameBytes;
        VirtAddr const page = pages.begin + offset;
        auto const to = table_.translate(page).to;
        auto const unmapped = table_.unmap(page, kFrameBytes);
        kernel::require(static_cast<bool>(unmapped), "nobody else unmaps a page of the heap");
        frames_.free(EarlyFrame{FrameNumber::containing(*to)});
    }
}

}  // namespace mm
