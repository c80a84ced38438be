// SPDX-License-Identifier: MIT
#include "tests/concurrency/explorer/engine.hpp"

#include "kernel/require.hpp"

#include <bit>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace concurrency {

Engine the_engine;

Engine::Engine() : fibers_{&Engine::work} {}

// --- One execution after the other ---------------------------------------------------------------

Report Engine::explore(Scenario const& scenario, Limits const& limits) {
    kernel::require(limits.cores <= kMostCores, "a scenario has at most kMostCores cores");
    scenario_ = scenario;
    limits_ = limits;
    begin_ = static_cast<std::byte*>(scenario.state);
    end_ = begin_ + scenario.bytes;
    initial_.assign(begin_, end_);
    users_.assign(scenario.bytes, kUnused);
    location_of_.assign(scenario.bytes, 0);
    located_.clear();
    races_.resize(scenario.bytes);
    choices_.clear();

    Report report;
    do {
        Ending const ending = execute();
        report.steps += steps_;
        if (ending == Ending::MoreShared) {
            choices_.clear();  // What was explored took turns that are too long.
            report = {};
            continue;
        }
        ++(ending == Ending::Cut ? report.cut : report.executions);
        if (ending == Ending::Failed) {
            report.finding = std::exchange(finding_, {});
            trace_ = &report.trace;
            choices_.rewind();
            execute();
            trace_ = nullptr;
            break;
        }
        if (ending == Ending::Whole && scenario.outcome != nullptr) {
            ++report.outcomes[scenario.outcome(scenario.state)];
        }
        report.is_whole = !choices_.advance();
    } while (!report.is_whole && report.executions < limits.executions);
    std::memcpy(begin_, initial_.data(), initial_.size());
    return report;
}

void Engine::reset() {
    std::memcpy(begin_, initial_.data(), initial_.size());
    for (std::size_t const place : located_) {
        location_of_[place] = 0;
    }
    located_.clear();
    memory_.reset();
    races_.reset();
    dependencies_.reset();
    cores_ = {};
    asleep_ = {};
    last_core_ = kNobody;
    preemptions_ = 0;
    interrupts_ = limits_.interrupted && scenario_.interrupt != nullptr ? limits_.interrupts : 0;
    steps_ = 0;
    time_ = 0;
}

Engine::Ending Engine::execute() {
    reset();
    choices_.rewind();
    ending_ = Ending::Whole;
    is_running_ = true;
    if (start_cores()) {
        unsigned const first = next();
        if (first != Fibers::kMain) {
            fibers_.switch_to(first);
        }
    }
    is_running_ = false;
    if (ending_ == Ending::Whole && scenario_.check != nullptr) {
        fibers_.rewind(Fibers::kChecker);
        fibers_.switch_to(Fibers::kChecker);
    }
    return ending_;
}

/// Lets each core come to its first turn. False if that was the end.
bool Engine::start_cores() {
    is_starting_ = true;
    for (unsigned number = 0; number < limits_.cores && ending_ == Ending::Whole; ++number) {
        fibers_.rewind(number);
        fibers_.switch_to(number);
    }
    is_starting_ = false;
    return ending_ == Ending::Whole;
}

void Engine::work(unsigned fiber) {
    Engine& self = engine();
    if (fiber == Fibers::kChecker) {
        self.scenario_.check(self.scenario_.state);
        self.end(Ending::Whole);
    }
    self.scenario_.core(self.scenario_.state, fiber);
    self.be_interrupted();
    self.cores_[fiber].has_ended = true;
    self.fibers_.switch_to(self.is_starting_ ? Fibers::kMain : self.next());
}

void Engine::end(Ending ending) {
    ending_ = ending;
    fibers_.switch_to(Fibers::kMain);
    std::abort();  // Nobody comes back to it.
}

void Engine::fail(std::string what) {
    is_running_ = false;
    if (fibers_.current() == Fibers::kMain) {
        std::printf("FAILED before the first core: %s\n", what.c_str());
        std::exit(1);
    }
    finding_ = std::move(what);
    end(Ending::Failed);
}

// --- Whose turn it is ----------------------------------------------------------------------------

bool Engine::can_run(unsigned core) const {
    Core const& it = cores_[core];
    return !it.has_ended && (it.pending.kind != Step::Kind::Wait ||
                             memory_.newest(it.pending.location) >= it.pending.awaited);
}

bool Engine::is_asleep(unsigned core) const {
    if (asleep_[core] == 0 || asleep_[core] == kAsleep) {
        return asleep_[core] == kAsleep;
    }
    return memory_.newest(cores_[core].pending.location) < asleep_[core];
}

Choice Engine::options() const {
    Choice choice{.kind = Choice::Kind::Core, .asleep = asleep_};
    for (unsigned core = 0; core < limits_.cores; ++core) {
        if (!can_run(core)) {
            continue;
        }
        choice.can_run = static_cast<CoreSet>(choice.can_run | only(core));
        if (!is_asleep(core)) {
            choice.allowed = static_cast<CoreSet>(choice.allowed | only(core));
            Step const& step = cores_[core].pending;
            choice.lulled[core] = step.kind == Step::Kind::Load
                                      ? static_cast<Stamp>(memory_.newest(step.location) + 1)
                                      : kAsleep;
        }
    }
    bool const goes_on = has(choice.allowed, last_core_);
    if (goes_on && limits_.preemptions && preemptions_ >= *limits_.preemptions) {
        choice.allowed = only(last_core_);
    }
    choice.chosen = static_cast<std::uint8_t>(
        goes_on ? last_core_ : static_cast<unsigned>(std::countr_zero(choice.allowed)));
    choice.wanted = is_reducing() ? only(choice.chosen) : choice.allowed;
    return choice;
}

/// The fiber whose turn it is now; that of main() if there is none.
unsigned Engine::next() {
    Choice const fresh = options();
    if (fresh.allowed == 0) {
        return why_none(fresh.can_run);
    }
    if (++steps_ > kMostSteps) {
        finding_ = "it does not end";
        ending_ = Ending::Failed;
        return Fibers::kMain;
    }
    Choice const& choice = choices_.core(fresh);
    choice_ = choices_.size() - 1;
    if (is_reducing()) {
        for (unsigned core = 0; core < limits_.cores; ++core) {
            if (has(choice.tried, core)) {
                asleep_[core] = choice.lulled[core];
            }
        }
    }
    if (choice.chosen != last_core_ && has(choice.can_run, last_core_)) {
        ++preemptions_;
    }
    last_core_ = choice.chosen;
    return last_core_;
}

unsigned Engine::why_none(CoreSet can_run) {
    ending_ = can_run != 0 ? Ending::Cut : Ending::Whole;
    for (unsigned core = 0; core < limits_.cores && can_run == 0; ++core) {
        if (!cores_[core].has_ended) {
            finding_ = "deadlock: core " + std::to_string(core) + " waits for ever";
            ending_ = Ending::Failed;
            break;
        }
    }
    return Fibers::kMain;
}

/// Comes back when it is this core's turn to do `step`.
void Engine::take_turn(Step step) {
    unsigned const self = core();
    cores_[self].pending = step;
    if (is_starting_) {
        fibers_.switch_to(Fibers::kMain);
    } else if (unsigned const first = next(); first != self) {
        fibers_.switch_to(first);
    }
}

/// This core's step is over.
void Engine::done(Dependencies::Done what) {
    if (!is_reducing()) {
        return;
    }
    unsigned const self = core();
    what.choice = choice_;
    Step const& step = cores_[self].pending;
    for (Dependencies::Race const& race : dependencies_.add(self, step, what)) {
        if (race.first != 0) {
            choices_.want(race.choice, race.first);
        }
    }
    asleep_[self] = 0;
    for (unsigned other = 0; other < limits_.cores; ++other) {
        if (other != self && effect(step, cores_[other].pending) == Effect::Conflict) {
            asleep_[other] = 0;
        }
    }
}

void Engine::be_interrupted() {
    unsigned const self = core();
    if (interrupts_ == 0 || self != limits_.interrupted || cores_[self].masks != 0 ||
        choices_.value(2) == 0) {
        return;
    }
    --interrupts_;
    note("interrupted", {begin_, 0}, 0);
    ++cores_[self].masks;
    scenario_.interrupt(scenario_.state);
    --cores_[self].masks;
}

void Engine::mask() {
    if (is_running_) {
        be_interrupted();
        ++cores_[core()].masks;
    }
}

void Engine::unmask() {
    if (is_running_) {
        --cores_[core()].masks;
        be_interrupted();
    }
}

/// The location of what somebody waits for.
std::uint8_t Engine::awaited_location(void const* word) {
    if (!is_running_) {
        fail("nobody else is there to wait for");
    }
    be_interrupted();
    std::uint8_t& users = users_[offset(word)];
    if (users != kShared) {
        users = kShared;  // Somebody else must write it, or it is a deadlock.
        end(Ending::MoreShared);
    }
    return location({word, kAwaitedBytes});
}

void Engine::wait(Place place, Stamp awaited) {
    unsigned const self = core();
    std::uint8_t const number = location(place);
    note("waits for", place, awaited);
    take_turn({.kind = Step::Kind::Wait, .location = number, .awaited = awaited});
    memory_.notice(self, number, awaited);
    done({.read = awaited});
}

void Engine::wait_for_news(void const* word) {
    std::uint8_t const number = awaited_location(word);
    Stamp const seen = memory_.oldest(core(), number, std::memory_order_relaxed);
    wait({word, kAwaitedBytes}, static_cast<Stamp>(seen + 1));
}

void Engine::wait_for_count(void const* word, std::uint32_t count) {
    if (is_running_) {
        std::uint8_t const number = awaited_location(word);
        wait({word, kAwaitedBytes}, static_cast<Stamp>(count - memory_.value(number, 0)));
    }
}

// --- What is found -------------------------------------------------------------------------------

std::string Engine::name(void const* address) const {
    std::string text{"+"};
    return text += std::to_string(offset(address));
}

void Engine::note(char const* what, Place place, std::uint64_t value) {
    if (trace_ == nullptr) {
        return;
    }
    std::string text{"core "};
    text += std::to_string(core());
    text += ' ';
    text += what;
    if (place.bytes != 0) {
        text += ' ' + name(place.address) + ": " + std::to_string(value);
    }
    trace_->push_back(text);
}

}  // namespace concurrency
