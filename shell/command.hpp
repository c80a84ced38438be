// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/error.hpp"
#include "kernel/format.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace shell {

class History;
struct Command;
struct Machine;

/// How a command ended. Interrupted is a failure that also drops the rest of the line.
enum class Outcome : std::uint8_t { Success, Failure, Interrupted };

/// `--json` was typed, or not. The session takes the word out of the arguments.
enum class Style : std::uint8_t { Words, Json };

/// One command on its way to its handler, its arguments counted against the table.
struct Call {
    Machine& machine;
    kernel::TextOutput& out;
    Command const& command;
    std::span<std::string_view> arguments;  ///< The words after the name, quotes removed.
    History const& history;
    Style style = Style::Words;
    std::uint64_t struck_before = 0;  ///< Allocations made to fail until this command began.

    bool wants_json() const { return style == Style::Json; }
};

using Handler = Outcome (*)(Call&);

/// How many arguments a command takes, `--json` not counted.
struct Arity {
    std::uint8_t least;
    std::uint8_t most;
};
inline constexpr std::uint8_t kAnyNumber = 255;

/// Under which heading `help` lists a command.
enum class Topic : std::uint8_t { Frames, Zones, Access, System, Shell };

/// One row of the table in shell/command_table.cpp, which alone knows names, usage, help and arity.
struct Command {
    std::string_view name;
    /// The arguments as `help` and `usage:` show them, from which completion takes its words too:
    /// `<kind>` stands for something, anything else is typed as it is; `|` separates choices, and
    /// an option's value follows it inside the same brackets: `[-z early|late] <order|size>`.
    /// `[--json]` here makes the session accept it. Kinds that complete: `<command>`, `<#handle>`,
    /// `<tag>`, `<path>`.
    std::string_view arguments;
    std::string_view summary;  ///< One lower-case clause, no full stop.
    std::string_view example;  ///< A whole line as somebody would type it.
    Topic topic;
    Arity arity;
    Handler run;

    constexpr bool offers_json() const {
        return arguments.find("[--json]") != std::string_view::npos;
    }
};

/// Why something failed: a clause of its own, or the words of an Error.
class Reason {
public:
    // NOLINTBEGIN(google-explicit-constructor): whatever explains a failure becomes a Reason.
    constexpr Reason(char const* words) : words_{words} {}
    constexpr Reason(kernel::Error error) : words_{kernel::words_of(error)} {}
    // NOLINTEND(google-explicit-constructor)
    constexpr char const* words() const { return words_; }

private:
    char const* words_;
};

/// Ends an error's line after its reason: says that an allocation failed on purpose, if one did
/// since the command began. Returns whether it did.
bool blame_fault_plan(Call& call);

/// Prints `error: <word>: <why>`. `word` is the offending word as it was typed.
Outcome fail(Call& call, std::string_view word, Reason why);

// NOLINTBEGIN(readability-function-size): the text and its values are read as one.
Outcome fail_hinting(Call& call, std::string_view word, Reason why, char const* hint,
                     kernel::Argument const* values);
Outcome fail_in_words(Call& call, std::string_view word, char const* why,
                      kernel::Argument const* values);

/// Prints `error: <word>: <why>; <hint>`, the hint formatted with `values`: what would work.
template <typename... Values>
[[gnu::always_inline]] inline Outcome fail(Call& call, std::string_view word, Reason why,
                                           kernel::Format<sizeof...(Values)> hint,
                                           Values const&... values) {
    std::array<kernel::Argument, sizeof...(Values)> const arguments{kernel::Argument{values}...};
    return fail_hinting(call, word, why, hint.text(), arguments.data());
}

/// Prints `error: <word>: ` and then `why`, formatted with `values`: where the reason itself holds
/// numbers. A hint follows in the same text after `; `.
template <typename... Values>
[[gnu::always_inline]] inline Outcome fail_because(Call& call, std::string_view word,
                                                   kernel::Format<sizeof...(Values)> why,
                                                   Values const&... values) {
    std::array<kernel::Argument, sizeof...(Values)> const arguments{kernel::Argument{values}...};
    return fail_in_words(call, word, why.text(), arguments.data());
}
// NOLINTEND(readability-function-size)

/// Prints `label`, the command's name and its arguments, over several lines where they need it.
void print_usage(kernel::TextOutput& out, std::string_view label, Command const& command);

/// Prints `usage: ` and how this command is used: for arguments that do not fit together.
Outcome usage(Call& call);

/// True if Ctrl-C was pressed. Long output asks this at every line and then returns `interrupted`.
bool is_interrupted(Call& call);

/// Prints that Ctrl-C stopped this command.
Outcome interrupted(Call& call);

}  // namespace shell
