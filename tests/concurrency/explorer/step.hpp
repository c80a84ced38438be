// SPDX-License-Identifier: MIT
#pragma once

#include "tests/concurrency/explorer/view.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace concurrency {

/// What a core does at one of its turns: one operation on atomic words, or it goes on after a wait.
/// Before the next it does whatever nobody else can notice.
struct Step {
    enum class Kind : std::uint8_t { Load, Store, Modify, Fence, Wait };

    Kind kind = Kind::Load;
    bool is_sequential = false;  ///< Of the one order that all sequentially consistent ones have.
    std::uint8_t location = 0;
    Stamp awaited = 0;  ///< Wait: ends when there is a message with this stamp.

    constexpr bool writes() const { return kind == Kind::Store || kind == Kind::Modify; }
    constexpr bool has_location() const { return kind != Kind::Fence && kind != Kind::Wait; }
};

/// What another core's step means for one that is about to be done.
enum class Effect : std::uint8_t {
    None,        ///< The same comes of both orders.
    NewMessage,  ///< The load may read one message more; else the same.
    Conflict,
};

constexpr Effect effect(Step done, Step pending) {
    if (done.is_sequential && pending.is_sequential) {
        return Effect::Conflict;
    }
    if (!done.has_location() || !pending.has_location() || done.location != pending.location) {
        return Effect::None;
    }
    if (!done.writes()) {
        return Effect::None;  // It has read what was there before, as it does behind the other.
    }
    return pending.kind == Step::Kind::Load ? Effect::NewMessage : Effect::Conflict;
}

/// Which steps of an execution could have been done the other way round, with another outcome, and
/// who has to go first for that: dynamic partial-order reduction (Abdulla and others, Source sets,
/// J. ACM 64(4), 2017).
///
/// A load that comes behind a write is no reason to try it before: it tries the older messages
/// anyway, and the two orders differ in nothing else. A write behind a load is one.
class Dependencies {
public:
    /// What a step has done.
    struct Done {
        Stamp read = 0;  ///< The message it read, if it did not write.
        bool wrote = false;
        std::size_t choice = 0;  ///< Which of the execution's choices let it go first.
    };

    /// That choice has to be one of these cores as well: each of them comes to the other order.
    struct Race {
        std::size_t choice = 0;
        CoreSet first = 0;  ///< None of them: there is no race.
    };
    using Races = std::array<Race, kMostCores>;

    void reset();
    void add_location();

    /// `core` has done `step`. With which steps that is a race, at most one of each core.
    Races add(unsigned core, Step step, Done const& done);

private:
    struct Location {
        Clock loaded{};               ///< The last load of each core.
        Clock written{};              ///< The last write of each core.
        std::vector<Clock> messages;  ///< What had to be done before each of them could be.
    };

    /// A step that was done. They are counted from 1.
    struct Past {
        unsigned core;
        std::size_t choice;
        Clock needed;  ///< Of each core, the last step that had to be done before; itself too.
    };

    Clock conflicts(unsigned core, Step step) const;
    Race race(Stamp with) const;

    std::vector<Past> past_;
    std::vector<Location> locations_;
    std::size_t used_ = 0;
    std::array<Clock, kMostCores> needed_{};  ///< For what each core does next.
    Clock last_sequential_{};
    Clock sequential_{};  ///< For the next sequentially consistent step.
};

}  // namespace concurrency
