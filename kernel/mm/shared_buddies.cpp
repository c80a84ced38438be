// SPDX-License-Identifier: MIT
#include "kernel/mm/shared_buddies.hpp"

namespace mm {

using kernel::InterruptsMasked;
using kernel::Result;

Result<Block> SharedBuddies::allocate(Order order) {
    auto const block = allocate_here(order);
    if (block || block.error() != kernel::Error::OutOfMemory) {
        return block;
    }
    // Nobody refills now: what is missing then, nobody has.
    CachesClosed const closed{this};
    return allocate_here(order);
}

Result<Block> SharedBuddies::allocate_here(Order order) {
    InterruptsMasked const masked{sharing_.cpu};
    CoreCache& cache = mine();
    auto const block = cached_.allocate(cache, order);
    if (block) {
        cache.count_allocation();
    }
    return block;
}

Result<void> SharedBuddies::free(FrameNumber first, Order order) {
    InterruptsMasked const masked{sharing_.cpu};
    return cached_.free(mine(), first, order);
}

// Damage shows wherever somebody looks next.
void SharedBuddies::drain_mine() {
    InterruptsMasked const masked{sharing_.cpu};
    static_cast<void>(cached_.drain(mine()));
}

void SharedBuddies::answer() {
    InterruptsMasked const masked{sharing_.cpu};
    if (cached_.is_asked(sharing_.cpu.core())) {
        cached_.answer(mine());
    }
}

void SharedBuddies::close() {
    cached_.close();
    std::uint64_t called = 0;  // A bit for each core.
    for (unsigned core = 0; core < cached_.caches().size(); ++core) {
        bool const is_called =
            core != sharing_.cpu.core() && cached_.is_asked(core) && sharing_.owners.call(core);
        called |= std::uint64_t{is_called ? 1U : 0U} << core;
    }
    answer();
    for (unsigned core = 0; core < cached_.caches().size(); ++core) {
        while ((called >> core & 1) != 0 && cached_.is_asked(core)) {
            answer();  // Another core may want the same of this one.
        }
    }
}

}  // namespace mm
