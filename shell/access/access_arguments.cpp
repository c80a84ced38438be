// SPDX-License-Identifier: MIT
#include "shell/access/access_arguments.hpp"

#include "kernel/mm/memory_map.hpp"
#include "kernel/units.hpp"
#include "shell/frames/frame_words.hpp"
#include "shell/machine.hpp"
#include "shell/numbers.hpp"

#include <array>

namespace shell {
namespace {

using kernel::Error;
using kernel::Width;

// False if there is no such option.
bool take_option(std::string_view word, AccessArguments& arguments) {
    if (word.size() != 2) {
        return false;
    }
    switch (word.back()) {
        case 'p': arguments.space = AddressSpace::Physical; return true;
        case 'b': arguments.width = Width::Byte; return true;
        case 'h': arguments.width = Width::Half; return true;
        case 'w': arguments.width = Width::Word; return true;
        case 'x': arguments.width = Width::Double; return true;
        default: return false;
    }
}

// Errors of which nobody hears who only reads.
bool is_about_writing(Error error) {
    return error == Error::Reserved || error == Error::KernelMemory || error == Error::NotHeld ||
           error == Error::PermissionFault;
}

constexpr std::uint64_t bytes_of(Width width) { return static_cast<std::uint64_t>(width); }

}  // namespace

std::optional<AccessArguments> parse_access(Call& call) {
    AccessArguments arguments;
    auto words = call.arguments;
    bool has_space = false;
    bool has_width = false;
    for (; !words.empty() && words.front().starts_with('-'); words = words.subspan(1)) {
        std::string_view const option = words.front();
        if (!take_option(option, arguments)) {
            usage(call);
            return std::nullopt;
        }
        bool& is_given = option == "-p" ? has_space : has_width;
        if (is_given) {
            fail(call, option, option == "-p" ? "given twice" : "a second width, one is enough");
            return std::nullopt;
        }
        is_given = true;
    }
    if (words.empty()) {
        usage(call);
        return std::nullopt;
    }
    auto const address = parse_value(words.front());
    if (!address) {
        fail(call, words.front(), address.error());
        return std::nullopt;
    }
    arguments.address_word = words.front();
    arguments.address = *address;
    arguments.rest = words.subspan(1);
    return arguments;
}

std::optional<std::uint64_t> parse_access_value(Call& call, std::string_view word, Width width) {
    auto const value = parse_count(word);
    if (!value) {
        fail(call, word, value.error());
        return std::nullopt;
    }
    std::uint64_t const bits = bytes_of(width) * 8;
    if (width != Width::Double && *value >> bits != 0) {
        fail_because(call, word, "does not fit into {} bits", bits);
        return std::nullopt;
    }
    return *value;
}

std::optional<std::uint64_t> parse_access_bytes(Call& call, std::string_view word,
                                                AccessArguments const& arguments) {
    auto const bytes = parse_value(word);
    if (!bytes) {
        fail(call, word, bytes.error());
        return std::nullopt;
    }
    if (*bytes == 0) {
        fail(call, word, Error::EmptyRange);
        return std::nullopt;
    }
    if (!kernel::is_aligned(*bytes, bytes_of(arguments.width))) {
        fail_because(call, word, "not a multiple of {} bytes; -b takes any number",
                     bytes_of(arguments.width));
        return std::nullopt;
    }
    if (arguments.address + (*bytes - 1) < arguments.address) {
        fail_because(call, word, "from {} on that goes past the last address",
                     kernel::PhysAddr{arguments.address});
        return std::nullopt;
    }
    return *bytes;
}

Outcome fail_access(Call& call, AccessArguments const& arguments, std::uint64_t address,
                    Error error) {
    // Blame the word that was typed; where only a later address is wrong, name that one too.
    std::array<char, 40> place{};
    kernel::TextBuffer where{place};
    if (address != arguments.address) {
        kernel::print(where, "{}: ", kernel::PhysAddr{address});
    }
    auto const explain = [&](std::string_view why, std::string_view hint) {
        return fail_because(call, arguments.address_word, "{}{}{}", where.text(), why, hint);
    };
    std::string_view const words = kernel::describe(error);
    MemoryPort const port{call.machine, arguments.space, arguments.width};
    bool const is_unmapped = error == Error::TranslationFault || error == Error::NotMapped;
    if (is_unmapped && port.is_physical_ram(address)) {
        return explain(words, "; a physical address needs -p");
    }
    if (auto const target = port.behind_read_only(address); target && is_about_writing(error)) {
        std::array<char, 60> storage{};
        kernel::TextBuffer hint{storage};
        kernel::print(hint, "; {}-p {} works",
                      call.machine.settings.is_unsafe ? "" : "with unsafe on, ", *target);
        return explain("mapped read-only", hint.text());
    }
    bool const is_device =
        arguments.space == AddressSpace::Physical && !port.is_physical_ram(address);
    switch (error) {
        case Error::AlignmentFault:
            return explain(words, is_device ? "; a device is read at multiples of 4"
                                            : "; -b reaches any address");
        case Error::NotHeld: return explain(words, "; alloc -@ takes it");
        case Error::Reserved:
        case Error::KernelMemory:
        case Error::DeviceRegister: return explain(words, "; unsafe on permits it");
        case Error::DeviceWidth: return explain(words, "; -w does that");
        default: return explain(words, "");
    }
}

void print_value(Call& call, std::uint64_t value, Width width) {
    switch (width) {
        case Width::Byte: kernel::print(call.out, "{:02x}", value); break;
        case Width::Half: kernel::print(call.out, "{:04x}", value); break;
        case Width::Word: kernel::print(call.out, "{:08x}", value); break;
        case Width::Double: kernel::print(call.out, "{:016x}", value); break;
    }
}

void print_content(Call& call, AccessArguments const& arguments, std::uint64_t value) {
    kernel::print(call.out, "{}: 0x", kernel::PhysAddr{arguments.address});
    print_value(call, value, arguments.width);
    call.out.write("\n");
}

}  // namespace shell
