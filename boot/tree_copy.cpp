// SPDX-License-Identifier: MIT
#include "boot/tree_copy.hpp"

#include "boot/entry.hpp"
#include "kernel/arch/image.hpp"
#include "kernel/device_tree_header.hpp"
#include "kernel/units.hpp"

#include <cstdint>

namespace boot {

namespace {

using kernel::Error;
using kernel::TreeHeader;

/// `totalsize` says how much room the loader left, not how much is used: 1 MiB for 7 KiB on virt.
constexpr std::uint32_t kMaxTotalBytes = 4 * kernel::kMiB;

}  // namespace

kernel::Result<std::uint64_t> copy_tree(std::uint64_t x0, kernel::PhysAddr ram_base) {
    std::uint64_t const limit = ram_base.raw() + kernel::kGiB;
    if (x0 == 0 || x0 % 8 != 0 || x0 < ram_base.raw() || x0 > limit - TreeHeader::kBytes) {
        return Error::TreeAbsent;
    }
    auto const* const tree = reinterpret_cast<std::uint8_t const*>(x0);
    auto* const copy = reinterpret_cast<std::uint8_t*>(tree_copy_begin);
    if (!copy_guarded(copy, tree, TreeHeader::kBytes)) {
        return Error::ExternalAbort;
    }
    TreeHeader const header = TreeHeader::load(copy);
    if (auto const fault = header.fault()) {
        return *fault;
    }

    std::uint64_t const bytes = header.used_bytes();
    auto const room = static_cast<std::uint64_t>(tree_copy_end - tree_copy_begin);
    if (header.total_bytes > kMaxTotalBytes || bytes > room) {
        return Error::TreeTooLarge;
    }
    if (bytes > limit - x0) {
        return Error::TreeTruncated;
    }
    if (!copy_guarded(copy, tree, kernel::align_up(bytes, 8))) {
        return Error::ExternalAbort;
    }
    kernel::set_tree_bytes(copy, static_cast<std::uint32_t>(bytes));
    return bytes;
}

}  // namespace boot
