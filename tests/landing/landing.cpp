// SPDX-License-Identifier: MIT
// Says how this core was started, then has the others say so, then resets the machine.
#include <array>
#include <cstdint>

extern "C" {
[[noreturn]] void land(std::uint64_t x0, std::uint64_t x1, std::uint64_t x2, std::uint64_t x3);
[[noreturn]] void land_other(std::uint64_t x0, std::uint64_t x1, std::uint64_t x2,
                             std::uint64_t x3);
std::uint64_t call_firmware(std::uint64_t function, std::uint64_t core, std::uint64_t entry);
extern char const landing_begin[];
extern char const other_core[];
extern std::uint64_t const cargo[];
extern std::uint64_t const cargo_end[];
}

namespace {

using Register = std::uint32_t volatile*;

constexpr std::uint64_t kVirtRam = 0x4000'0000;

bool is_virt() { return reinterpret_cast<std::uint64_t>(landing_begin) >= kVirtRam; }

Register at(std::uint64_t address) { return reinterpret_cast<Register>(address); }

void say(char const* text) {
    Register const uart = at(is_virt() ? 0x0900'0000 : 0x3f20'1000);
    for (; *text != '\0'; ++text) {
        while ((uart[0x18 / 4] & 0x20) != 0) {
        }
        uart[0] = static_cast<std::uint8_t>(*text);
    }
}

void say(char const* label, std::uint64_t value) {
    std::array<char, 18> text{};
    std::size_t first = text.size() - 1;
    do {
        text[--first] =
            static_cast<char>((value & 15) < 10 ? '0' + (value & 15) : 'a' - 10 + (value & 15));
        value >>= 4;
    } while (value != 0);
    say(label);
    say(&text[first]);
}

// What a core finds at its entry, in one word: its level, what of MMU and caches is on there, and
// whether interrupts are masked.
struct Found {
    std::uint64_t level;
    std::uint64_t control;
    std::uint64_t masks;
};

Found look() {
    Found found{};
    asm volatile("mrs %0, CurrentEL" : "=r"(found.level));
    asm volatile("mrs %0, daif" : "=r"(found.masks));
    found.level >>= 2;
    if (found.level == 2) {
        asm volatile("mrs %0, sctlr_el2" : "=r"(found.control));
    } else {
        asm volatile("mrs %0, sctlr_el1" : "=r"(found.control));
    }
    found.control &= 0x1005;  // I, C, M.
    return found;
}

void say_found(char const* who, std::uint64_t core, std::uint64_t rest) {
    Found const found = look();
    say(who, core);
    say(": el ", found.level);
    say(" sctlr ", found.control);
    say(" daif ", found.masks >> 6);
    say(" rest ", rest);
}

bool is_cargo_whole() {
    std::uint64_t value = 1;
    for (auto const* word = cargo; word < cargo_end; ++word) {
        if (*word != value) {
            return false;
        }
        value = value * 0x5851'f42d'4c95'7f2d + 1;
    }
    return true;
}

// One after the other says where it is. Core 0 waits for each, for a second.
std::uint64_t volatile has_spoken = 0;

void pass_on(std::uint64_t core) {
    auto const entry = reinterpret_cast<std::uint64_t>(other_core);
    if (is_virt()) {
        call_firmware(0xc400'0003, core, entry);
    } else {
        std::uint64_t volatile* const release =
            reinterpret_cast<std::uint64_t volatile*>(0xd8 + 8 * core);
        *release = entry;
        asm volatile("dsb sy\n\tsev" : : : "memory");
    }
    std::uint64_t begin = 0;
    std::uint64_t ticks = 0;
    std::uint64_t rate = 0;
    asm volatile("mrs %0, cntpct_el0" : "=r"(begin));
    asm volatile("mrs %0, cntfrq_el0" : "=r"(rate));
    do {
        asm volatile("mrs %0, cntpct_el0" : "=r"(ticks));
    } while (has_spoken != core && ticks - begin < rate);
}

void reset() {
    if (is_virt()) {
        call_firmware(0x8400'0009, 0, 0);
    }
    *at(0x3f10'0024) = 0x5a00'0001;
    *at(0x3f10'001c) = 0x5a00'0020;
}

}  // namespace

void land(std::uint64_t x0, std::uint64_t x1, std::uint64_t x2, std::uint64_t x3) {
    say("\r\n");
    say_found("landed: core ", 0, x1 | x2 | x3);
    say(" at ", reinterpret_cast<std::uint64_t>(landing_begin));
    say(" tree ", x0);
    say(" magic ", x0 == 0 ? 0 : *at(x0));
    say(is_cargo_whole() ? " whole\r\n" : " damaged\r\n");
    for (std::uint64_t core = 1; core < 4; ++core) {
        pass_on(core);
    }
    say("landed: that is all\r\n");
    reset();
    for (;;) {
    }
}

void land_other(std::uint64_t x0, std::uint64_t x1, std::uint64_t x2, std::uint64_t x3) {
    std::uint64_t core = 0;
    asm volatile("mrs %0, mpidr_el1" : "=r"(core));
    core &= 3;
    say_found("landed: core ", core, x0 | x1 | x2 | x3);
    say("\r\n");
    has_spoken = core;
    asm volatile("dsb sy");
    for (;;) {
        asm volatile("wfi");
    }
}
