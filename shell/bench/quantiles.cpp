// SPDX-License-Identifier: MIT
#include "shell/bench/quantiles.hpp"

#include <array>

namespace shell {

namespace {

struct Quantile {
    char const* name;
    unsigned per_mille;
};
constexpr std::array kQuantiles{
    Quantile{"min",    0   },
    Quantile{"median", 500 },
    Quantile{"p99",    990 },
    Quantile{"max",    1000}
};

}  // namespace

void print_quantiles(kernel::TextOutput& out, Samples const& samples) {
    for (Quantile const& quantile : kQuantiles) {
        if (samples.count() == 0) {
            kernel::print(out, " {:>7}", std::string_view{"-"});
        } else {
            kernel::print(out, " {:>7}", samples.quantile(quantile.per_mille));
        }
    }
}

void add_quantiles(Json& json, Samples const& samples) {
    json.number("calls", samples.count());
    for (Quantile const& quantile : kQuantiles) {
        json.number(quantile.name, samples.quantile(quantile.per_mille));
    }
}

}  // namespace shell
