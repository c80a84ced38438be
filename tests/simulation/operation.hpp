// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/trial/random.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace simulation {

/// What is done next. Which block, object or range it means follows from `a` and `b` and from what
/// there is at that time, so that a list of operations stays one when some are taken out.
struct Operation {
    enum class Kind : std::uint8_t {
        Allocate,
        AllocateFrames,
        AllocateAt,
        Free,
        FreeWrongly,
        AllocateObject,
        FreeObject,
        FreeObjectWrongly,
        Map,
        Unmap,
        Plan,
        Flip,
        Verify,
        Compare,
    };

    Kind kind;
    std::uint32_t a;
    std::uint32_t b;
};

inline constexpr std::array<std::string_view, 14> kOperationNames{
    "allocate",     "allocate_frames", "allocate_at", "free",
    "free_wrongly", "allocate_object", "free_object", "free_object_wrongly",
    "map",          "unmap",           "plan",        "flip",
    "verify",       "compare"};

/// Operation `number` of a world: a function of the two alone. For a while more is taken than
/// given, or all that there is, then the other way round.
inline Operation operation_at(std::uint64_t world, std::uint64_t number) {
    using Kind = Operation::Kind;
    constexpr std::uint64_t kTide = 2048;
    if (number % 512 == 511) {
        return {number % 4096 == 4095 ? Kind::Compare : Kind::Verify, 0, 0};
    }
    std::uint64_t const random = mm::Random{world + number * 0x9e37'79b9'7f4a'7c15}.next();
    auto const a = static_cast<std::uint32_t>(random >> 8 & 0xfff'ffff);
    auto const b = static_cast<std::uint32_t>(random >> 36);
    // In 1/256: what takes. Three tides in eight fill, three drain, two do both.
    constexpr std::array<unsigned, 8> kTakes{230, 110, 70, 150, 110, 16, 190, 60};
    unsigned const takes = kTakes[mm::Random{world + number / kTide}.next() % 8];
    unsigned const dice = random & 255;
    bool const is_taking = (a >> 20) < takes;
    if (dice < 206) {
        return {is_taking ? Kind::Allocate : Kind::Free, a, b};
    }
    if (dice < 216) {
        return {Kind::FreeWrongly, a, b};
    }
    if (dice < 222) {
        return {is_taking ? Kind::AllocateFrames : Kind::Free, a, b};
    }
    if (dice < 224) {
        return {Kind::AllocateAt, a, b};
    }
    if (dice < 250) {
        return {is_taking ? Kind::AllocateObject : Kind::FreeObject, a, b};
    }
    if (dice < 252) {
        return {Kind::FreeObjectWrongly, a, b};
    }
    if (dice < 255) {
        return {is_taking ? Kind::Map : Kind::Unmap, a, b};
    }
    return {b % 16 == 0 ? Kind::Flip : Kind::Plan, a, b};
}

}  // namespace simulation
