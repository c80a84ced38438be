// SPDX-License-Identifier: MIT
#include "kernel/clock.hpp"
#include "kernel/fixed_list.hpp"
#include "kernel/mm/health/memory_test.hpp"
#include "kernel/mm/health/retired_frames.hpp"
#include "shell/frames/frame_words.hpp"
#include "shell/handlers.hpp"
#include "shell/machine.hpp"
#include "shell/numbers.hpp"

#include <algorithm>

namespace shell {
namespace {

using kernel::Result;
using mm::FrameRange;
using mm::Retirement;

constexpr std::uint64_t kSecond = 1'000'000;

// Free frames that are taken for the time of one test.
using Ranges = kernel::FixedList<FrameRange, 64>;

// Notes the frames of bad words, and names each of them once.
class BadFrames final : public mm::BadWords {
public:
    explicit BadFrames(Call& call) : call_{call} {}

    void found(kernel::PhysAddr word, std::uint64_t wrong) override {
        mm::RetiredFrames& retired = call_.machine.retired;
        auto const frame = mm::FrameNumber::containing(word);
        has_no_room_ = has_no_room_ || (retired.is_full() && !retired.find(frame));
        if (retired.add(frame, Retirement::MemoryTest)) {
            ++count_;
            kernel::print(call_.out, "\rbits 0x{:016x} of {} are bad: frame {} is retired\n", wrong,
                          word, frame.address());
        }
    }

    std::uint64_t count() const { return count_; }
    bool has_no_room() const { return has_no_room_; }

private:
    Call& call_;
    std::uint64_t count_ = 0;
    bool has_no_room_ = false;
};

// Which frames a word means. Of a range: those that lie in it with at least one byte.
Result<FrameRange> frames_of(Call& call) {
    if (call.arguments.empty()) {
        return FrameRange{mm::FrameNumber{0}, mm::FrameNumber{mm::FrameNumber::kLimit}};
    }
    std::string_view const word = call.arguments.front();
    if (auto const zone = zone_named(word)) {
        return call.machine.frames.zone(*zone).span();
    }
    auto const range = parse_range(word);
    if (!range) {
        return range.error();
    }
    auto const frame_of = [](std::uint64_t address) {
        return mm::FrameNumber::containing(kernel::PhysAddr{address});
    };
    return FrameRange{frame_of(range->first), frame_of(range->last) + 1};
}

// Takes the free frames from `at` on, as many as the list has room for. Gives where it stopped.
mm::FrameNumber take_free(mm::Zone& zone, FrameRange within, Ranges& ranges) {
    mm::FrameNumber at = within.first;
    auto const end_of = [&](mm::FrameNumber frame) {
        return std::min(zone.buddies().inspect(frame).block.range().end, within.end);
    };
    auto const is_free = [&](mm::FrameNumber frame) {
        return zone.buddies().inspect(frame).kind == mm::FrameKind::Free;
    };
    while (at < within.end && !ranges.full()) {
        mm::FrameNumber end = end_of(at);
        if (is_free(at)) {
            while (end < within.end && is_free(end)) {
                end = end_of(end);
            }
            auto const taken = zone.allocate_range({at, end});
            if (!taken && taken.error() == kernel::Error::Reserved) {
                continue;  // Poison has just retired one of them.
            }
            if (taken) {
                (void)ranges.push_back({at, end});
            }
        }
        at = end;
    }
    return at;
}

// Gives back what take_free() took, all but the bad frames. With no room to note those: nothing.
void give_back(Call& call, mm::Zone& zone, Ranges const& ranges, bool keeps_all) {
    for (FrameRange const range : ranges) {
        bool is_done{zone.free_frames(range, {.name = "memtest"})};
        mm::FrameNumber at = keeps_all ? range.end : range.first;
        while (auto const bad = call.machine.retired.next(at)) {
            FrameRange const frames{bad->frames.first, std::min(bad->frames.end, range.end)};
            if (frames.empty()) {
                break;
            }
            is_done = zone.buddies().reserve(frames) && is_done;
            at = frames.end;
        }
        is_done = (!keeps_all || zone.buddies().reserve(range)) && is_done;
        kernel::require(is_done, "frames that were taken can be given back and reserved");
    }
}

// One `memtest`: what it has found and how far it is.
class MemTest {
public:
    explicit MemTest(Call& call) : call_{call}, bad_{call}, shown_at_{now()} {}

    // Tests the free frames of `zone` that are in `within`.
    Outcome test(mm::Zone& zone, FrameRange within);

    BadFrames const& bad() const { return bad_; }
    std::uint64_t frames() const { return frames_; }
    bool has_shown() const { return has_shown_; }

private:
    std::uint64_t now() const { return call_.machine.clock.microseconds(); }
    void show(mm::MemoryTest const& test, std::uint64_t start);

    Call& call_;
    BadFrames bad_;
    std::uint64_t shown_at_;
    bool has_shown_ = false;
    std::uint64_t frames_ = 0;
};

void MemTest::show(mm::MemoryTest const& test, std::uint64_t start) {
    if (now() - shown_at_ < kSecond) {
        return;
    }
    shown_at_ = now();
    has_shown_ = true;
    std::uint64_t const done = test.done();
    std::uint64_t const left = (shown_at_ - start) * (test.total() - done) / done / kSecond;
    kernel::print(call_.out, "\r{:>3} % of {}, about {} s left   ", done * 100 / test.total(),
                  kernel::Size{test.frames() * mm::kFrameBytes}, left);
}

Outcome MemTest::test(mm::Zone& zone, FrameRange within) {
    FrameRange rest{std::max(within.first, zone.span().first),
                    std::min(within.end, zone.span().end)};
    Outcome outcome = Outcome::Success;
    while (!rest.empty() && outcome == Outcome::Success) {
        Ranges ranges;
        rest.first = take_free(zone, rest, ranges);
        mm::MemoryTest test{call_.machine.contents, ranges.items(), bad_};
        std::uint64_t const start = now();
        while (outcome == Outcome::Success && !bad_.has_no_room() && test.step()) {
            show(test, start);
            outcome = is_interrupted(call_) ? Outcome::Interrupted : outcome;
        }
        frames_ += test.frames();
        give_back(call_, zone, ranges, bad_.has_no_room());
        outcome = bad_.has_no_room() ? Outcome::Failure : outcome;
    }
    return outcome;
}

// All that memtest has ever found, as the next boot can be told.
void print_bad_ram(Call& call) {
    mm::FrameNumber at{0};
    std::string_view before = "badram=";
    while (auto const bad = call.machine.retired.next(at)) {
        at = bad->frames.end;
        if (bad->why != Retirement::MemoryTest) {
            continue;
        }
        kernel::print(call.out, "{}{}", before, bad->frames.first.address());
        if (bad->frames.count() != 1) {
            kernel::print(call.out, "-{}", last_byte(bad->frames));
        }
        before = ",";
    }
    call.out.write("\n");
}

}  // namespace

Outcome memtest(Call& call) {
    mm::AllCachesClosed const closed{call.machine.frames};
    auto const frames = frames_of(call);
    if (!frames) {
        return fail(call, call.arguments.front(), frames.error(),
                    "early, late, or a range like 0x08000000..0x080fffff");
    }
    std::uint64_t const start = call.machine.clock.microseconds();
    MemTest run{call};
    Outcome outcome = Outcome::Success;
    for (mm::ZoneId const id : kZones) {
        if (outcome == Outcome::Success) {
            outcome = run.test(call.machine.frames.zone(id), *frames);
        }
    }
    if (run.frames() == 0) {
        std::string_view const word = call.arguments.empty() ? "memtest" : call.arguments.front();
        return fail(call, word, "no frame there is free, and only those are tested");
    }
    if (run.has_shown()) {
        call.out.write("\n");
    }
    std::uint64_t const tenths = (call.machine.clock.microseconds() - start) / (kSecond / 10);
    kernel::print(call.out, "{} tested{} in {}.{} s: {} bad frames\n",
                  kernel::Size{run.frames() * mm::kFrameBytes},
                  std::string_view{outcome == Outcome::Success ? "" : " in part"}, tenths / 10,
                  tenths % 10, run.bad().count());
    if (run.bad().count() != 0) {
        call.out.write("for the next boot: ");
        print_bad_ram(call);
    }
    if (run.bad().has_no_room()) {
        return fail(call, "memtest", "more frames are bad than can be listed",
                    "all that were under test stay reserved");
    }
    if (outcome == Outcome::Interrupted) {
        return interrupted(call);
    }
    return run.bad().count() == 0
               ? outcome
               : fail(call, "memtest", "this RAM does not keep what is written to it");
}

}  // namespace shell
