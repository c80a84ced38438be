// SPDX-License-Identifier: MIT
#include "tests/concurrency/explorer/races.hpp"

#include <algorithm>
#include <bit>

namespace concurrency {

void Races::reset() {
    for (std::uint32_t const index : touched_) {
        words_[index] = {};
    }
    touched_.clear();
}

/// True if none of these stamps is higher than `stamp`.
bool Races::is_within(Lanes const& lanes, Stamp stamp, Part part) {
    if (part.end - part.begin == kBytes) {  // The usual case: all at once.
        using All [[gnu::vector_size(sizeof(Lanes))]] = Stamp;
        auto const later = std::bit_cast<All>(lanes) > stamp;
        auto const halves = std::bit_cast<std::array<std::uint64_t, 2>>(later);
        return (halves[0] | halves[1]) == 0;
    }
    return std::all_of(lanes.data() + part.begin, lanes.data() + part.end,
                       [stamp](Stamp each) { return each <= stamp; });
}

/// The core that has touched a part that `core` may not touch now, or kNobody.
template <bool kWrites, bool kIsAtomic>
unsigned Races::other(Word const& word, unsigned core, Clock const& clock, Part part) {
    unsigned others = word.users & ~(1U << core);
    for (; others != 0; others &= others - 1) {
        auto const each = static_cast<unsigned>(std::countr_zero(others));
        if (!is_within(word.written[each], clock[each], part) ||
            (kWrites && !is_within(word.read[each], clock[each], part))) {
            return each;
        }
        if (!kIsAtomic && (!is_within(word.written_atomic[each], clock[each], part) ||
                           (kWrites && !is_within(word.read_atomic[each], clock[each], part)))) {
            return each;
        }
    }
    return kNobody;
}

/// Goes over the words that `bytes` are in, as long as `visit` finds nobody.
template <typename Visit>
unsigned Races::for_each_part(Bytes bytes, Visit visit) {
    std::size_t const end = bytes.offset + bytes.count;
    for (std::size_t offset = bytes.offset; offset < end;) {
        std::size_t const begin = offset % kBytes;
        std::size_t const index = offset / kBytes;
        unsigned const found = visit(index, Part{begin, std::min(kBytes, begin + end - offset)});
        if (found != kNobody) {
            return found;
        }
        offset = (index + 1) * kBytes;
    }
    return kNobody;
}

template <bool kWrites>
unsigned Races::access(unsigned core, Clock const& clock, Bytes bytes) {
    return for_each_part(bytes, [&](std::size_t index, Part part) {
        Word& word = words_[index];
        // Nobody else can have been there in between without a race that was found.
        if (word.whole_written[core] == clock[core] ||
            (!kWrites && word.whole_read[core] == clock[core])) {
            return kNobody;
        }
        note(index, core);
        Lanes& mine = (kWrites ? word.written : word.read)[core];
        std::fill(mine.data() + part.begin, mine.data() + part.end, clock[core]);
        if (part.end - part.begin == kBytes) {
            (kWrites ? word.whole_written : word.whole_read)[core] = clock[core];
        }
        return other<kWrites, false>(word, core, clock, part);
    });
}

unsigned Races::read(unsigned core, Clock const& clock, Bytes bytes) {
    return access<false>(core, clock, bytes);
}

unsigned Races::write(unsigned core, Clock const& clock, Bytes bytes) {
    return access<true>(core, clock, bytes);
}

/// `core` was in that word.
void Races::note(std::size_t index, unsigned core) {
    Word& word = words_[index];
    if (word.users == 0) {
        touched_.push_back(static_cast<std::uint32_t>(index));
    }
    word.users = static_cast<std::uint8_t>(word.users | 1U << core);
}

template <bool kWrites>
unsigned Races::access_atomic(unsigned core, Clock const& clock, Bytes bytes) {
    return for_each_part(bytes, [&](std::size_t index, Part part) {
        Word& word = words_[index];
        note(index, core);
        Lanes& mine = (kWrites ? word.written_atomic : word.read_atomic)[core];
        std::fill(mine.data() + part.begin, mine.data() + part.end, clock[core]);
        return other<kWrites, true>(word, core, clock, part);
    });
}

unsigned Races::read_atomic(unsigned core, Clock const& clock, Bytes bytes) {
    return access_atomic<false>(core, clock, bytes);
}

unsigned Races::write_atomic(unsigned core, Clock const& clock, Bytes bytes) {
    return access_atomic<true>(core, clock, bytes);
}

}  // namespace concurrency
