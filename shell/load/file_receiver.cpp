// SPDX-License-Identifier: MIT
#include "shell/load/file_receiver.hpp"

#include <algorithm>

namespace shell {
namespace {

constexpr std::uint8_t kShortBlock = 0x01;  // SOH
constexpr std::uint8_t kLongBlock = 0x02;   // STX
constexpr std::uint8_t kCtrlC = 0x03;       // ETX
constexpr std::uint8_t kEnd = 0x04;         // EOT
constexpr std::uint8_t kCancel = 0x18;      // CAN

constexpr char const* kTaken = "\x06";  // ACK
constexpr char const* kAgain = "\x15";  // NAK
constexpr char const* kInvite = "C";    // For blocks with a CRC.
constexpr char const* kTakenGoOn =
    "\x06"
    "C";
// Two are enough; a person's terminal rubs them out again.
constexpr char const* kGiveUp = "\x18\x18\x18\x18\x18\b\b\b\b\b";

constexpr std::size_t kShortBytes = 128;

// Its number, that number's complement, the bytes, their CRC.
constexpr std::size_t kBeforeBytes = 2;
constexpr std::size_t kAroundBytes = kBeforeBytes + 2;

// CRC-16 of the polynomial x^16 + x^12 + x^5 + 1. Over bytes and their CRC it is 0.
constexpr std::uint16_t add_to_crc(std::uint16_t crc, std::uint8_t byte) {
    unsigned sum = static_cast<unsigned>(crc >> 8 | crc << 8) & 0xffff;
    sum ^= byte;
    sum ^= (sum & 0xff) >> 4;
    sum ^= sum << 12;
    sum ^= (sum & 0xff) << 5;
    return static_cast<std::uint16_t>(sum);
}

}  // namespace

char const* FileReceiver::step(std::optional<std::uint8_t> byte, std::uint64_t now) {
    if (is_over()) {
        return nullptr;
    }
    bool const is_between = part_ == Part::Start;
    if (!byte) {
        std::uint64_t const ends = is_between ? try_ends_ : std::min(try_ends_, silent_at_);
        return now < ends ? nullptr : ask_again(now);
    }
    silent_at_ = now + kSilence;
    if (is_between) {
        return begin(*byte, now);
    }
    if (now >= try_ends_) {
        return ask_again(now);
    }
    return part_ == Part::Block ? take(*byte, now) : nullptr;
}

char const* FileReceiver::begin(std::uint8_t byte, std::uint64_t now) {
    bool const is_second = byte == before_;
    before_ = byte;
    switch (byte) {
        case kShortBlock:
        case kLongBlock:
            size_ = byte == kShortBlock ? kShortBytes : kLongestBlock;
            at_ = 0;
            crc_ = 0;
            try_ends_ = now + kTry;
            part_ = Part::Block;
            return nullptr;
        case kEnd: return end_file(now);
        case kCancel: return is_second ? finish(nullptr, "the sender gave up") : nullptr;
    }
    if (byte == kCtrlC && received_ == 0) {
        is_interrupted_ = true;
        return finish(nullptr, "stopped by Ctrl-C");
    }
    part_ = Part::Noise;
    return nullptr;
}

char const* FileReceiver::take(std::uint8_t byte, std::uint64_t now) {
    if (at_ == 0) {
        number_ = byte;
    } else if (at_ == 1) {
        complement_ = byte;
    } else {
        crc_ = add_to_crc(crc_, byte);
        // The CRC may go there, too: the next block overwrites it.
        std::size_t const place = received_ + at_ - kBeforeBytes;
        if (place < room_.size()) {
            room_[place] = byte;
        }
    }
    ++at_;
    return at_ == size_ + kAroundBytes ? end_block(now) : nullptr;
}

char const* FileReceiver::end_block(std::uint64_t now) {
    if ((number_ ^ complement_) != 0xff || crc_ != 0) {
        part_ = Part::Noise;
        return nullptr;
    }
    is_begun_ = true;
    if (is_closing_) {
        bool const is_named = received_ < room_.size() && room_[received_] != 0;
        return is_named ? fail("more than one file was sent") : finish(kTaken);
    }
    if (number_ == 0 && received_ == 0) {
        return take_header(now);
    }
    if (number_ == static_cast<std::uint8_t>(next_ - 1)) {
        return answer(kTaken, now);
    }
    if (number_ != static_cast<std::uint8_t>(next_)) {
        return fail("a block was left out");
    }
    if (size_ > room_.size() - received_) {
        return fail("the file is too large");
    }
    received_ += size_;
    ++next_;
    tries_ = 0;
    is_ending_ = false;
    return answer(kTaken, now);
}

// "name\0size ...": the size in decimal, and more that does not matter here.
char const* FileReceiver::take_header(std::uint64_t now) {
    std::size_t at = 0;
    while (at < size_ && room_[at] != 0) {
        ++at;
    }
    if (at == 0) {
        return fail("there is no file to send");
    }
    told_ = 0;
    for (++at; at < size_ && told_ <= room_.size(); ++at) {
        unsigned const digit = room_[at] - unsigned{'0'};
        if (digit > 9) {
            break;
        }
        told_ = told_ * 10 + digit;
        is_told_ = true;
    }
    tries_ = is_ymodem_ ? tries_ : 0;  // A header that is repeated is no progress.
    is_ymodem_ = true;
    return told_ > room_.size() ? fail("the file is too large") : answer(kTakenGoOn, now);
}

// Said twice, for one byte is easily damaged.
char const* FileReceiver::end_file(std::uint64_t now) {
    if (!is_ending_) {
        is_ending_ = true;
        return answer(kAgain, now);
    }
    if (bytes() > received_) {
        return fail("the file ends too early");
    }
    is_closing_ = is_ymodem_;
    return is_closing_ ? answer(kTakenGoOn, now) : finish(kTaken);
}

char const* FileReceiver::ask_again(std::uint64_t now) {
    if (is_closing_) {
        return finish(nullptr);  // The file is there.
    }
    if (is_ending_ && part_ == Part::Start) {
        return end_file(now);  // Who took another answer for that of its end is silent now.
    }
    trouble_ = part_ == Part::Noise ? "what comes is damaged" : "no sender answers";
    return answer(received_ == 0 ? kInvite : kAgain, now);
}

char const* FileReceiver::answer(char const* words, std::uint64_t now) {
    unsigned const most = is_begun_ ? kTries : kInvitations;
    if (++tries_ > most) {
        return fail(trouble_);
    }
    part_ = Part::Start;
    before_ = 0;
    try_ends_ = now + (is_begun_ ? kTry : kInvitation);
    return words;
}

char const* FileReceiver::fail(char const* why) { return finish(kGiveUp, why); }

char const* FileReceiver::finish(char const* words, char const* why) {
    part_ = Part::Over;
    fault_ = why;
    return words;
}

}  // namespace shell
