// SPDX-License-Identifier: MIT
#include "shell/line/key_decoder.hpp"

namespace shell {
namespace {

constexpr std::uint8_t kEscape = 0x1b;
constexpr std::uint8_t kDel = 0x7f;
// No key sends more; what is longer is noise.
constexpr std::uint8_t kLongestSequence = 24;
// What stands for every number of more than one digit: no key here has one.
constexpr std::uint8_t kNoKey = 99;

consteval std::uint8_t control(char letter) { return static_cast<std::uint8_t>(letter - '@'); }

std::optional<KeyPress> control_key(std::uint8_t byte) {
    switch (byte) {
        case 0: return std::nullopt;
        case '\r':
        case '\n': return KeyPress{Key::Enter};
        case '\b': return KeyPress{Key::Backspace};
        case '\t': return KeyPress{Key::Complete};
        case control('A'): return KeyPress{Key::Home};
        case control('B'): return KeyPress{Key::Left};
        case control('C'): return KeyPress{Key::Interrupt};
        case control('D'): return KeyPress{Key::Delete};
        case control('E'): return KeyPress{Key::End};
        case control('F'): return KeyPress{Key::Right};
        case control('K'): return KeyPress{Key::EraseToEnd};
        case control('L'): return KeyPress{Key::ClearScreen};
        case control('N'): return KeyPress{Key::Down};
        case control('P'): return KeyPress{Key::Up};
        case control('U'): return KeyPress{Key::EraseToStart};
        case control('W'): return KeyPress{Key::EraseWord};
        default: return KeyPress{Key::Unknown};
    }
}

// `ESC [ A` and `ESC O A`.
std::optional<KeyPress> final_letter(std::uint8_t byte) {
    switch (byte) {
        case 'A': return KeyPress{Key::Up};
        case 'B': return KeyPress{Key::Down};
        case 'C': return KeyPress{Key::Right};
        case 'D': return KeyPress{Key::Left};
        case 'F': return KeyPress{Key::End};
        case 'H': return KeyPress{Key::Home};
        default: return std::nullopt;
    }
}

// `ESC [ 1 ~`.
std::optional<KeyPress> numbered_key(std::uint8_t number) {
    switch (number) {
        case 1: return KeyPress{Key::Home};
        case 3: return KeyPress{Key::Delete};
        case 4: return KeyPress{Key::End};
        case 7: return KeyPress{Key::Home};
        case 8: return KeyPress{Key::End};
        default: return std::nullopt;
    }
}

}  // namespace

std::optional<KeyPress> KeyDecoder::decode(std::uint8_t byte) {
    bool const in_sequence = state_ != State::Ground && state_ != State::AfterCr;
    if (in_sequence && byte >= ' ' && byte < kDel) {
        return decode_in_sequence(byte);
    }
    bool const ends_crlf = state_ == State::AfterCr && byte == '\n';
    state_ = State::Ground;
    if (ends_crlf) {
        return std::nullopt;
    }
    if (byte == kEscape) {
        state_ = State::Escape;
        return std::nullopt;
    }
    if (byte < ' ') {
        state_ = byte == '\r' ? State::AfterCr : State::Ground;
        return control_key(byte);
    }
    if (byte < kDel) {
        return KeyPress{Key::Character, static_cast<char>(byte)};
    }
    return byte == kDel ? KeyPress{Key::Backspace} : KeyPress{Key::Character, '?'};
}

std::optional<KeyPress> KeyDecoder::decode_in_sequence(std::uint8_t byte) {
    if (state_ == State::Csi) {
        return decode_csi(byte);
    }
    if (state_ == State::Escape && byte == '[') {
        state_ = State::Csi;
        csi_ = {};
        return std::nullopt;
    }
    if (state_ == State::Escape && byte == 'O') {
        state_ = State::Ss3;
        return std::nullopt;
    }
    // An Alt key, which means nothing here, or the letter of a sequence that `ESC O` began.
    bool const is_key = state_ == State::Ss3;
    state_ = State::Ground;
    return is_key ? final_letter(byte) : std::nullopt;
}

std::optional<KeyPress> KeyDecoder::decode_csi(std::uint8_t byte) {
    ++csi_.length;
    if (byte >= '0' && byte <= '9' && csi_.in_first_parameter) {
        csi_.parameter = csi_.parameter == 0 ? static_cast<std::uint8_t>(byte - '0') : kNoKey;
    }
    csi_.in_first_parameter = csi_.in_first_parameter && byte != ';';
    if (byte == '[' && csi_.length == 1) {
        state_ = State::SkipOne;  // F1 to F5 of the Linux console: `ESC [ [` and a letter.
        return std::nullopt;
    }
    if (byte >= '@') {
        state_ = State::Ground;
        return byte == '~' ? numbered_key(csi_.parameter) : final_letter(byte);
    }
    if (csi_.length == kLongestSequence) {
        state_ = State::Ground;
    }
    return std::nullopt;
}

}  // namespace shell
