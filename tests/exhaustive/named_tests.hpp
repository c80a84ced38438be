// SPDX-License-Identifier: MIT
#pragma once

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <string_view>

namespace exhaustive {

/// What a program runs when it is given the name. True if it passed.
template <typename... Arguments>
struct NamedTest {
    char const* name;
    bool (*run)(Arguments...);
};

/// The number that `text` is, or `otherwise`.
inline std::uint64_t number(char const* text, std::uint64_t otherwise) {
    std::uint64_t value = otherwise;
    if (text != nullptr) {
        std::string_view const digits = text;
        std::from_chars(digits.data(), digits.data() + digits.size(), value);
    }
    return value;
}

inline std::string_view depth() {
    char const* depth = std::getenv("BERYL_DEPTH");
    return depth == nullptr ? "everyday" : depth;
}
/// True unless it has to be quick.
inline bool is_deep() { return depth() != "everyday"; }
/// True if it may take as long as it wants.
inline bool is_deepest() { return depth() == "all"; }

/// Exit status: that of the test called `name`; 2, after a list of them, if there is none.
template <typename... Arguments>
int run_named(char const* name, std::initializer_list<NamedTest<Arguments...>> tests,
              Arguments... arguments) {
    for (auto const& test : tests) {
        if (name != nullptr && std::string_view{name} == test.name) {
            return test.run(arguments...) ? 0 : 1;
        }
    }
    std::printf("a name is needed, one of");
    for (auto const& test : tests) {
        std::printf(" %s", test.name);
    }
    std::puts("");
    return 2;
}

}  // namespace exhaustive
