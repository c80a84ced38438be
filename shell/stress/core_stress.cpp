// SPDX-License-Identifier: MIT
#include "shell/stress/core_stress.hpp"

namespace shell {

namespace {

constexpr unsigned kSteps = 64;  // At a time.

// In microseconds, from one interrupt to the next.
constexpr std::uint64_t kSoonest = 100;
constexpr std::uint64_t kLatest = 1000;

}  // namespace

CoreStress::CoreStress(Parts const& parts, unsigned core, std::uint64_t seed,
                       StressPlan const& plan)
    : parts_{parts},
      core_{core},
      plan_{plan},
      worker_{parts.memory, {2 * core, seed}, room_, mm::Order::of(mm::Order::kMax)},
      handler_{parts.memory, {2 * core + 1, seed}, handler_room_, mm::Order::of(kHandlerLargest)},
      random_{seed + core} {}

void CoreStress::run() {
    begin();
    while (go_on()) {
    }
    end();
}

void CoreStress::begin() { is_interrupted_ = set_alarm(); }

bool CoreStress::go_on() {
    for (unsigned step = 0; step < kSteps && worker_.operations() < plan_.operations; ++step) {
        worker_.step();
    }
    bool const is_over = plan_.deadline && parts_.clock.microseconds() >= *plan_.deadline;
    return !is_over && worker_.operations() < plan_.operations && !parts_.memory.stops();
}

void CoreStress::end() {
    parts_.alarm.cancel();
    worker_.end();
    handler_.end();
}

bool CoreStress::set_alarm() {
    return parts_.alarm.set(kSoonest + random_.below(kLatest - kSoonest), alarm_work_);
}

void CoreStress::be_interrupted() {
    ++interrupts_;
    if (plan_.interrupts_allocate && !parts_.memory.stops()) {
        handler_.step();
    }
    (void)set_alarm();
}

}  // namespace shell
