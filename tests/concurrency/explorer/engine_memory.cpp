// SPDX-License-Identifier: MIT
//
// Engine: what the code under test does to memory.

#include "kernel/require.hpp"

#include "tests/concurrency/explorer/engine.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

namespace concurrency {

namespace {

std::uint64_t get(Place place) {
    std::uint64_t value = 0;
    std::memcpy(&value, place.address, place.bytes);
    return value;
}

void put(Place place, std::uint64_t value) {
    // The hooks have the address from who writes there.
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast)
    std::memcpy(const_cast<void*>(place.address), &value, place.bytes);
}

}  // namespace

// --- Plain accesses ------------------------------------------------------------------------------

// A word may be atomic for a while: what is plain then happened before or behind all that is
// atomic.

void Engine::read(Place place) {
    be_interrupted();
    std::size_t const begin = offset(place.address);
    report_race(races_.read(core(), memory_.clock(core()), {begin, place.bytes}), place);
}

void Engine::write(Place place) {
    be_interrupted();
    std::size_t const begin = offset(place.address);
    report_race(races_.write(core(), memory_.clock(core()), {begin, place.bytes}), place);
    location_of_[begin] = 0;  // Whoever comes next finds what is written now.
}

void Engine::write_elsewhere(void const* address) {
    if (is_running_ && !fibers_.is_on_stack(address)) {
        fail("plain write outside the scenario and this core's stack");
    }
}

void Engine::report_race(unsigned other, Place place) {
    if (other != Races::kNobody) {
        fail("data race between cores " + std::to_string(core()) + " and " + std::to_string(other) +
             " at " + name(place.address));
    }
}

// --- Atomic accesses -----------------------------------------------------------------------------

/// False if this core is the only one that ever uses the word.
bool Engine::is_shared(Place place) {
    std::uint8_t& users = users_[offset(place.address)];
    if (users == kUnused) {
        users = static_cast<std::uint8_t>(core());
    } else if (users != kShared && users != core()) {
        users = kShared;
        end(Ending::MoreShared);
    }
    return users == kShared;
}

std::uint8_t Engine::location(Place place) {
    std::uint8_t& number = location_of_[offset(place.address)];
    if (number == 0) {
        number = static_cast<std::uint8_t>(memory_.add(get(place)) + 1);
        located_.push_back(offset(place.address));
        dependencies_.add_location();
    }
    return static_cast<std::uint8_t>(number - 1);
}

/// The location, when it is this core's turn there; none if nobody else ever uses it.
std::optional<std::uint8_t> Engine::turn_at(Place place, Step::Kind kind, std::memory_order order) {
    be_interrupted();
    unsigned const self = core();
    Clock const& clock = memory_.clock(self);
    Races::Bytes const bytes{offset(place.address), place.bytes};
    bool const is_read = kind == Step::Kind::Load;
    if (!is_shared(place)) {
        report_race(is_read ? races_.read(self, clock, bytes) : races_.write(self, clock, bytes),
                    place);
        return std::nullopt;
    }
    report_race(
        is_read ? races_.read_atomic(self, clock, bytes) : races_.write_atomic(self, clock, bytes),
        place);
    std::uint8_t const number = location(place);
    take_turn({kind, is_sequential(order), number});
    return number;
}

std::uint64_t Engine::load(Place place, std::memory_order order) {
    auto const number = turn_at(place, Step::Kind::Load, order);
    if (!number) {
        return get(place);
    }
    unsigned const self = core();
    Stamp const newest = memory_.newest(*number);
    unsigned const count =
        newest - std::max(memory_.oldest(self, *number, order), asleep_[self]) + 1U;
    auto const stamp = static_cast<Stamp>(newest - choices_.value(count));
    memory_.load(self, *number, stamp, order);
    done({.read = stamp});
    std::uint64_t const value = memory_.value(*number, stamp);
    note(stamp == newest ? "loads" : "loads the old", place, value);
    return value;
}

void Engine::store(Place place, std::uint64_t value, std::memory_order order) {
    auto const number = turn_at(place, Step::Kind::Store, order);
    put(place, value);
    if (number) {
        memory_.store(core(), *number, value, order);
        done({.wrote = true});
        note("stores", place, value);
    }
}

std::uint64_t Engine::take(Place place, std::memory_order order) {
    auto const number = turn_at(place, Step::Kind::Modify, order);
    if (number) {
        memory_.load(core(), *number, memory_.newest(*number), order);
    }
    return get(place);
}

void Engine::replace(Place place, std::uint64_t value, std::memory_order order) {
    put(place, value);
    if (is_shared(place)) {
        memory_.modify(core(), location(place), value, order);
        done({.wrote = true});
        note("modifies to", place, value);
    }
}

std::uint64_t Engine::compare_exchange(Place place, Exchange const& exchange) {
    auto const number = turn_at(place, Step::Kind::Modify, exchange.success);
    if (!number) {
        std::uint64_t const value = get(place);
        if (value == exchange.expected) {
            put(place, exchange.desired);
        }
        return value;
    }
    // It fails with any value that a load could read, and succeeds with the newest only.
    unsigned const self = core();
    Stamp const newest = memory_.newest(*number);
    std::array<Stamp, Choices::kMostValues> stamps{newest};
    unsigned count = 1;
    for (Stamp stamp = newest; stamp-- > memory_.oldest(self, *number, exchange.failure);) {
        if (memory_.value(*number, stamp) != exchange.expected) {
            stamps.at(count++) = stamp;
        }
    }
    Stamp const stamp = stamps[choices_.value(count)];
    std::uint64_t const value = memory_.value(*number, stamp);
    bool const succeeds = value == exchange.expected;
    memory_.load(self, *number, stamp, succeeds ? exchange.success : exchange.failure);
    if (succeeds) {
        memory_.modify(self, *number, exchange.desired, exchange.success);
        put(place, exchange.desired);
    }
    done({.read = stamp, .wrote = succeeds});
    note(succeeds ? "exchanges" : "does not exchange", place, value);
    return value;
}

void Engine::fence(std::memory_order order) {
    be_interrupted();
    if (is_sequential(order)) {
        take_turn({.kind = Step::Kind::Fence, .is_sequential = true});
    }
    memory_.fence(core(), order);
    if (is_sequential(order)) {
        done({});
    }
}

}  // namespace concurrency
