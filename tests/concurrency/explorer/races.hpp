// SPDX-License-Identifier: MIT
#pragma once

#include "tests/concurrency/explorer/view.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace concurrency {

/// Who has read and written each byte of the scenario's state, and in which of its stretches. Two
/// accesses race if neither happened before the other, one of them writes, and one is plain: then
/// one of them is of a stretch that the other one's core does not know whole.
class Races {
public:
    static constexpr unsigned kNobody = kMostCores;

    /// Some bytes of the state.
    struct Bytes {
        std::size_t offset;
        std::size_t count;
    };

    /// Room for as many bytes of state, none of them touched.
    void resize(std::size_t bytes) {
        touched_.clear();
        words_.assign(bytes / kBytes + 1, Word{});
    }
    /// Nobody has touched any.
    void reset();

    // `core`, which knows `clock`, goes there. The core with which it races, or kNobody.
    unsigned read(unsigned core, Clock const& clock, Bytes bytes);
    unsigned write(unsigned core, Clock const& clock, Bytes bytes);
    unsigned read_atomic(unsigned core, Clock const& clock, Bytes bytes);
    unsigned write_atomic(unsigned core, Clock const& clock, Bytes bytes);

private:
    static constexpr std::size_t kBytes = 8;
    using Lanes = std::array<Stamp, kBytes>;  ///< A stamp for each byte of a word.

    struct Word {
        std::array<Lanes, kMostCores> read{};
        std::array<Lanes, kMostCores> written{};
        std::array<Lanes, kMostCores> read_atomic{};
        std::array<Lanes, kMostCores> written_atomic{};
        // The stretch in which a core has last read, or written, all of it.
        Clock whole_read{};
        Clock whole_written{};
        std::uint8_t users = 0;  ///< A bit for each core that was here.
    };

    /// The bytes [begin, end) of one word.
    struct Part {
        std::size_t begin;
        std::size_t end;
    };

    static bool is_within(Lanes const& lanes, Stamp stamp, Part part);
    template <bool kWrites, bool kIsAtomic>
    static unsigned other(Word const& word, unsigned core, Clock const& clock, Part part);
    template <bool kWrites>
    unsigned access(unsigned core, Clock const& clock, Bytes bytes);
    template <bool kWrites>
    unsigned access_atomic(unsigned core, Clock const& clock, Bytes bytes);
    void note(std::size_t index, unsigned core);
    template <typename Visit>
    static unsigned for_each_part(Bytes bytes, Visit visit);

    std::vector<Word> words_;
    std::vector<std::uint32_t> touched_;
};

}  // namespace concurrency
