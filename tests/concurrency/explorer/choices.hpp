// SPDX-License-Identifier: MIT
#pragma once

#include "tests/concurrency/explorer/view.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace concurrency {

/// Why a core need not go on from here: all that would come of it was seen where it went first.
/// 0: it may go on. kAsleep: it need not. Else it is about to load, and only a message with a
/// higher stamp is news to it.
inline constexpr Stamp kAsleep = 0xffff;

/// What could be chosen at one point of an execution, and what was.
struct Choice {
    enum class Kind : std::uint8_t { Core, Value };

    Kind kind = Kind::Value;
    std::uint8_t chosen = 0;  ///< A core, or one of `count` values.
    std::uint8_t count = 0;
    CoreSet can_run = 0;  ///< Cores that are not finished and do not wait.
    CoreSet allowed = 0;  ///< Those of them that may be chosen.
    CoreSet wanted = 0;   ///< Those of them that have to be tried.
    CoreSet tried = 0;
    Clock asleep{};  ///< How each core sleeps when it comes here.
    Clock lulled{};  ///< How it sleeps once it has been tried here.
};

/// The choices of an execution, in order; and which execution is next, so that each is had once: a
/// depth-first search that remembers nothing but the way to where it is.
class Choices {
public:
    void clear() {
        taken_.clear();
        next_ = 0;
    }

    /// The same choices again, as far as they are known.
    void rewind() { next_ = 0; }

    /// Moves on to an execution that has not been had; false if there is none.
    bool advance();

    bool is_known() const { return next_ < taken_.size(); }

    static constexpr unsigned kMostValues = 255;

    /// One of `count` values.
    unsigned value(unsigned count);

    /// A core: where this point is known, the one that is its turn; else that of `fresh`.
    Choice const& core(Choice const& fresh);

    /// One of `cores` has to be tried at choice `index`, if one of them may.
    void want(std::size_t index, CoreSet cores);

    std::size_t size() const { return next_; }

private:
    std::vector<Choice> taken_;
    std::size_t next_ = 0;
};

}  // namespace concurrency
