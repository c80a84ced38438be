// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/address.hpp"
#include "kernel/mm/frame.hpp"
#include "kernel/mm/health/frame_contents.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace mm {

/// Is told of words that do not keep what is written to them.
class BadWords {
public:
    /// `wrong` has a bit for each that differs. At most once for each frame and pass.
    virtual void found(kernel::PhysAddr word, std::uint64_t wrong) = 0;

protected:
    ~BadWords() = default;
};

/// Tests RAM whose content does not matter: kPatterns patterns, one after the other over all of it,
/// each word read once more before the next pattern overwrites it.
///
///     walking ones and zeros   bits that stick, and lines of one word that touch
///     address in address       two addresses that are one; words that are seen at one time and
///                              depend on each other, which differ in one bit of their address
///     moving inversions        words seen at different times: up and down through the memory,
///                              with three patterns (March C-: van de Goor, Testing Semiconductor
///                              Memories, 4)
class MemoryTest {
public:
    /// `ranges` are sorted, disjoint, none of them empty, and outlive this, as does all else.
    MemoryTest(FrameContents& contents, std::span<FrameRange const> ranges, BadWords& bad);

    /// Goes on by at most FrameContents::most_frames() frames. False once all is tested.
    bool step();

    std::uint64_t frames() const { return frames_; }

    /// Frames done and to be done, each once for every pass.
    std::uint64_t done() const { return done_; }
    std::uint64_t total() const { return frames_ * (kPatterns + 1); }

private:
    static constexpr unsigned kWalking = 64;
    static constexpr unsigned kAddress = 2 * kWalking;
    /// Words that are seen at one time differ in one of these bits of their address.
    static constexpr unsigned kFirstBit = 3;
    static constexpr unsigned kEndBit = kFrameShift + 6;
    static_assert(FrameContents::kMostFrames == std::uint64_t{1} << 6);
    static constexpr unsigned kAddressBits = kAddress + 2;
    static constexpr unsigned kInversions = kAddressBits + 2 * (kEndBit - kFirstBit);
    static constexpr unsigned kPerInversion = 5;
    static constexpr unsigned kPatterns = kInversions + 3 * kPerInversion;

    /// What the words of a pattern hold: `base`, inverted where that bit of their address is set,
    /// and in the bits of `address_mask` where their address has them.
    struct Pattern {
        std::uint64_t base = 0;
        std::uint64_t address_mask = 0;
        unsigned bit = 0;
        std::uint64_t bit_mask = 0;  ///< 1: `bit` counts.

        bool is_plain() const { return (address_mask | bit_mask) == 0; }
        std::uint64_t at(std::uint64_t address) const {
            return base ^ (address & address_mask) ^ (0 - (address >> bit & bit_mask));
        }
    };
    enum class Direction : std::uint8_t { Up, Down };

    static Pattern pattern(unsigned number);
    static Direction direction(unsigned pass);
    FrameRange next_frames(Direction direction);
    void visit(FrameNumber frame, std::uint64_t volatile* words);
    template <typename ValueAt>
    void go_over(FrameNumber frame, std::uint64_t volatile* words, ValueAt value_at);

    FrameContents& contents_;
    std::span<FrameRange const> ranges_;
    BadWords& bad_;
    std::uint64_t frames_ = 0;
    std::uint64_t done_ = 0;

    unsigned pass_ = 0;              ///< Reads the pattern before, writes this one.
    std::size_t ranges_done_ = 0;    ///< Of this pass,
    std::uint64_t frames_done_ = 0;  ///< and of the range that it is in.
};

}  // namespace mm
