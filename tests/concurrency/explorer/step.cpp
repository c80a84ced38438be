// SPDX-License-Identifier: MIT
#include "tests/concurrency/explorer/step.hpp"

#include <algorithm>

namespace concurrency {

void Dependencies::reset() {
    past_.clear();
    used_ = 0;
    needed_ = {};
    last_sequential_ = {};
    sequential_ = {};
}

void Dependencies::add_location() {
    if (used_ == locations_.size()) {
        locations_.emplace_back();
    }
    Location& location = locations_[used_++];
    location.loaded = {};
    location.written = {};
    location.messages.assign(1, Clock{});
}

/// The last step of each other core that this one could be done before, with another outcome.
Clock Dependencies::conflicts(unsigned core, Step step) const {
    Clock last{};
    if (step.is_sequential) {
        last = last_sequential_;
    }
    if (step.has_location() && step.kind != Step::Kind::Load) {
        join(last, locations_[step.location].loaded);
        join(last, locations_[step.location].written);
    }
    for (unsigned other = 0; other < kMostCores; ++other) {
        if (other == core || last[other] <= needed_[core][other]) {
            last[other] = 0;  // Its own, or there is no other order.
        }
    }
    return last;
}

/// The race of the last step with another. Those who may go first are those whose next step, of all
/// that were done behind the other but did not need it, needed none of the rest.
Dependencies::Race Dependencies::race(Stamp with) const {
    Past const& other = past_[with - 1U];
    Race race{.choice = other.choice};
    CoreSet seen = 0;
    for (std::size_t index = with; index < past_.size(); ++index) {
        Past const& past = past_[index];
        bool const is_last = index + 1 == past_.size();
        if (has(seen, past.core) || (past.needed[other.core] >= with && !is_last)) {
            continue;
        }
        seen = static_cast<CoreSet>(seen | only(past.core));
        bool needs_none = true;
        for (unsigned core = 0; core < kMostCores; ++core) {
            needs_none &= core == past.core || past.needed[core] <= with;
        }
        if (needs_none) {
            race.first = static_cast<CoreSet>(race.first | only(past.core));
        }
    }
    return race;
}

Dependencies::Races Dependencies::add(unsigned core, Step step, Done const& done) {
    Clock const last = conflicts(core, step);
    Clock& needed = needed_[core];
    auto const mine = static_cast<Stamp>(past_.size() + 1);
    Location* const location =
        step.kind == Step::Kind::Fence ? nullptr : &locations_[step.location];
    if (location != nullptr) {
        join(needed, done.wrote ? location->messages.back() : location->messages[done.read]);
    }
    if (step.is_sequential) {
        join(needed, sequential_);
        last_sequential_[core] = mine;
    }
    needed[core] = mine;
    if (step.is_sequential) {
        sequential_ = needed;
    }
    if (location != nullptr && done.wrote) {
        location->messages.push_back(needed);
        location->written[core] = mine;
    } else if (step.has_location()) {
        location->loaded[core] = mine;
    }
    past_.push_back({core, done.choice, needed});

    Races races{};
    for (unsigned other = 0; other < kMostCores; ++other) {
        if (last[other] != 0) {
            races[other] = race(last[other]);
        }
    }
    return races;
}

}  // namespace concurrency
