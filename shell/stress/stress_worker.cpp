// SPDX-License-Identifier: MIT
#include "shell/stress/stress_worker.hpp"

#include "kernel/require.hpp"

#include <algorithm>
#include <bit>

namespace shell {

using mm::Order;
using mm::ZoneId;

StressWorker::StressWorker(StressedMemory& memory, Name name, std::span<std::uint64_t> room,
                           Order largest)
    : memory_{memory},
      number_{name.number},
      random_{name.seed * kMost + name.number},
      held_{room},
      largest_{largest} {
    kernel::require(name.number < kMost, "the number of a worker fits into a stamp");
}

void StressWorker::step() {
    if (is_allocation_next()) {
        allocate();
        return;
    }
    StampedBlock const block = take_out();
    if (random_.below(8) != 0) {
        memory_.free(block);
        count_operation();
    } else if (auto const other = memory_.exchange(random_.next(), block)) {
        held_[count_++] = other->word();
        ++found_;
    }
}

void StressWorker::end() {
    while (count_ != 0) {
        memory_.free(take_out());
    }
}

// Up to the goal, down to none, with steps the other way in between.
bool StressWorker::is_allocation_next() {
    if (count_ == 0) {
        is_filling_ = true;
        goal_ = 1 + random_.below(held_.size());
        takes_large_ = largest_ >= Order::of(kLeastLarge) && random_.below(8) == 0;
        return true;
    }
    if (count_ >= goal_) {
        is_filling_ = takes_large_ = false;
    }
    return count_ < goal_ && (random_.below(8) != 0) == is_filling_;
}

Order StressWorker::choose_order() {
    if (takes_large_) {
        return Order::of(
            static_cast<unsigned>(kLeastLarge + random_.below(Order::kMax + 1 - kLeastLarge)));
    }
    // Each half as likely as the one before.
    auto const order = static_cast<unsigned>(std::countr_zero(random_.next() | 1U << Order::kMax));
    return std::min(Order::of(order), largest_);
}

ZoneId StressWorker::choose_zone() {
    bool const is_early = takes_large_ || random_.below(2) == 0 || !memory_.has(ZoneId::Late);
    return is_early ? ZoneId::Early : ZoneId::Late;
}

void StressWorker::allocate() {
    Order const order = choose_order();
    stamps_ = (stamps_ + 1) % (std::uint32_t{1} << kCountBits);
    auto const block =
        memory_.allocate(order, choose_zone(), (number_ + 1) << kCountBits | stamps_);
    count_operation();
    if (block) {
        held_[count_++] = block->word();
        return;
    }
    ++refused_;
    // Enough of the large ones; and of small ones there may be too few to reach the goal.
    is_filling_ = takes_large_ = false;
}

StampedBlock StressWorker::take_out() {
    std::swap(held_[random_.below(count_)], held_[count_ - 1]);
    return StampedBlock{held_[--count_]};
}

void StressWorker::count_operation() {
    operations_.store(operations() + 1, std::memory_order_relaxed);
}

}  // namespace shell
