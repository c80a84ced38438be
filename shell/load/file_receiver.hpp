// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace shell {

/// Receives one file by YMODEM or by XMODEM with CRC, in blocks of 1024 or of 128 bytes: which of
/// them is up to the sender, and seen from its first block (C. Forsberg, "XMODEM/YMODEM Protocol
/// Reference", 10-14-88).
///
/// Knows no line and no clock: whoever has both feeds it bytes and times, and sends what it
/// answers. Whatever the sender does, the number of its tries without progress is bounded, and so
/// is the time of each.
///
///     START --SOH, STX--> BLOCK --whole--> answer, START
///       |                   |--damaged--> NOISE --silence--> ask again, START
///       |--anything else--> NOISE
class FileReceiver {
public:
    /// Microseconds. Until somebody sends, it invites so often.
    static constexpr std::uint64_t kInvitation = 1'000'000;
    /// A try ends so long after the last answer, or after the block began.
    static constexpr std::uint64_t kTry = 2'000'000;
    /// Inside a block, or in noise, a line that is silent for so long will not go on.
    static constexpr std::uint64_t kSilence = 500'000;
    /// Tries without progress: until somebody sends, a minute; then, eight seconds.
    static constexpr unsigned kInvitations = 60;
    static constexpr unsigned kTries = 4;

    static constexpr std::size_t kLongestBlock = 1024;

    /// Puts the file at the beginning of `room`, which holds whole blocks, one at least; what is
    /// behind it may be written, too.
    explicit FileReceiver(std::span<std::uint8_t> room) : room_{room} {}

    /// `byte` has come by `now`, or none has. Returns what to send then, or null.
    char const* step(std::optional<std::uint8_t> byte, std::uint64_t now);

    bool is_over() const { return part_ == Part::Over; }
    /// Once it is over. Why there is no file; null if there is.
    char const* fault() const { return fault_; }
    /// Ctrl-C came before the first block.
    bool is_interrupted() const { return is_interrupted_; }
    /// Of the file. XMODEM does not tell its size: rounded up to a block then.
    std::size_t bytes() const { return is_told_ ? told_ : received_; }

private:
    enum class Part : std::uint8_t { Start, Block, Noise, Over };

    char const* begin(std::uint8_t byte, std::uint64_t now);
    char const* take(std::uint8_t byte, std::uint64_t now);
    char const* end_block(std::uint64_t now);
    char const* take_header(std::uint64_t now);
    char const* end_file(std::uint64_t now);
    char const* ask_again(std::uint64_t now);
    char const* answer(char const* words, std::uint64_t now);
    char const* finish(char const* words, char const* why = nullptr);
    char const* fail(char const* why);

    std::span<std::uint8_t> room_;
    std::size_t received_ = 0;  ///< In blocks that were whole.
    std::size_t told_ = 0;      ///< The size that YMODEM's first block tells.
    char const* fault_ = nullptr;
    char const* trouble_ = "the sender repeats itself";  ///< Why the last try failed.
    std::uint64_t try_ends_ = 0;
    std::uint64_t silent_at_ = 0;
    unsigned tries_ = 0;
    unsigned next_ = 1;  ///< The number of the block to come.

    // Of the block that is coming.
    std::size_t size_ = 0;
    std::size_t at_ = 0;
    std::uint16_t crc_ = 0;
    std::uint8_t number_ = 0;
    std::uint8_t complement_ = 0;

    Part part_ = Part::Start;
    std::uint8_t before_ = 0;  ///< The byte before this one, where a block may begin.
    bool is_told_ = false;
    bool is_ymodem_ = false;
    bool is_begun_ = false;    ///< A block has come that was whole.
    bool is_ending_ = false;   ///< The sender has said once that this is all.
    bool is_closing_ = false;  ///< And twice: only YMODEM's last block is still to come.
    bool is_interrupted_ = false;
};

}  // namespace shell
