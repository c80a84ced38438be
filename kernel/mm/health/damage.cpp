// SPDX-License-Identifier: MIT
#include "kernel/mm/health/damage.hpp"

#include "kernel/mm/health/frame_contents.hpp"

namespace mm {
namespace {

constexpr std::uint64_t kWordBytes = sizeof(std::uint64_t);

// `difference` is that of the byte `offset` bytes into the frame.
void note(Damage& damage, std::uint64_t offset, std::uint64_t difference) {
    damage.first = damage.bytes == 0 ? offset : damage.first;
    damage.last = offset;
    ++damage.bytes;
    for (unsigned bit = 0; bit < 8; ++bit) {
        if ((difference >> bit & 1) != 0) {
            ++damage.bits;
            damage.bit = bit;
        }
    }
}

}  // namespace

std::optional<Damage> find_damage(std::uint64_t const volatile* words) {
    Damage damage;
    for (std::uint64_t i = 0; i < kFrameWords; ++i) {
        std::uint64_t difference = words[i] ^ kPoison;
        for (std::uint64_t byte = 0; difference != 0; ++byte, difference >>= 8) {
            if ((difference & 0xff) != 0) {
                note(damage, i * kWordBytes + byte, difference & 0xff);
            }
        }
    }
    return damage.bytes == 0 ? std::nullopt : std::optional{damage};
}

void print_damage(kernel::TextOutput& out, FrameNumber frame, Damage const& damage) {
    kernel::PhysAddr const first = frame.address() + damage.first;
    if (damage.bits == 1) {
        kernel::print(out, "bit {} of {} flipped", damage.bit, first);
    } else {
        kernel::print(out, "{} bytes written in {}..{}", damage.bytes, first,
                      frame.address() + damage.last);
    }
}

}  // namespace mm
