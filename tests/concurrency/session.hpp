// SPDX-License-Identifier: MIT
#pragma once

#include "tests/concurrency/explorer/explorer.hpp"

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

namespace concurrency {

/// Explores scenarios, and prints what was not as expected.
class Session {
public:
    /// Nothing is found, wherever it goes: to the end, where `limits` have no number of executions.
    template <typename T>
    void holds(char const* name, Limits const& limits = {}) {
        expect_to_hold(name, explore<T>(limits));
    }

    /// Something is found that `what` is part of.
    template <typename T>
    void finds(char const* name, std::string_view what, Limits const& limits = {}) {
        expect_finding(name, explore<T>(limits), what);
    }

    /// Those outcomes, each so often.
    using Outcomes = std::map<std::uint64_t, std::uint64_t>;
    template <typename T>
    void gives(char const* name, Outcomes const& outcomes, Limits const& limits = {}) {
        expect_outcomes(name, explore<T>(limits), outcomes);
    }

    /// These outcomes and no others, each once: what is left out are repetitions.
    template <typename T>
    void gives_once(char const* name, std::vector<std::uint64_t> const& outcomes,
                    Limits const& limits = {}) {
        Outcomes expected;
        for (std::uint64_t const outcome : outcomes) {
            expected[outcome] = 1;
        }
        gives<T>(name, expected, limits);
    }

    /// For what is compared elsewhere.
    void expect(char const* name, bool is_as_expected, Report const& report);

    /// Prints the sum. True if all was as expected.
    bool end() const;

private:
    void expect_to_hold(char const* name, Report const& report);
    void expect_finding(char const* name, Report const& report, std::string_view what);
    void expect_outcomes(char const* name, Report const& report, Outcomes const& outcomes);

    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
    std::uint64_t scenarios_ = 0;
    std::uint64_t failed_ = 0;
    std::uint64_t executions_ = 0;
    std::uint64_t steps_ = 0;
};

}  // namespace concurrency
