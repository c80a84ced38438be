// SPDX-License-Identifier: MIT
#pragma once

#include "shell/rows/row.hpp"

#include <algorithm>
#include <cstdio>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace bench {

/// What was measured, by row and measure, in nanoseconds; of each as many as there were rounds.
class Figures {
public:
    void note(Row const& row, char const* measure, double nanoseconds) {
        figures_[{std::string{row.name}, measure}].push_back(nanoseconds);
    }

    /// A line for each: row, measure, nanoseconds of the shortest round, with tabs between them.
    /// For times of one thread: what else the machine does makes them longer, never shorter.
    void print_shortest() const {
        print([](std::vector<double> const& sorted) { return sorted.front(); });
    }
    /// The same with the median. For threads that wait for each other: a round may be lucky.
    void print_median() const {
        print([](std::vector<double> const& sorted) { return sorted[sorted.size() / 2]; });
    }

private:
    template <typename Choose>
    void print(Choose choose) const {
        for (auto [key, rounds] : figures_) {
            std::sort(rounds.begin(), rounds.end());
            std::printf("%s\t%s\t%.4f\n", key.first.c_str(), key.second.c_str(), choose(rounds));
        }
    }

    std::map<std::pair<std::string, std::string>, std::vector<double>> figures_;
};

}  // namespace bench
