// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/address.hpp"
#include "kernel/format.hpp"

#include <cstdint>
#include <string_view>

namespace shell {

/// Writes one line of JSON (RFC 8259) as it is told; it holds no text back, so any length will do.
/// Whoever calls closes what was opened, in order.
///
///     Json json{call.out};
///     json.open_object();
///     json.number("free", 12);
///     json.key("blocks").open_array();
///     json.number(1).number(2);
///     json.close_array().close_object().end_line();
class Json {
public:
    explicit Json(kernel::TextOutput& out) : out_{out} {}

    Json& open_object();
    Json& close_object();
    Json& open_array();
    Json& close_array();

    /// What follows is the value of `name`.
    Json& key(char const* name);

    Json& number(std::uint64_t value);
    Json& negative(std::uint64_t magnitude);  ///< `-magnitude`.
    Json& millionths(std::uint64_t value);    ///< `value / 1'000'000`, with six decimals.
    Json& text(std::string_view value);
    Json& boolean(bool value);
    Json& null();

    /// A key and its value.
    Json& number(char const* name, std::uint64_t value);
    Json& text(char const* name, std::string_view value);
    Json& boolean(char const* name, bool value);

    void end_line() { out_.write("\n"); }

private:
    void begin_value();
    void quote(std::string_view text);

    kernel::TextOutput& out_;
    bool follows_value_ = false;
};

}  // namespace shell
