// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/address.hpp"
#include "kernel/device_tree_value.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

// What the values of a device tree mean, done once more in the most obvious way.
namespace test {

__extension__ using Number = unsigned __int128;
using Property = std::optional<kernel::TreeBytes>;

inline Number big_endian(kernel::TreeBytes bytes) {
    Number number = 0;
    for (std::uint8_t const byte : bytes) {
        number = number << 8 | byte;
    }
    return number;
}

inline std::optional<std::uint64_t> one_number(Property const& value) {
    if (!value || (value->size() != 4 && value->size() != 8)) {
        return {};
    }
    return static_cast<std::uint64_t>(big_endian(*value));
}

inline std::vector<std::string_view> strings(Property const& value) {
    std::vector<std::string_view> all;
    kernel::TreeBytes rest = value.value_or(kernel::TreeBytes{});
    while (true) {
        auto const end = std::find(rest.begin(), rest.end(), 0);
        if (end == rest.end()) {
            return all;
        }
        auto const length = static_cast<std::size_t>(end - rest.begin());
        all.emplace_back(reinterpret_cast<char const*>(rest.data()), length);
        rest = rest.subspan(length + 1);
    }
}

inline std::string_view text(Property const& value) {
    auto const all = strings(value);
    return all.empty() ? std::string_view{} : all.front();
}

/// How a node numbers its children, and the node above it.
struct Bus {
    Number address_cells = 2;
    Number size_cells = 1;
    Property ranges;
    Bus const* above = nullptr;
    Property dma_ranges{};

    bool is_sound() const { return is_count(address_cells) && is_count(size_cells); }
    static bool is_count(Number cells) { return cells >= 1 && cells <= 4; }

    std::optional<Number> to_cpu(Number address) const {
        if (above == nullptr) {
            return address;
        }
        if (!ranges) {
            return {};
        }
        if (ranges->empty()) {
            return above->to_cpu(address);
        }
        if (!is_sound() || !is_count(above->address_cells)) {
            return {};
        }
        auto const child = static_cast<std::size_t>(address_cells * 4);
        auto const parent = static_cast<std::size_t>(above->address_cells * 4);
        std::size_t const entry = child + parent + static_cast<std::size_t>(size_cells * 4);
        if (ranges->size() % entry != 0) {
            return {};
        }
        for (std::size_t at = 0; at < ranges->size(); at += entry) {
            Number const from = big_endian(ranges->subspan(at, child));
            Number const size = big_endian(ranges->subspan(at, entry).subspan(child + parent));
            if (address >= from && address - from < size) {
                Number const to = big_endian(ranges->subspan(at + child, parent));
                return above->to_cpu(to + (address - from));
            }
        }
        return {};
    }

    /// The entries of `reg` of a child, up to the first that makes no sense.
    std::vector<kernel::PhysRange> registers(Property const& reg) const {
        std::vector<kernel::PhysRange> all;
        if (!reg || !is_sound()) {
            return all;
        }
        auto const first = static_cast<std::size_t>(address_cells * 4);
        auto const entry = first + static_cast<std::size_t>(size_cells * 4);
        for (std::size_t at = 0; at + entry <= reg->size(); at += entry) {
            auto const begin = to_cpu(big_endian(reg->subspan(at, first)));
            constexpr Number kTop = std::numeric_limits<std::uint64_t>::max();
            if (!begin || *begin > kTop) {
                break;
            }
            Number const size = big_endian(reg->subspan(at, entry).subspan(first));
            Number const end = size > kTop - *begin ? kTop : *begin + size;
            all.push_back({kernel::PhysAddr{static_cast<std::uint64_t>(*begin)},
                           kernel::PhysAddr{static_cast<std::uint64_t>(end)}});
        }
        return all;
    }
};

}  // namespace test
