// SPDX-License-Identifier: MIT
#include "kernel/mm/shared_buddies.hpp"

namespace mm {

using kernel::Result;

Result<Block> SharedBuddies::allocate(Order order) {
    auto block = allocate_here(order);
    if (!block && block.error() == kernel::Error::OutOfMemory) {
        // Nobody refills now: what is missing then, nobody has.
        CachesClosed const closed{this};
        block = allocate_here(order);
    }
    return block;
}

Result<Block> SharedBuddies::allocate_here(Order order) {
    Pinned const pinned{sharing_.owners};
    CoreCache& cache = cache_of(pinned);
    auto const block = cached_.allocate(cache, order);
    if (block) {
        cache.count_allocation();
    }
    return block;
}

Result<void> SharedBuddies::free(FrameNumber first, Order order) {
    Pinned const pinned{sharing_.owners};
    return cached_.free(cache_of(pinned), first, order);
}

void SharedBuddies::drain_mine() {
    bool is_more_left = true;
    while (is_more_left) {
        Pinned const pinned{sharing_.owners};
        is_more_left = cached_.drain_some(cache_of(pinned));
    }
}

// Handlers wait meanwhile, so it is a part at a time.
void SharedBuddies::answer() {
    auto const left = answer_in_part();
    if (left && !sharing_.owners.call(*left)) {
        answer_in_full();
    }
}

void SharedBuddies::answer_in_full() {
    while (answer_in_part()) {
    }
}

// This core, if something is left.
std::optional<unsigned> SharedBuddies::answer_in_part() {
    Pinned const pinned{sharing_.owners};
    bool const is_more_left = cached_.is_asked(pinned.core()) && cached_.answer(cache_of(pinned));
    return is_more_left ? std::optional{pinned.core()} : std::nullopt;
}

void SharedBuddies::close() {
    cached_.close();
    unsigned const self = Pinned{sharing_.owners}.core();
    std::uint64_t called = 0;  // A bit for each core.
    for (unsigned core = 0; core < cached_.caches().size(); ++core) {
        bool const is_called = core != self && cached_.is_asked(core) && sharing_.owners.call(core);
        called |= std::uint64_t{is_called ? 1U : 0U} << core;
    }
    answer_in_full();
    std::uint64_t const deadline = sharing_.owners.deadline();
    for (unsigned core = 0; core < cached_.caches().size(); ++core) {
        while ((called >> core & 1) != 0 && cached_.is_asked(core)) {
            answer_in_full();  // Another core may want the same of this one.
            sharing_.owners.keep_waiting(core, deadline);
        }
    }
}

}  // namespace mm
