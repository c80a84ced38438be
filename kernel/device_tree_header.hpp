// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/error.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

// The header of a device tree blob (Devicetree Specification v0.4, 5.2 and 5.3). Nothing here holds
// an absolute address, so boot code may use it before the MMU is on; it loads single bytes, so the
// memory may be of any type and the blob anywhere.
namespace kernel {

/// Loads a big-endian number, byte by byte.
inline std::uint32_t load_be32(std::uint8_t const* at) {
    return std::uint32_t{at[0]} << 24 | std::uint32_t{at[1]} << 16 | std::uint32_t{at[2]} << 8 |
           std::uint32_t{at[3]};
}
inline std::uint64_t load_be64(std::uint8_t const* at) {
    return std::uint64_t{load_be32(at)} << 32 | load_be32(at + 4);
}
inline void store_be32(std::uint8_t* at, std::uint32_t value) {
    for (unsigned byte = 0; byte < 4; ++byte) {
        at[byte] = static_cast<std::uint8_t>(value >> (24 - 8 * byte));
    }
}

/// What the header says, each offset in bytes from the beginning of the blob.
struct TreeHeader {
    static constexpr std::uint32_t kBytes = 40;
    static constexpr std::uint32_t kMagic = 0xd00dfeed;
    /// 17 is the only version in use since 2007; it alone says how long the structure block is.
    static constexpr std::uint32_t kVersion = 17;
    static constexpr std::size_t kReservationBytes = 16;
    static constexpr std::size_t kTotalBytesAt = 4;

    std::uint32_t magic;
    std::uint32_t total_bytes;
    std::uint32_t structure_at;
    std::uint32_t strings_at;
    std::uint32_t reservations_at;
    std::uint32_t version;
    std::uint32_t compatible_version;  ///< The oldest version a reader may know.
    std::uint32_t strings_bytes;
    std::uint32_t structure_bytes;

    /// Reads `kBytes` bytes.
    static TreeHeader load(std::uint8_t const* blob);

    /// Why the blob cannot be read; none if the header is sound. It looks at the header alone.
    ///
    /// TreeBadMagic; TreeBadVersion; TreeTruncated if a block does not lie between the header and
    /// the end of the blob; TreeBadStructure if the structure block is not aligned to its tokens.
    std::optional<Error> fault() const;

    /// How many bytes of the blob are in use: up to the end of its last block. The rest is room to
    /// grow: 99 % of what QEMU makes for `virt`. The header must be sound.
    ///
    /// The header does not say where the reservations end. The specification puts them first; where
    /// they are not, only all of the blob is sure to hold them.
    std::uint32_t used_bytes() const;

    /// How many entries /memreserve/ has: all up to the first of length 0. None if the list runs
    /// out of the blob. Reads inside [blob, blob + total_bytes) only; the header must be sound.
    std::optional<std::uint32_t> count_reservations(std::uint8_t const* blob) const;
};

/// Makes a copy of the first `used_bytes` bytes of a tree a tree of that size.
inline void set_tree_bytes(std::uint8_t* copy, std::uint32_t bytes) {
    store_be32(copy + TreeHeader::kTotalBytesAt, bytes);
}

inline TreeHeader TreeHeader::load(std::uint8_t const* blob) {
    TreeHeader header{};
    header.magic = load_be32(blob);
    header.total_bytes = load_be32(blob + kTotalBytesAt);
    header.structure_at = load_be32(blob + 8);
    header.strings_at = load_be32(blob + 12);
    header.reservations_at = load_be32(blob + 16);
    header.version = load_be32(blob + 20);
    header.compatible_version = load_be32(blob + 24);
    header.strings_bytes = load_be32(blob + 32);
    header.structure_bytes = load_be32(blob + 36);
    return header;
}

inline std::optional<Error> TreeHeader::fault() const {
    if (magic != kMagic) {
        return Error::TreeBadMagic;
    }
    if (version < kVersion || compatible_version > kVersion) {
        return Error::TreeBadVersion;
    }
    auto const holds = [this](std::uint32_t offset, std::uint32_t bytes) {
        return offset >= kBytes && offset <= total_bytes && bytes <= total_bytes - offset;
    };
    if (!holds(kBytes, 0) || !holds(reservations_at, 0) || !holds(structure_at, structure_bytes) ||
        !holds(strings_at, strings_bytes)) {
        return Error::TreeTruncated;
    }
    if (structure_at % 4 != 0) {
        return Error::TreeBadStructure;
    }
    return {};
}

inline std::optional<std::uint32_t> TreeHeader::count_reservations(std::uint8_t const* blob) const {
    std::size_t const room = (total_bytes - reservations_at) / kReservationBytes;
    for (std::size_t count = 0; count < room; ++count) {
        if (load_be64(blob + reservations_at + count * kReservationBytes + 8) == 0) {
            return static_cast<std::uint32_t>(count);
        }
    }
    return {};
}

inline std::uint32_t TreeHeader::used_bytes() const {
    if (reservations_at > structure_at) {
        return total_bytes;
    }
    return std::max(structure_at + structure_bytes, strings_at + strings_bytes);
}

}  // namespace kernel
