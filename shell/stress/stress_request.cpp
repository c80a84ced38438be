// SPDX-License-Identifier: MIT
#include "shell/stress/stress_request.hpp"

#include "shell/numbers.hpp"

#include <algorithm>
#include <array>

namespace shell {
namespace {

/// What an option counts, from 1 on.
struct Option {
    char letter = 0;
    char const* what = "";
    std::uint64_t most = 0;
    std::uint64_t value = 0;  ///< 0: not given.
};

std::optional<std::uint64_t> parse(Call& call, std::string_view word) {
    auto const number = parse_count(word);
    if (!number) {
        fail(call, word, number.error());
        return {};
    }
    return *number;
}

// False if `option`, typed as `word`, has a value or this is not right for it: that has been
// printed then.
bool read(Call& call, Option& option, std::string_view value, std::string_view word) {
    if (option.value != 0) {
        fail(call, word, "that has been said already");
        return false;
    }
    auto const number = parse(call, value);
    if (number && (*number == 0 || *number > option.most)) {
        fail_because(call, value, "{} go from 1 to {}", option.what, option.most);
        return false;
    }
    option.value = number.value_or(0);
    return number.has_value();
}

}  // namespace

std::optional<StressRequest> parse_stress(Call& call, unsigned cores) {
    std::array<Option, 3> options{
        {{'c', "cores", cores},
         {'s', "seconds", 1'000'000},
         {'n', "operations", 1'000'000'000'000'000}}
    };
    auto const& [cores_option, seconds, operations] = options;
    auto words = call.arguments;
    while (words.size() > 1) {
        std::string_view const word = words.front();
        auto* const option = std::ranges::find_if(options, [&](Option const& each) {
            return word.size() == 2 && word[0] == '-' && word[1] == each.letter;
        });
        if (option == options.end()) {
            usage(call);
            return {};
        }
        bool const ends = option != &cores_option;
        if (ends && option->value == 0 && seconds.value + operations.value != 0) {
            fail(call, word, "when to stop has been said already", "either -s or -n");
            return {};
        }
        if (!read(call, *option, words[1], word)) {
            return {};
        }
        words = words.subspan(2);
    }
    if (!words.empty() && words.front().starts_with('-')) {
        usage(call);
        return {};
    }
    StressRequest request;
    auto const seed = words.empty() ? request.seed : parse(call, words.front());
    if (!seed) {
        return {};
    }
    return StressRequest{
        .cores = cores_option.value == 0 ? cores : static_cast<unsigned>(cores_option.value),
        .seconds = seconds.value == 0 ? request.seconds : seconds.value,
        .operations = operations.value,
        .seed = *seed};
}

}  // namespace shell
