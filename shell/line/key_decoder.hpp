// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>

namespace shell {

/// What a key means to the line editor.
enum class Key : std::uint8_t {
    Character,
    Enter,
    Interrupt,
    Complete,
    Backspace,
    Delete,
    Left,
    Right,
    Up,
    Down,
    Home,
    End,
    EraseToEnd,
    EraseToStart,
    EraseWord,
    ClearScreen,
    Unknown,
};

struct KeyPress {
    Key key = Key::Unknown;
    char character = 0;  ///< Of Key::Character.
};

/// Turns bytes from a terminal into keys (ECMA-48, 5.4, and what xterm, VT100 and the Linux console
/// send for the arrows and their neighbours).
///
/// CR, LF and CRLF are one Enter. NUL is filling and means nothing. A byte above 0x7e becomes `?`:
/// it is seen, and no line that contains it passes for the one that was meant. An unknown or broken
/// escape sequence means nothing; a control character inside one ends it and counts.
class KeyDecoder {
public:
    /// The key that `byte` completes; none if more must come, or if it means nothing.
    std::optional<KeyPress> decode(std::uint8_t byte);

private:
    enum class State : std::uint8_t { Ground, AfterCr, Escape, Csi, Ss3, SkipOne };

    /// What has come of it behind `ESC [`.
    struct ControlSequence {
        std::uint8_t length = 0;     // In bytes.
        std::uint8_t parameter = 0;  // The first number.
        bool in_first_parameter = true;
    };

    std::optional<KeyPress> decode_in_sequence(std::uint8_t byte);
    std::optional<KeyPress> decode_csi(std::uint8_t byte);

    State state_ = State::Ground;
    ControlSequence csi_;
};

}  // namespace shell
