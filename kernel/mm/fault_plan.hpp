// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/trial/random.hpp"
#include "kernel/require.hpp"

#include <cstdint>

namespace mm {

/// Which allocations fail on purpose, so that whoever asks for memory can be tried without any.
///
/// Who hands out frames, addresses or objects may be given a plan, and asks it before anything
/// else: a request that the plan strikes is refused as if memory had run out, and changes nothing.
/// One plan may serve several of them; it counts the requests of all.
class FaultPlan {
public:
    enum class Rule : std::uint8_t {
        Off,    ///< None fails, and none is counted.
        At,     ///< The number-th fails, and no other.
        Every,  ///< Each number-th fails.
        After,  ///< A number of them pass, and from then on all fail.
        Rate,   ///< A number of 100 fail, at random.
    };

    constexpr FaultPlan() : FaultPlan{Rule::Off, 0} {}

    /// `number` is at least 1, except for After; and at most 100 for Rate. The same seed strikes
    /// the same requests.
    constexpr FaultPlan(Rule rule, std::uint64_t number, std::uint64_t seed = 1)
        : rule_{rule}, number_{number}, random_{seed} {
        kernel::require(is_possible(rule, number), "a plan's number suits its rule");
    }

    static constexpr bool is_possible(Rule rule, std::uint64_t number) {
        return (number != 0 || rule == Rule::Off || rule == Rule::After) &&
               (number <= 100 || rule != Rule::Rate);
    }

    /// Counts a request; true if it must fail.
    constexpr bool strikes() { return rule_ != Rule::Off && strikes_next(); }

    /// No request fails from now on; the counts stay to be read.
    constexpr void stop() { rule_ = Rule::Off; }

    constexpr Rule rule() const { return rule_; }
    constexpr std::uint64_t number() const { return number_; }
    constexpr std::uint64_t requests() const { return requests_; }  ///< Counted so far,
    constexpr std::uint64_t struck() const { return struck_; }      ///< and made to fail.

private:
    constexpr bool strikes_next() {
        ++requests_;
        bool const is_struck = is_due();
        struck_ += is_struck ? 1U : 0U;
        return is_struck;
    }

    constexpr bool is_due() {
        if (rule_ == Rule::At) {
            return requests_ == number_;
        }
        if (rule_ == Rule::Every) {
            return requests_ % number_ == 0;
        }
        if (rule_ == Rule::After) {
            return requests_ > number_;
        }
        return random_.below(100) < number_;
    }

    Rule rule_;
    std::uint64_t number_;
    std::uint64_t requests_ = 0;
    std::uint64_t struck_ = 0;
    Random random_;
};

/// True if there is a plan and it strikes the request that is being made.
constexpr bool is_struck(FaultPlan* faults) { return faults != nullptr && faults->strikes(); }

}  // namespace mm
