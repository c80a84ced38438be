// SPDX-License-Identifier: MIT
#include "kernel/units.hpp"
#include "shell/access/access_arguments.hpp"
#include "shell/handlers.hpp"
#include "shell/machine.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace shell {
namespace {

constexpr std::uint64_t kMostRowBytes = 16;
constexpr std::uint64_t kDefaultBytes = 128;

// The bytes of a row as text, in the order of their addresses.
class RowText {
public:
    void add(std::uint64_t value, std::uint64_t bytes) {
        for (; bytes != 0; --bytes, value >>= 8) {
            auto const byte = static_cast<std::uint8_t>(value);
            letters_[length_++] = byte >= ' ' && byte <= '~' ? static_cast<char>(byte) : '.';
        }
    }
    std::string_view text() const { return {letters_.data(), length_}; }

private:
    std::array<char, kMostRowBytes> letters_{};
    std::size_t length_ = 0;
};

// Where a row came to an end before its time, and why.
struct Break {
    std::uint64_t address;
    kernel::Error error;
};

void print_blanks(Call& call, std::uint64_t count) {
    for (; count != 0; --count) {
        call.out.write(" ");
    }
}

// How many bytes from `address` on make a row: single ones take more columns, and behind a long
// address only half as many fit.
std::uint64_t bytes_per_row(kernel::Width width, std::uint64_t address) {
    constexpr unsigned kShortAddressBits = 36;
    bool const is_long = address >> kShortAddressBits != 0;
    return width == kernel::Width::Byte && is_long ? kMostRowBytes / 2 : kMostRowBytes;
}

// Prints `bytes` from `address` on in one row. What could be read comes before a break.
std::optional<Break> print_row(Call& call, MemoryPort& port, std::uint64_t address,
                               std::uint64_t bytes) {
    RowText row;
    std::optional<Break> broken;
    for (std::uint64_t offset = 0; offset < bytes && !broken; offset += port.bytes()) {
        auto const value = port.read(address + offset);
        if (!value) {
            broken = {address + offset, value.error()};
            continue;
        }
        if (offset == 0) {
            kernel::print(call.out, "{}: ", kernel::PhysAddr{address});
        }
        print_value(call, *value, port.width());
        call.out.write(" ");
        row.add(*value, port.bytes());
    }
    if (!row.text().empty()) {
        std::uint64_t const missing =
            (bytes_per_row(port.width(), address) - row.text().size()) / port.bytes();
        print_blanks(call, missing * (port.bytes() * 2 + 1));
        kernel::print(call.out, " |{}|\n", row.text());
    }
    return broken;
}

}  // namespace

Outcome dump(Call& call) {
    auto const arguments = parse_access(call);
    if (!arguments) {
        return Outcome::Failure;
    }
    if (arguments->rest.size() > 1) {
        return usage(call);
    }
    // Without a number as much as there is, if that is less than the default.
    std::uint64_t const left = ~arguments->address;
    std::uint64_t bytes = left < kDefaultBytes ? left + 1 : kDefaultBytes;
    if (!arguments->rest.empty()) {
        auto const wanted = parse_access_bytes(call, arguments->rest.front(), *arguments);
        if (!wanted) {
            return Outcome::Failure;
        }
        bytes = *wanted;
    }
    MemoryPort port{call.machine, arguments->space, arguments->width};
    std::uint64_t const row_bytes = bytes_per_row(port.width(), arguments->address);
    for (std::uint64_t offset = 0; offset < bytes; offset += row_bytes) {
        if (is_interrupted(call)) {
            return interrupted(call);
        }
        auto const broken =
            print_row(call, port, arguments->address + offset, std::min(bytes - offset, row_bytes));
        if (broken) {
            return fail_access(call, *arguments, broken->address, broken->error);
        }
    }
    return Outcome::Success;
}

}  // namespace shell
