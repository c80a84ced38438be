// SPDX-License-Identifier: MIT
#include "kernel/start/core_caches.hpp"

#include "kernel/mm/cached_buddies.hpp"
#include "kernel/mm/core_cache.hpp"

#include <cstdint>

namespace start {

CoreCaches::CoreCaches(mm::FrameAllocator& frames, arch::Cores& cores)
    : frames_{frames},
      cores_{cores},
      early_{shared(mm::ZoneId::Early)},
      late_{shared(mm::ZoneId::Late)} {}

mm::SharedBuddies CoreCaches::shared(mm::ZoneId zone) {
    mm::BuddyAllocator& buddies = frames_.zone(zone).buddies();
    std::uint64_t const words =
        mm::CachedBuddies::metadata_words(buddies.span(), kernel::kMostCores);
    return {
        buddies,
        {new mm::CoreCache[kernel::kMostCores], kernel::kMostCores},
        {new std::uint64_t[words],              words             },
        sharing()
    };
}

void CoreCaches::share() {
    frames_.zone(mm::ZoneId::Early).share(early_);
    frames_.zone(mm::ZoneId::Late).share(late_);
    if (!cores_.messages().answer_with(*this)) {
        early_.close();
        late_.close();
    }
}

// Time is not measured: reading the counter twice would cost more than all that is done meanwhile.
CoreCaches::Pin CoreCaches::pin() {
    std::uint64_t const before = arch::MaskingLockMachine::mask();
    return {arch::MaskingLockMachine::core(), before};
}

void CoreCaches::unpin(Pin pin) { arch::MaskingLockMachine::unmask(pin.before); }

void CoreCaches::keep_waiting(unsigned core, std::uint64_t deadline) {
    if (arch::LockMachine::now() > deadline) {
        arch::LockMachine::give_up_on(core);
    }
}

bool CoreCaches::call(unsigned core) {
    kernel::CoreState const state = cores_.state(core);
    if (state != kernel::CoreState::Sleeps && state != kernel::CoreState::Works) {
        return false;
    }
    cores_.messages().send(core);
    return true;
}

}  // namespace start
