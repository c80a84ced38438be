// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/field.hpp"

#include <concepts>
#include <cstdint>

namespace drivers {

/// The 32-bit registers of one device, by byte offset. A driver is a template over its bank, so
/// that one source drives the device (MmioRegisters) and a test's model of it.
template <typename Bank>
concept RegisterBank = requires(Bank bank, std::uint32_t offset, std::uint32_t value) {
    { bank.read(offset) } -> std::same_as<std::uint32_t>;
    bank.write(offset, value);
};

/// kernel::Field of a 32-bit register.
template <unsigned High, unsigned Low = High>
struct RegisterField {
    static_assert(High < 32);
    using Wide = kernel::Field<High, Low>;
    static constexpr std::uint32_t kMask = static_cast<std::uint32_t>(Wide::kMask);

    static constexpr std::uint32_t of(std::uint32_t value) {
        return static_cast<std::uint32_t>(Wide::of(value));
    }
    static constexpr std::uint32_t in(std::uint32_t word) {
        return static_cast<std::uint32_t>(Wide::in(word));
    }
    static constexpr std::uint32_t put(std::uint32_t word, std::uint32_t value) {
        return static_cast<std::uint32_t>(Wide::put(word, value));
    }
};

}  // namespace drivers
