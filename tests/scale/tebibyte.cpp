// SPDX-License-Identifier: MIT
//
// tebibyte [--seed S] [--operations N]
//
// One zone of 1 TiB with a hole of 64 GiB, and nothing behind its frames: what a board would have
// that nobody builds. Random calls are compared with a list of who has what; in the end all is
// whole again. Exit status 0 only if all agreed.
#include "kernel/mm/trial/random.hpp"
#include "kernel/mm/zone.hpp"
#include "kernel/units.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <map>
#include <string_view>
#include <sys/mman.h>
#include <vector>

namespace {

using mm::FrameNumber;
using mm::FrameRange;
using mm::Order;

[[noreturn]] void fail(char const* what) {
    std::printf("tebibyte: %s: FAILED\n", what);
    std::exit(1);
}

void expect(bool holds, char const* what) {
    if (!holds) {
        fail(what);
    }
}

constexpr FrameRange between(std::uint64_t begin_gibibytes, std::uint64_t end_gibibytes) {
    constexpr std::uint64_t kFrames = kernel::kGiB / mm::kFrameBytes;
    return {FrameNumber{begin_gibibytes * kFrames}, FrameNumber{end_gibibytes * kFrames}};
}

constexpr FrameRange kSpan = between(1, 1025);
constexpr std::array kRam{between(1, 512), between(576, 1025)};
constexpr std::uint64_t kFrames = kRam[0].count() + kRam[1].count();

/// Words that take no memory before somebody writes to them.
std::span<std::uint64_t> unwritten(std::uint64_t words) {
    void* const memory = mmap(nullptr, words * sizeof(std::uint64_t), PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    expect(memory != MAP_FAILED, "the host has addresses for the metadata");
    return {static_cast<std::uint64_t*>(memory), words};
}

class Ledger {
public:
    void add(FrameRange range) {
        expect(kRam[0].contains(range) || kRam[1].contains(range), "what is given is RAM");
        auto const [place, is_new] = held_.emplace(range.first.raw(), range);
        auto const next = std::next(place);
        bool const is_apart = (next == held_.end() || !next->second.overlaps(range)) &&
                              (place == held_.begin() || !std::prev(place)->second.overlaps(range));
        expect(is_new && is_apart, "what is given nobody else has");
        order_.push_back(range);
        frames_ += range.count();
    }
    FrameRange take(mm::Random& random) {
        std::swap(order_[random.below(order_.size())], order_.back());
        FrameRange const range = order_.back();
        order_.pop_back();
        held_.erase(range.first.raw());
        frames_ -= range.count();
        return range;
    }
    bool empty() const { return order_.empty(); }
    std::uint64_t frames() const { return frames_; }

private:
    std::map<std::uint64_t, FrameRange> held_;
    std::vector<FrameRange> order_;
    std::uint64_t frames_ = 0;
};

/// 2 MiB at that place, which is free: taken, given back, and not given back twice.
void take_and_give_back(mm::Zone& zone, FrameNumber first) {
    FrameRange const range{first, first + 512};
    expect(static_cast<bool>(zone.allocate_range(range)), "2 MiB can be taken at either end");
    expect(static_cast<bool>(zone.free_frames(range)), "and given back");
    expect(zone.free_frames(range).error() == kernel::Error::AlreadyFree, "once");
}

/// Frames of some kind that a caller may want; often more than there are in a block.
kernel::Result<FrameRange> ask(mm::Zone& zone, mm::Random& random) {
    switch (random.below(4)) {
        case 0: return zone.allocate_frames(1 + random.below(5000));
        case 1: {
            FrameNumber const limit = between(0, 2 + random.below(1024)).end;
            auto const range = zone.allocate_frames(512, 512, limit);
            expect(!range || range->end <= limit, "what is to lie low does");
            return range ? range : kernel::Error::NotFree;  // All below may be taken.
        }
        case 2: {
            FrameNumber const first =
                kRam[random.below(2)].first + random.below(kRam[0].count() / 2);
            FrameRange const range{first, first + 1 + random.below(64)};
            auto const outcome = zone.allocate_range(range);
            return outcome ? kernel::Result{range} : outcome.error();
        }
        default: return zone.allocate(Order::of(static_cast<unsigned>(random.below(11))));
    }
}

void compare(mm::Zone& zone, mm::Random& random, std::uint64_t operations) {
    Ledger held;
    for (std::uint64_t operation = 0; operation < operations; ++operation) {
        // Up to half of it is held, so that there is always some.
        unsigned const frees = held.frames() < kFrames / 2 ? 4 : 7;
        if (!held.empty() && random.below(10) < frees) {
            expect(static_cast<bool>(zone.free_frames(held.take(random))),
                   "what one has comes back");
        } else if (auto const range = ask(zone, random)) {
            held.add(*range);
        } else {
            expect(range.error() == kernel::Error::NotFree, "of 1 TiB there is always some");
        }
        expect(zone.buddies().free_frames_count() == kFrames - held.frames(), "counts agree");
    }
    expect(static_cast<bool>(zone.verify()), "every invariant holds");
    while (!held.empty()) {
        expect(static_cast<bool>(zone.free_frames(held.take(random))), "what one has comes back");
    }
}

std::uint64_t number_after(std::string_view name, int argc, char** argv, std::uint64_t otherwise) {
    for (int index = 1; index + 1 < argc; index += 2) {
        if (argv[index] == name) {
            std::string_view const text = argv[index + 1];
            std::from_chars(text.data(), text.data() + text.size(), otherwise);
        }
    }
    return otherwise;
}

}  // namespace

namespace kernel {

void broken_promise(char const* promise, char const*, int) { fail(promise); }

}  // namespace kernel

int main(int argc, char** argv) {
    mm::Random random{number_after("--seed", argc, argv, 1)};
    std::uint64_t const operations = number_after("--operations", argc, argv, 200'000);
    auto const metadata = unwritten(mm::BuddyAllocator::metadata_words(kSpan));
    auto const start = std::chrono::steady_clock::now();
    mm::Zone zone{"late", kSpan, kRam, metadata};
    for (FrameRange const range : kRam) {
        expect(static_cast<bool>(zone.buddies().release(range)), "all RAM is released");
    }
    std::chrono::duration<double, std::milli> const setup =
        std::chrono::steady_clock::now() - start;
    auto const whole = zone.statistics();
    expect(whole.frames == kFrames && whole.free == kFrames && whole.reserved == 0 &&
               whole.free_blocks[Order::kMax] == kFrames >> Order::kMax,
           "all of it is free, in blocks of 4 MiB");

    take_and_give_back(zone, kSpan.first);
    take_and_give_back(zone, FrameNumber{kSpan.end.raw() - 512});
    compare(zone, random, operations);

    auto const after = zone.statistics();
    expect(after.free == kFrames && after.free_blocks == whole.free_blocks, "all is whole again");
    expect(static_cast<bool>(zone.verify()), "every invariant holds");
    std::printf("960 GiB in 1 TiB: %.1f MiB of metadata, set up in %.1f ms, %" PRIu64
                " operations: all agreed\n",
                static_cast<double>(metadata.size_bytes()) / kernel::kMiB, setup.count(),
                operations);
    return 0;
}
