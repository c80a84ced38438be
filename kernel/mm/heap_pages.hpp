// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/address.hpp"
#include "kernel/mm/early_frames.hpp"
#include "kernel/mm/page_table.hpp"
#include "kernel/result.hpp"

namespace mm {

/// How pages of the heap's window come to have memory behind them.
class HeapPages {
public:
    /// Puts memory of unknown content behind all of `pages`, which have none. Errors: OutOfMemory,
    /// and then nothing has changed.
    virtual kernel::Result<void> map(kernel::VirtRange pages) = 0;

    /// Gives back the memory behind `pages`, which map() put there.
    virtual void unmap(kernel::VirtRange pages) = 0;

protected:
    ~HeapPages() = default;
};

/// Early frames, mapped one by one: the kernel's heap.
class EarlyHeapPages final : public HeapPages {
public:
    /// Frames for the page table's own use may come from `frames` too; none come from the heap.
    EarlyHeapPages(PageTable& table, EarlyFrameSource& frames) : table_{table}, frames_{frames} {}

    kernel::Result<void> map(kernel::VirtRange pages) override;
    void unmap(kernel::VirtRange pages) override;

private:
    kernel::Result<void> map_page(kernel::VirtAddr page);

    PageTable& table_;
    EarlyFrameSource& frames_;
};

}  // namespace mm
