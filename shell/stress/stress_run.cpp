// SPDX-License-Identifier: MIT
#include "shell/stress/stress_run.hpp"

#include "kernel/clock.hpp"
#include "kernel/mm/health/poison.hpp"
#include "shell/machine.hpp"

namespace shell {
namespace {

constexpr std::uint64_t kSecond = 1'000'000;

}  // namespace

StressRun::StressRun(Call& call, StressCores const& cores, StressRequest const& request,
                     std::span<TakenFrames::Word> words)
    : call_{call},
      request_{request},
      memory_{call.machine.frames, call.machine.early_window, words} {
    for (unsigned index = 0; index < request.cores; ++index) {
        StressPlan plan{share_of(index)};
        if (request.operations == 0) {
            plan.deadline = start_ + request.seconds * kSecond;
        }
        plan.interrupts_allocate = !call.machine.poison.is_on();
        parts_[index].emplace(
            CoreStress::Parts{memory_, call.machine.clock, call.machine.cores.alarm()},
            cores.numbers[index], request.seed, plan);
    }
}

std::uint64_t StressRun::now() const { return call_.machine.clock.microseconds(); }

std::uint64_t StressRun::share_of(unsigned index) const {
    if (request_.operations == 0) {
        return ~std::uint64_t{0};
    }
    std::uint64_t const all = request_.operations;
    return all / request_.cores + (index < all % request_.cores ? 1 : 0);
}

std::uint64_t StressRun::operations() const {
    std::uint64_t sum = 0;
    for (auto const& part : parts()) {
        sum += part->operations();
    }
    return sum;
}

void StressRun::work() {
    kernel::Cores& cores = call_.machine.cores;
    for (auto& part : std::span{parts_}.first(request_.cores).subspan(1)) {
        cores.start(part->core(), *part);
    }
    CoreStress& mine = *parts_.front();
    mine.begin();
    while (mine.go_on()) {
        look_around();
    }
    for (auto const& part : parts().subspan(1)) {
        while (cores.state(part->core()) == kernel::CoreState::Works) {
            // Its own alarm wakes it to look around; without one nothing may.
            if (is_interrupted()) {
                cores.doze_for(part->core());
            }
            look_around();
        }
        cores.wait_for(part->core());  // No longer; but a panic may have stopped it.
    }
    mine.end();
    memory_.free_what_was_left();
    if (shown_at_ != start_ && call_.machine.settings.is_coloured) {
        call_.out.write("\n");
    }
}

void StressRun::look_around() {
    if (now() - shown_at_ >= kSecond) {
        show();
    }
    if (!is_stopped_ && shell::is_interrupted(call_)) {
        is_stopped_ = true;
        memory_.stop();
    }
}

/// On the same line each time, where the terminal can do that.
void StressRun::show() {
    bool const is_coloured = call_.machine.settings.is_coloured;
    shown_at_ = now();
    if (is_coloured) {
        call_.out.write("\r");
    }
    kernel::print(call_.out, "{} s: {}", (shown_at_ - start_) / kSecond, operations());
    if (request_.operations != 0) {
        kernel::print(call_.out, " of {}", request_.operations);
    }
    call_.out.write(is_coloured ? " operations" : " operations\n");
}

}  // namespace shell
