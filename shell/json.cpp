// SPDX-License-Identifier: MIT
#include "shell/json.hpp"

namespace shell {

void Json::begin_value() {
    if (follows_value_) {
        out_.write(",");
    }
    follows_value_ = true;
}

Json& Json::open_object() {
    begin_value();
    out_.write("{");
    follows_value_ = false;
    return *this;
}

Json& Json::close_object() {
    out_.write("}");
    follows_value_ = true;
    return *this;
}

Json& Json::open_array() {
    begin_value();
    out_.write("[");
    follows_value_ = false;
    return *this;
}

Json& Json::close_array() {
    out_.write("]");
    follows_value_ = true;
    return *this;
}

Json& Json::key(char const* name) {
    begin_value();
    quote(name);
    out_.write(":");
    follows_value_ = false;
    return *this;
}

Json& Json::number(std::uint64_t value) {
    begin_value();
    kernel::print(out_, "{}", value);
    return *this;
}

Json& Json::negative(std::uint64_t magnitude) {
    begin_value();
    kernel::print(out_, "-{}", magnitude);
    return *this;
}

Json& Json::millionths(std::uint64_t value) {
    begin_value();
    kernel::print(out_, "{}.{:06}", value / 1'000'000, value % 1'000'000);
    return *this;
}

Json& Json::text(std::string_view value) {
    begin_value();
    quote(value);
    return *this;
}

Json& Json::boolean(bool value) {
    begin_value();
    out_.write(value ? "true" : "false");
    return *this;
}

Json& Json::null() {
    begin_value();
    out_.write("null");
    return *this;
}

Json& Json::number(char const* name, std::uint64_t value) { return key(name).number(value); }
Json& Json::text(char const* name, std::string_view value) { return key(name).text(value); }
Json& Json::boolean(char const* name, bool value) { return key(name).boolean(value); }

void Json::quote(std::string_view text) {
    out_.write("\"");
    for (char const letter : text) {
        if (letter == '"' || letter == '\\') {
            kernel::print(out_, "\\{}", letter);
        } else if (static_cast<unsigned char>(letter) < 0x20) {
            kernel::print(out_, "\\u{:04x}", static_cast<unsigned>(letter));
        } else {
            out_.write({&letter, 1});
        }
    }
    out_.write("\"");
}

}  // namespace shell
