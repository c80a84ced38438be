// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace test {

/// So many bytes, of which no two blocks are alike.
inline std::string bytes_of(std::size_t count) {
    std::string bytes;
    for (std::size_t n = 0; n != count; ++n) {
        bytes += static_cast<char>(n * n / 7 + n);
    }
    return bytes;
}

/// CRC-16/XMODEM, bit by bit.
inline std::uint16_t crc_of(std::string const& bytes) {
    unsigned crc = 0;
    for (char const byte : bytes) {
        crc ^= unsigned{static_cast<std::uint8_t>(byte)} << 8;
        for (unsigned bit = 0; bit != 8; ++bit) {
            crc = (crc & 0x8000) != 0 ? crc << 1 ^ 0x1021 : crc << 1;
        }
    }
    return static_cast<std::uint16_t>(crc);
}

/// A block of XMODEM or YMODEM: 128 bytes or 1024, else filled up.
inline std::string block(unsigned number, std::string bytes) {
    bool const is_short = bytes.size() <= 128;
    bytes.resize(is_short ? 128 : 1024, '\x1a');
    std::uint16_t const crc = crc_of(bytes);
    std::string text;
    text += is_short ? '\x01' : '\x02';
    text += static_cast<char>(number);
    text += static_cast<char>(~number);
    text += bytes;
    text += static_cast<char>(crc >> 8);
    text += static_cast<char>(crc);
    return text;
}

/// YMODEM's first block.
inline std::string header(std::string const& name, std::string const& rest) {
    std::string bytes = name + '\0' + rest;
    bytes.resize(128, '\0');
    return block(0, bytes);
}

/// A whole file by YMODEM, as a sender sends it that is asked for nothing twice.
inline std::string by_ymodem(std::string const& file) {
    std::string text = header("kernel8.img", std::to_string(file.size()));
    for (std::size_t at = 0; at < file.size(); at += 1024) {
        text += block(static_cast<unsigned>(at / 1024 + 1), file.substr(at, 1024));
    }
    return text + "\x04\x04" + header("", "");
}

/// The same by XMODEM-1K.
inline std::string by_xmodem(std::string const& file) {
    std::string text;
    for (std::size_t at = 0; at < file.size(); at += 1024) {
        text += block(static_cast<unsigned>(at / 1024 + 1), file.substr(at, 1024));
    }
    return text + "\x04\x04";
}

}  // namespace test
