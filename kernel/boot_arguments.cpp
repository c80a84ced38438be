// SPDX-License-Identifier: MIT
#include "kernel/boot_arguments.hpp"

#include "kernel/numbers.hpp"

#include <algorithm>
#include <limits>

namespace kernel {
namespace {

// Takes what stands in front of the first letter that `is_end`, and that letter.
template <typename IsEnd>
std::string_view take_until(std::string_view& text, IsEnd is_end) {
    auto const* const end = std::ranges::find_if(text, is_end);
    auto const length = static_cast<std::size_t>(end - text.begin());
    std::string_view const taken{text.data(), length};
    text.remove_prefix(std::min(length + 1, text.size()));
    return taken;
}

// Control characters too end a word, so none of them is ever printed.
bool is_blank(char letter) { return static_cast<unsigned char>(letter) <= ' '; }

Result<PhysRange> range_of(std::string_view word) {
    auto const address = parse_value(word);
    auto const range =
        address ? Result<NumberRange>{NumberRange{*address, *address}} : parse_range(word);
    if (!range) {
        return address.error() == Error::NumberTooLarge ? address.error() : range.error();
    }
    // Far beyond any RAM the last byte may have no successor.
    std::uint64_t const last = std::min(range->last, std::numeric_limits<std::uint64_t>::max() - 1);
    return PhysRange{PhysAddr{range->first}, PhysAddr{last + 1}};
}

void read_bad_ram(BootArguments& arguments, std::string_view ranges) {
    do {
        auto const word = take_until(ranges, [](char letter) { return letter == ','; });
        auto const range = range_of(word);
        if (!range) {
            (void)arguments.refused.push_back({"badram", word, range.error()});
        } else if (!arguments.bad_ram.push_back(*range)) {
            (void)arguments.refused.push_back({"badram", word, Error::TableFull});
        }
    } while (!ranges.empty());
}

// What is noted becomes part of a command.
void read_memory_test(BootArguments& arguments, std::string_view what) {
    auto const range = parse_range(what);
    if (range || what.empty() || what == "early" || what == "late") {
        arguments.memtest = what;
    } else {
        (void)arguments.refused.push_back({"memtest", what, range.error()});
    }
}

void read_word(BootArguments& arguments, std::string_view word) {
    std::string_view value = word;
    std::string_view const name = take_until(value, [](char letter) { return letter == '='; });
    if (word == "poison") {
        arguments.poison = true;
    } else if (name == "memtest") {
        read_memory_test(arguments, value);
    } else if (name == "badram") {
        read_bad_ram(arguments, value);
    }
}

}  // namespace

BootArguments read_boot_arguments(std::string_view text) {
    BootArguments arguments;
    while (!text.empty()) {
        read_word(arguments, take_until(text, is_blank));
    }
    return arguments;
}

}  // namespace kernel
