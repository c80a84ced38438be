// SPDX-License-Identifier: MIT
#include "kernel/symbols.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace kernel {

namespace {

constexpr std::uint64_t kInstruction = 4;  ///< Bytes.

}  // namespace

SymbolTable::SymbolTable(std::span<char const> section) {
    std::size_t const numbers = section.size() / sizeof(std::uint16_t);
    if (numbers == 0) {
        return;
    }
    void const* const at = section.data();
    auto const* const words = static_cast<std::uint16_t const*>(at);
    begins_ = {words + 1, std::min<std::size_t>(words[0], numbers - 1)};

    auto const names = section.subspan((1 + begins_.size()) * sizeof(std::uint16_t));
    names_ = {names.data(), names.size()};
}

std::optional<CodePlace> SymbolTable::find(std::uint64_t distance) const {
    auto const behind = std::upper_bound(begins_.begin(), begins_.end(), distance / kInstruction);
    if (behind == begins_.begin()) {
        return {};
    }
    auto const index = static_cast<std::size_t>(behind - begins_.begin()) - 1;
    return CodePlace{name(index), distance - begins_[index] * kInstruction};
}

FunctionName SymbolTable::name(std::size_t index) const {
    FunctionName name;
    std::string_view left = names_;
    for (std::size_t passed = 0; passed <= index && !left.empty(); ++passed) {
        auto const shared = static_cast<unsigned char>(left.front());
        left.remove_prefix(1);
        std::size_t const end = std::min(left.find('\0'), left.size());
        name.replace_end(shared, {left.data(), end});
        left.remove_prefix(std::min(end + 1, left.size()));
    }
    return name;
}

void FunctionName::replace_end(std::size_t shared, std::string_view rest) {
    size_ = std::min(shared, size_);
    for (char const character : rest) {
        if (size_ == kLongest) {
            return;
        }
        characters_[size_] = character;
        ++size_;
    }
}

}  // namespace kernel
