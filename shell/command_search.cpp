// SPDX-License-Identifier: MIT
#include "shell/command_search.hpp"

#include "shell/command_table.hpp"

#include <algorithm>
#include <array>

namespace shell {
namespace {

// A longer word is near to no command.
constexpr std::size_t kLongest = 11;

// How many letters must be inserted, removed, changed or swapped with their neighbour to make one
// word of the other (optimal string alignment); both have at most kLongest letters.
std::size_t distance(std::string_view from, std::string_view to) {
    // From 1 on; the 0 in front is in no name.
    std::array<char, kLongest + 1> letters{};
    std::copy(from.begin(), from.end(), letters.begin() + 1);
    std::array<std::array<std::size_t, kLongest + 1>, kLongest + 1> table{};
    for (std::size_t i = 0; i <= from.size(); ++i) {
        for (std::size_t j = 0; j <= to.size(); ++j) {
            if (i == 0 || j == 0) {
                table[i][j] = i + j;
                continue;
            }
            std::size_t const change = letters[i] == to[j - 1] ? 0 : 1;
            std::size_t const best =
                std::min({table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + change});
            std::array const swapped{letters[i], letters[i - 1]};
            bool const is_swap =
                std::string_view{to.data(), j}.ends_with({swapped.data(), swapped.size()});
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
