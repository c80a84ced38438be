// SPDX-License-Identifier: MIT
#include "kernel/symbols.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace kernel {

SymbolTable::SymbolTable(std::span<char const> section) {
    if (section.size() < sizeof(std::uint32_t)) {
        return;
    }
    void const* const at = section.data();
    auto const* const words = static_cast<std::uint32_t const*>(at);
    std::size_t const room = section.size() / sizeof(std::uint32_t) - 1;
    begins_ = {words + 1, std::min<std::size_t>(words[0], room)};

    auto const names = section.subspan((1 + begins_.size()) * sizeof(std::uint32_t));
    names_ = {names.data(), names.size()};
}

std::optional<CodePlace> SymbolTable::find(std::uint64_t distance) const {
    auto const behind = std::upper_bound(begins_.begin(), begins_.end(), distance);
    if (behind == begins_.begin()) {
        return {};
    }
    auto const index = static_cast<std::size_t>(behind - begins_.begin()) - 1;
    return CodePlace{name(index), distance - begins_[index]};
}

std::string_view SymbolTable::name(std::size_t index) const {
    std::string_view rest = names_;
    for (; index > 0; --index) {
        std::size_t const end = rest.find('\0');
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    std::size_t const end = rest.find('\0');
    rest.remove_suffix(end == std::string_view::npos ? 0 : rest.size() - end);
    return rest;
}

}  // namespace kernel
