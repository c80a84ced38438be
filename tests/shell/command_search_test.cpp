// SPDX-License-Identifier: MIT
#include "shell/command_search.hpp"

#include "kernel/mm/trial/random.hpp"
#include "shell/command_table.hpp"

#include <algorithm>
#include <string>

#include <CppUTest/TestHarness.h>

namespace {

/// The distance as it is defined, without a table: what each first step leaves to do.
std::size_t distance(std::string_view from, std::string_view to, std::size_t limit) {
    if (from.empty() || to.empty()) {
        return from.size() + to.size();
    }
    std::string_view const from_rest{from.data() + 1, from.size() - 1};
    std::string_view const to_rest{to.data() + 1, to.size() - 1};
    if (from.front() == to.front()) {
        return distance(from_rest, to_rest, limit);
    }
    if (limit == 0) {
        return 1;
    }
    std::size_t best =
        std::min({distance(from_rest, to, limit - 1), distance(from, to_rest, limit - 1),
                  distance(from_rest, to_rest, limit - 1)});
    if (from.size() > 1 && to.size() > 1 && from[0] == to[1] && from[1] == to[0]) {
        best = std::min(best, distance({from.data() + 2, from.size() - 2},
                                       {to.data() + 2, to.size() - 2}, limit - 1));
    }
    return best + 1;
}

shell::Command const* nearest(std::string const& word) {
    std::size_t least = word.size() > 3 ? 3 : 2;
    shell::Command const* found = nullptr;
    for (shell::Command const& command : shell::commands()) {
        std::size_t const letters = distance(word, command.name, 3);
        if (letters < least) {
            least = letters;
            found = &command;
        }
    }
    return found;
}

/// A slip of the finger.
void slip(std::string& word, mm::Random& random) {
    char const letter = static_cast<char>('a' + random.below(26));
    std::size_t const place = random.below(word.size() + 1);
    switch (random.below(4)) {
        case 0: word.insert(place, 1, letter); break;
        case 1:
            word.erase(std::min(place, word.size() - std::min<std::size_t>(1, word.size())), 1);
            break;
        case 2:
            if (place < word.size()) {
                word[place] = letter;
            }
            break;
        default:
            if (place + 1 < word.size()) {
                std::swap(word[place], word[place + 1]);
            }
    }
}

std::string name_of(shell::Command const* command) {
    return command == nullptr ? "none" : std::string{command->name};
}

}  // namespace

TEST_GROUP(CommandSearch){};

TEST(CommandSearch, FindsEveryCommandByItsNameAndNoOther) {
    for (shell::Command const& command : shell::commands()) {
        std::string const name{command.name};
        POINTERS_EQUAL(&command, shell::find_command(name));
        POINTERS_EQUAL(&command, shell::nearest_command(name));
        CHECK(shell::find_command(name + "0") == nullptr);
    }
    CHECK(shell::find_command("") == nullptr);
    CHECK(shell::find_command("zzz") == nullptr);
}

TEST(CommandSearch, FindsWhatIsASlipAway) {
    CHECK_EQUAL(std::string{"meminfo"}, name_of(shell::nearest_command("memifno")));
    CHECK_EQUAL(std::string{"meminfo"}, name_of(shell::nearest_command("mexinfz")));
    CHECK_EQUAL(std::string{"none"}, name_of(shell::nearest_command("mexxnfz")));
    CHECK_EQUAL(std::string{"help"}, name_of(shell::nearest_command("hlep")));
    CHECK_EQUAL(std::string{"none"}, name_of(shell::nearest_command("hee")));
    CHECK_EQUAL(std::string{"none"}, name_of(shell::nearest_command("meminfo890123456")));
}

TEST(CommandSearch, FindsTheLongestNameByAWordThatIsTwoLettersLonger) {
    auto const longest = std::ranges::max_element(
        shell::commands(), {}, [](shell::Command const& command) { return command.name.size(); });
    std::string const name{longest->name};

    POINTERS_EQUAL(&*longest, shell::nearest_command(name + "xy"));
    POINTERS_EQUAL(nullptr, shell::nearest_command(name + "xyz"));
}

TEST(CommandSearch, TakesNothingInFrontOfAWordForALetter) {
    for (std::string const& word : {
             std::string{"xyz\0help", 8},
             std::string{"\0help",    5}
    }) {
        CHECK_EQUAL(name_of(nearest(word)), name_of(shell::nearest_command(word)));
    }
}

TEST(CommandSearch, AgreesWithTheDefinitionOfTheDistance) {
    mm::Random random{3};
    for (unsigned round = 0; round < 20; ++round) {
        for (shell::Command const& command : shell::commands()) {
            std::string word{command.name};
            for (std::uint64_t slips = random.below(4); slips > 0; --slips) {
                slip(word, random);
            }
            CHECK_EQUAL(name_of(nearest(word)), name_of(shell::nearest_command(word)));
        }
    }
}
