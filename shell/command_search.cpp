// SPDX-License-Identifier: MIT
#include "shell/command_search.hpp"

#include "shell/command_table.hpp"

#include <algorithm>
#include <array>

namespace shell {
namespace {

// A longer word is near to no command.
constexpr std::size_t kLongest = 11;

// Letter `place`, counted from 1; what is in front of a word is no letter.
char letter(std::string_view word, std::size_t place) {
    return place == 0 ? '\0' : word[place - 1];
}

// How many letters must be inserted, removed, changed or swapped with their neighbour to make one
// word of the other (optimal string alignment); both have at most kLongest letters.
std::size_t distance(std::string_view from, std::string_view to) {
    // table[i + 1][j + 1] is what the first i letters and the first j are apart. The border around
    // it is farther away than any two words.
    std::array<std::array<std::size_t, kLongest + 2>, kLongest + 2> table{};
    table[0].fill(2 * kLongest);
    for (std::size_t i = 0; i <= from.size(); ++i) {
        table[i + 1][0] = 2 * kLongest;
        for (std::size_t j = 0; j <= to.size(); ++j) {
            if (i == 0 || j == 0) {
                table[i + 1][j + 1] = i + j;
                continue;
            }
            char const last = letter(from, i);
            char const other_last = letter(to, j);
            bool const are_swapped = last == letter(to, j - 1) && letter(from, i - 1) == other_last;
            table[i + 1][j + 1] = std::min({
                table[i][j + 1] + 1,
                table[i + 1][j] + 1,
                table[i][j] + (last == other_last ? 0 : 1),
                are_swapped ? table[i - 1][j - 1] + 1 : 2 * kLongest,
            });
        }
    }
    return table[from.size() + 1][to.size() + 1];
}

}  // namespace

Command const* find_command(std::string_view name) {
    auto const found = std::ranges::lower_bound(commands(), name, {}, &Command::name);
    return found != commands().end() && found->name == name ? &*found : nullptr;
}

Command const* nearest_command(std::string_view word) {
    if (word.size() > kLongest) {
        return nullptr;
    }
    Command const* nearest = nullptr;
    // A short word is near to everything: it may miss by one letter, a longer one by two.
    std::size_t least = word.size() > 3 ? 3 : 2;
    for (Command const& command : commands()) {
        std::size_t const letters = distance(word, command.name);
        if (letters < least) {
            least = letters;
            nearest = &command;
        }
    }
    return nearest;
}

}  // namespace shell
