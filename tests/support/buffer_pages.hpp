// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/heap_pages.hpp"

#include <cstdint>
#include <vector>

namespace test {

/// A heap's window in a host's memory, its beginning a multiple of 4 MiB. Pages that are not mapped
/// cannot be touched: AddressSanitizer would tell.
class BufferPages final : public mm::HeapPages {
public:
    explicit BufferPages(std::uint64_t pages);
    ~BufferPages();
    BufferPages(BufferPages const&) = delete;
    BufferPages& operator=(BufferPages const&) = delete;

    kernel::VirtRange window() const;

    kernel::Result<void> map(kernel::VirtRange pages) override;
    void unmap(kernel::VirtRange pages) override;

    /// From now on no more than `pages` can be mapped at the same time.
    void limit(std::uint64_t pages) { limit_ = pages; }
    std::uint64_t mapped() const { return mapped_; }

private:
    void set(kernel::VirtRange pages, bool is_mapped);

    unsigned char* buffer_;
    std::vector<bool> is_mapped_;
    std::uint64_t mapped_ = 0;
    std::uint64_t limit_;
};

}  // namespace test
