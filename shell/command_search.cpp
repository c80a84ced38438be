// SPDX-License-Identifier: MIT
#include "shell/command_search.hpp"

#include "shell/command_table.hpp"

#include <algorithm>
#include <array>

namespace shell {
namespace {

constexpr std::size_t kLongestName = 15;

// True if both have two letters at least and the last two of one are the other's the other way
// round.
bool swaps(std::string_view from, std::string_view to) {
    if (std::min(from.size(), to.size()) < 2) {
        return false;
    }
    return from.back() == to[to.size() - 2] && from[from.size() - 2] == to.back();
}

// How many letters must be inserted, removed, changed or swapped with their neighbour to make one
// word of the other (optimal string alignment); both have at most kLongestName letters.
std::size_t distance(std::string_view from, std::string_view to) {
    using Row = std::array<std::size_t, kLongestName + 1>;
    std::array<Row, kLongestName + 1> table{};
    for (std::size_t i = 0; i <= from.size(); ++i) {
        for (std::size_t j = 0; j <= to.size(); ++j) {
            if (i == 0 || j == 0) {
                table[i][j] = i + j;
                continue;
            }
            std::size_t const change = from[i - 1] == to[j - 1] ? 0 : 1;
            std::size_t const best =
                std::min({table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + change});
            bool const is_swap = swaps({from.data(), i}, {to.data(), j});
            table[i][j] = is_swap ? std::min(best, table[i - 2][j - 2] + 1) : best;
        }
    }
    return table[from.size()][to.size()];
}

}  // namespace

Command const* find_command(std::string_view name) {
    auto const found = std::ranges::lower_bound(commands(), name, {}, &Command::name);
    return found != commands().end() && found->name == name ? &*found : nullptr;
}

Command const* nearest_command(std::string_view word) {
    if (word.size() > kLongestName) {
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
