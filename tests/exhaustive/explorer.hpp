// SPDX-License-Identifier: MIT
#pragma once

#include "tests/exhaustive/image.hpp"
#include "tests/exhaustive/state_table.hpp"

#include <cinttypes>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <utility>
#include <vector>

namespace exhaustive {

/// What came of a call, on the real thing and on its model.
struct Answer {
    bool agrees;
    bool is_refused;
};

/// What a search has gone through.
struct Tally {
    std::uint64_t states = 0;
    std::uint64_t operations = 0;
    std::uint64_t refused = 0;

    Tally& operator+=(Tally const& other) {
        states += other.states;
        operations += other.operations;
        refused += other.refused;
        return *this;
    }
};

/// Goes through all states that can be reached from the one that a `World` is in, and makes every
/// call in each. A World has
///
///     image()          the real thing, an Image
///     model()          what it must be: a value with a key() that is different in every state
///     call_count()     calls are numbered from 0
///     make(call)       makes it on both, and says what came of it
///     wrong()          in words, where real thing and model differ in this state; else null
///     print_state(), print_call(call)
///
/// A refused call must leave every byte as it was. States with the same key must be the same to the
/// byte, by whichever calls they came about.
template <typename World>
class Explorer {
public:
    explicit Explorer(World& world) : world_{world}, start_{world.image().words()} {}

    /// None, after it has printed why, if anything was not as it must be.
    std::optional<Tally> run() {
        return run([] { return true; });
    }

    /// The same, and calls `on_state` in each state, which it may change; false from it is the end.
    /// The world is left as it was at the beginning.
    template <typename OnState>
    std::optional<Tally> run(OnState on_state) {
        Model const first = world_.model();
        note_state();
        while (!waiting_.empty()) {
            auto const [model, saved] = std::move(waiting_.back());
            waiting_.pop_back();
            world_.model() = model;
            world_.image().load(start_, saved);
            if (char const* what = world_.wrong()) {
                fail(what);
                return std::nullopt;
            }
            if (!make_all_calls() || !on_state()) {
                return std::nullopt;
            }
        }
        world_.model() = first;
        world_.image().load(start_, {});
        tally_.states = found_.size();
        return tally_;
    }

private:
    using Model = std::remove_cvref_t<decltype(std::declval<World&>().model())>;
    using Saved = typename std::remove_cvref_t<decltype(std::declval<World&>().image())>::Saved;

    bool make_all_calls() {
        world_.image().keep();
        Model const model = world_.model();
        for (std::size_t call = 0; call < world_.call_count(); ++call) {
            Answer const answer = world_.make(call);
            char const* what = answer.agrees ? what_is_wrong_after(answer) : "the answer differs";
            if (what != nullptr) {
                world_.model() = model;
                world_.image().restore();
                fail(what);
                world_.print_call(call);
                return false;
            }
            if (!answer.is_refused) {
                world_.model() = model;
                world_.image().restore();
            }
        }
        return true;
    }

    char const* what_is_wrong_after(Answer answer) {
        ++tally_.operations;
        if (answer.is_refused) {
            ++tally_.refused;
            return world_.image().is_as_kept() ? nullptr : "a refused call changed something";
        }
        if (!world_.image().guards_hold()) {
            return "a word beside the metadata was written";
        }
        return note_state() ? nullptr : "the same state as before, but not to the byte";
    }

    /// False if the state was found before, and was not the same to the byte.
    bool note_state() {
        std::uint64_t const fingerprint = world_.image().fingerprint();
        auto const found = found_.note(world_.model().key(), fingerprint);
        if (found.is_new) {
            waiting_.emplace_back(world_.model(), world_.image().difference_from(start_));
        }
        return found.fingerprint == fingerprint;
    }

    void fail(char const* what) {
        std::printf("FAILED after %" PRIu64 " operations, %zu states found: %s\n  in the state ",
                    tally_.operations, found_.size(), what);
        world_.print_state();
    }

    World& world_;
    std::vector<std::uint64_t> start_;
    StateTable found_;
    std::vector<std::pair<Model, Saved>> waiting_;
    Tally tally_;
};

}  // namespace exhaustive
