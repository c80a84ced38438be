// SPDX-License-Identifier: MIT
//
// Views, as Kang and others have them (A promising semantics for relaxed-memory concurrency, POPL
// 2017), without their promises.

#include "tests/concurrency/explorer/memory.hpp"

#include "kernel/require.hpp"

#include <algorithm>

namespace concurrency {

void Memory::reset() {
    used_ = 0;
    sequential_ = {};
    for (unsigned core = 0; core < kMostCores; ++core) {
        cores_[core] = {};
        cores_[core].now.clock[core] = 1;
    }
}

unsigned Memory::add(std::uint64_t value) {
    kernel::require(used_ < kMostLocations, "a scenario shares at most kMostLocations words");
    locations_[used_].clear();
    locations_[used_].push_back({.value = value});
    return used_++;
}

Stamp Memory::oldest(unsigned core, unsigned location, std::memory_order order) const {
    Stamp const known = cores_[core].now.oldest[location];
    return is_sequential(order) ? std::max(known, sequential_[location]) : known;
}

void Memory::load(unsigned core, unsigned location, Stamp stamp, std::memory_order order) {
    Core& reader = cores_[core];
    Message const& message = locations_[location][stamp];
    notice(core, location, stamp);
    if (message.tells) {
        (acquires(order) ? reader.now : reader.loaded).join(message.view);
    }
    if (is_sequential(order)) {
        sequential_[location] = std::max(sequential_[location], stamp);
    }
}

void Memory::store(unsigned core, unsigned location, std::uint64_t value, std::memory_order order) {
    Message message{.value = value};
    write(core, location, message, order);
}

void Memory::modify(unsigned core, unsigned location, std::uint64_t value,
                    std::memory_order order) {
    // It belongs to the release sequence of the message that it replaces.
    Message message = locations_[location].back();
    message.value = value;
    write(core, location, message, order);
}

void Memory::write(unsigned core, unsigned location, Message& message, std::memory_order order) {
    Core& writer = cores_[core];
    auto const stamp = static_cast<Stamp>(newest(location) + 1);
    notice(core, location, stamp);
    if (releases(order)) {
        message.view.join(writer.now);
        message.tells = true;
        ++writer.now.clock[core];
    } else if (writer.has_released) {
        message.view.join(writer.released);
        message.tells = true;
    }
    if (is_sequential(order)) {
        sequential_[location] = stamp;
    }
    locations_[location].push_back(message);
}

void Memory::fence(unsigned core, std::memory_order order) {
    Core& self = cores_[core];
    if (acquires(order)) {
        self.now.join(self.loaded);
    }
    if (is_sequential(order)) {
        join(self.now.oldest, sequential_);
        sequential_ = self.now.oldest;
    }
    if (releases(order)) {
        self.released = self.now;
        self.has_released = true;
        ++self.now.clock[core];
    }
}

}  // namespace concurrency
