// SPDX-License-Identifier: MIT
#pragma once

#include "shell/bench/samples.hpp"
#include "shell/command.hpp"
#include "shell/json.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace shell {

/// Something known of a whole row.
struct Figure {
    char const* name;
    std::uint64_t value;
};

/// What was measured of the rows, in words or in JSON.
class BenchTable {
public:
    BenchTable(Call& call, std::uint64_t frames);

    void begin_row(std::string_view name);
    /// What calls cost, sorted; there need not be any of both kinds.
    void add(std::string_view measure, Samples const& allocating, Samples const& freeing);
    void end_row(std::span<Figure const> figures);
    void end();

private:
    void add_json(char const* operation, Samples const& samples);

    Call& call_;
    Json json_;
};

}  // namespace shell
