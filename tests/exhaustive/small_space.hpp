// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/virtual_space.hpp"

#include "tests/exhaustive/block_set.hpp"
#include "tests/exhaustive/explorer.hpp"
#include "tests/exhaustive/image.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace exhaustive {

/// What a virtual space must be: a row of blocks of pages, and where the guard pages are.
class SpaceModel {
public:
    SpaceModel(std::uint64_t first_page, std::uint64_t pages);

    kernel::Result<kernel::VirtRange> allocate(std::uint64_t bytes, std::uint64_t alignment);
    kernel::Result<void> set_aside(kernel::VirtRange range);
    kernel::Result<void> free(kernel::VirtRange range);

    kernel::VirtRange range() const;
    std::uint64_t free_bytes() const;
    std::uint64_t ranges() const;
    std::uint64_t key() const { return pages_.key() << 16 | guards_; }
    void print() const;

private:
    static kernel::Result<mm::FrameRange> whole_pages(kernel::VirtRange range);
    bool is_guard(mm::FrameNumber page) const {
        return (guards_ >> (page - pages_.span().first) & 1) != 0;
    }
    bool is_allocated(mm::FrameNumber page) const {
        return pages_.inspect(page).kind == mm::FrameKind::Allocated;
    }

    BlockSet pages_;
    std::uint64_t guards_ = 0;  ///< A bit for each page that is the guard of a range.
};

/// A virtual space of a few pages; for Explorer.
class SmallSpace {
public:
    SmallSpace(std::uint64_t first_page, std::uint64_t pages);

    Image<mm::VirtualSpace>& image() { return image_; }
    SpaceModel& model() { return model_; }
    std::size_t call_count() const { return calls_.size(); }
    Answer make(std::size_t call);
    char const* wrong();
    void print_state() const;
    void print_call(std::size_t call);

private:
    struct Call {
        enum class Kind : std::uint8_t { Allocate, SetAside, Free };

        Kind kind = Kind::Allocate;
        std::uint64_t bytes = 0;
        std::uint64_t alignment = 1;
        kernel::VirtRange range{kernel::VirtAddr{0}, kernel::VirtAddr{0}};
    };

    template <typename Space>
    static kernel::Result<kernel::VirtRange> make_on(Call const& call, Space& space);

    SpaceModel model_;
    Image<mm::VirtualSpace> image_;
    std::vector<Call> calls_;
};

}  // namespace exhaustive
