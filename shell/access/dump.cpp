// SPDX-License-Identifier: MIT
#include "kernel/units.hpp"
#include "shell/access/access_arguments.hpp"
#include "shell/handlers.hpp"
#include "shell/machine.hpp"

#include <algorithm>
#include <array>

namespace shell {
namespace {

constexpr std::uint64_t kRowBytes = 16;
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
    std::array<char, kRowBytes> letters_{};
    std::size_t length_ = 0;
};

// Prints the `bytes` of one row; what could be read comes before the error.
kernel::Result<void> print_row(Call& call, MemoryPort& port, std::uint64_t address,
                               std::uint64_t bytes, std::uint64_t& failed_at) {
    RowText row;
    std::uint64_t const columns = kRowBytes / port.bytes();
    for (std::uint64_t column = 0; column < columns; ++column) {
        std::uint64_t const offset = column * port.bytes();
        std::uint64_t const digits = port.bytes() * 2 + 1;
        if (offset >= bytes) {
            for (std::uint64_t blank = 0; blank < digits; ++blank) {
                call.out.write(" ");
            }
            continue;
        }
        auto const value = port.read(address + offset);
        if (!value) {
            failed_at = address + offset;
            if (offset != 0) {
                kernel::print(call.out, " |{}|\n", row.text());
            }
            return value.error();
        }
        if (offset == 0) {
            kernel::print(call.out, "{}: ", kernel::PhysAddr{address});
        }
        print_value(call, *value, port.width());
        call.out.write(" ");
        row.add(*value, port.bytes());
    }
    kernel::print(call.out, " |{}|\n", row.text());
    return {};
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
    for (std::uint64_t offset = 0; offset < bytes; offset += kRowBytes) {
        if (is_interrupted(call)) {
            return interrupted(call);
        }
        std::uint64_t failed_at = 0;
        auto const outcome =
            print_row(call, port, arguments->address + offset,
                      std::min<std::uint64_t>(bytes - offset, kRowBytes), failed_at);
        if (!outcome) {
            return fail_access(call, *arguments, failed_at, outcome.error());
        }
    }
    return Outcome::Success;
}

}  // namespace shell
