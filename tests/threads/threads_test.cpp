// SPDX-License-Identifier: MIT
//
// threads_test THREADS OPERATIONS
//
// Threads take and give back blocks of one allocator, each others' too, under ThreadSanitizer. Each
// keeps some for itself, and stamps what it has, with plain writes: a frame that two have is a
// race, and the stamp is wrong.
// Exit status 0 if all is as it was in the end; ThreadSanitizer has a status of its own.

#include "kernel/lock.hpp"
#include "kernel/mm/buddy_allocator.hpp"
#include "kernel/mm/cached_buddies.hpp"
#include "kernel/mm/frame.hpp"
#include "kernel/mm/order.hpp"
#include "kernel/mm/shared_buddies.hpp"
#include "kernel/mm/trial/random.hpp"
#include "kernel/require.hpp"
#include "kernel/result.hpp"
#include "kernel/test_and_set_lock.hpp"

#include "tests/support/thread_machine.hpp"
#include "tests/threads/thread_cores.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <charconv>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

namespace kernel {

void broken_promise(char const* promise, char const* file, int line) {
    std::printf("FAILED: broken promise: %s (%s:%d)\n", promise, file, line);
    std::_Exit(1);
}

}  // namespace kernel

namespace {

using test::ThreadMachine;

constexpr std::uint64_t kFrames = 6144;  ///< 24 MiB: now and then none is left.
constexpr std::uint64_t kHeld = 256;     ///< Blocks that a thread has at most.
constexpr mm::FrameRange kSpan{mm::FrameNumber{0}, mm::FrameNumber{kFrames}};

/// What all threads share.
struct Shared {
    explicit Shared(std::uint64_t threads) : caches(threads), running{threads} {}

    kernel::TestAndSetLock<ThreadMachine> lock{"the frames", kernel::LockRank::Frames};
    kernel::TestAndSetLock<ThreadMachine> watch{"the watch", kernel::LockRank::Watch};
    std::vector<std::uint64_t> metadata =
        std::vector<std::uint64_t>(mm::BuddyAllocator::metadata_words(kSpan));
    mm::BuddyAllocator buddies{kSpan, metadata};
    std::vector<mm::CoreCache> caches;
    std::vector<std::uint64_t> loans =
        std::vector<std::uint64_t>(mm::CachedBuddies::metadata_words(kSpan, caches.size()));
    test::ThreadCores cores;
    mm::SharedBuddies shared{
        buddies, caches, loans, {lock, watch, cores}
    };
    std::vector<std::uint64_t> stamps = std::vector<std::uint64_t>(kFrames);
    /// Blocks on their way from one thread to another; 0 is none.
    std::array<std::atomic<std::uint64_t>, 64> passed{};
    std::atomic<std::uint64_t> running;  ///< Threads that still allocate.

    kernel::Result<mm::Block> allocate(mm::Order order) {
        auto const block = shared.allocate(order);
        test::ThreadCores::go_on();
        return block;
    }
    kernel::Result<void> free(mm::Block block) { return shared.free(block.first, block.order); }
    void drain() {
        mm::CachesClosed const closed{&shared};
        test::ThreadCores::go_on();
    }
};

// A block as a word that is not 0, and back.
std::uint64_t word_of(mm::Block block) {
    return (block.first.raw() << 4 | block.order.value()) + 1;
}
mm::Block block_of(std::uint64_t word) {
    return {mm::FrameNumber{(word - 1) >> 4}, mm::Order::of(static_cast<unsigned>(word - 1) % 16)};
}

class Worker {
public:
    Worker(Shared& shared, unsigned number, std::uint64_t operations)
        : shared_{shared}, number_{number}, operations_{operations}, random_{number} {}

    void run() {
        ThreadMachine::number = number_;
        while (done_ < operations_) {
            std::uint64_t const what = random_.below(16);
            if (what == 0) {
                shared_.shared.answer();
            }
            if (done_ % kBetweenDrains == 0) {
                shared_.drain();
            }
            if (held_.empty() || (what < 8 && held_.size() < kHeld)) {
                take();
            } else if (what < 14) {
                give(take_out());
            } else {
                pass(take_out());
            }
        }
        while (!held_.empty()) {
            give(take_out());
        }
        --shared_.running;
        while (shared_.running != 0) {
            shared_.shared.answer();
            std::this_thread::yield();
        }
    }

    std::uint64_t done() const { return done_; }
    std::uint64_t refused() const { return refused_; }
    std::uint64_t passed() const { return passed_; }

private:
    static constexpr std::uint64_t kNewest = 8;
    static constexpr std::uint64_t kBetweenDrains = 10'000;
    static constexpr std::uint64_t kNobody = 0;
    static constexpr std::uint64_t kOnItsWay = ~std::uint64_t{0};

    std::uint64_t my_stamp() const { return number_ + 1U; }

    void take() {
        auto const block = shared_.allocate(next_order());
        ++done_;
        if (!block) {
            ++refused_;
            return;
        }
        stamp(*block, kNobody, my_stamp());
        held_.push_back(*block);
    }

    /// The smaller the more often: orders that cores hand out, now and then any.
    mm::Order next_order() {
        if (random_.below(64) == 0) {
            return mm::Order::of(static_cast<unsigned>(random_.below(mm::Order::kMax)));
        }
        return mm::Order::of(static_cast<unsigned>(std::countr_zero(random_.below(32) | 32)));
    }

    void give(mm::Block block) {
        stamp(block, my_stamp(), kNobody);
        kernel::require(static_cast<bool>(shared_.free(block)), "what was taken is given back");
        ++done_;
    }

    /// Puts a block where others find it, and has what was there.
    void pass(mm::Block block) {
        stamp(block, my_stamp(), kOnItsWay);
        auto& place = shared_.passed[random_.below(shared_.passed.size())];
        if (auto const other = place.exchange(word_of(block), std::memory_order_acq_rel)) {
            mm::Block const mine = block_of(other);
            stamp(mine, kOnItsWay, my_stamp());
            held_.push_back(mine);
            ++passed_;
        }
    }

    /// Mostly one of the newest, which come home without a lock.
    mm::Block take_out() {
        std::uint64_t const size = held_.size();
        std::uint64_t const among = random_.below(4) == 0 ? size : std::min(size, kNewest);
        std::uint64_t const index = size - 1 - random_.below(among);
        mm::Block const block = held_[index];
        held_[index] = held_.back();
        held_.pop_back();
        return block;
    }

    void stamp(mm::Block block, std::uint64_t before, std::uint64_t after) {
        for (std::uint64_t frame = block.first.raw(); frame < block.range().end.raw(); ++frame) {
            kernel::require(shared_.stamps[frame] == before, "nobody else has this frame");
            shared_.stamps[frame] = after;
        }
    }

    Shared& shared_;
    unsigned number_;
    std::uint64_t operations_;
    mm::Random random_;
    std::vector<mm::Block> held_;
    std::uint64_t done_ = 0;
    std::uint64_t refused_ = 0;
    std::uint64_t passed_ = 0;
};

/// True if nothing is lost: what is on its way has been given back, and all is free again.
bool is_whole(Shared& shared) {
    for (auto const& each : shared.passed) {
        std::uint64_t const word = each.load(std::memory_order_relaxed);
        if (word != 0 && !shared.free(block_of(word))) {
            return false;
        }
    }
    if (!shared.shared.cached().verify()) {
        return false;
    }
    for (unsigned core = 0; core < shared.caches.size(); ++core) {
        ThreadMachine::number = core;
        shared.shared.drain_mine();
    }
    return shared.buddies.verify() && shared.buddies.lent_runs() == 0 &&
           shared.buddies.free_frames_count() == kFrames && shared.buddies.allocated_blocks() == 0;
}

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional{value}
                                                                    : std::nullopt;
}

}  // namespace

int main(int argc, char** argv) {
    auto const threads = number(argc == 3 ? argv[1] : "");
    auto const operations = number(argc == 3 ? argv[2] : "");
    if (!threads || !operations || *threads == 0) {
        std::puts("usage: threads_test THREADS OPERATIONS");
        return 2;
    }
    Shared shared{*threads};
    kernel::require(static_cast<bool>(shared.buddies.release(kSpan)), "there is RAM");

    std::vector<Worker> workers;
    for (unsigned index = 0; index < *threads; ++index) {
        workers.emplace_back(shared, index, *operations / *threads);
    }
    std::vector<std::thread> running;
    running.reserve(*threads);
    for (Worker& worker : workers) {
        running.emplace_back([&worker] { worker.run(); });
    }
    std::uint64_t done = 0;
    std::uint64_t refused = 0;
    std::uint64_t passed = 0;
    for (unsigned index = 0; index < *threads; ++index) {
        running[index].join();
        done += workers[index].done();
        refused += workers[index].refused();
        passed += workers[index].passed();
    }
    bool const is_as_before = is_whole(shared);
    std::printf("threads_test: %" PRIu64 " threads, %" PRIu64 " operations, %" PRIu64
                " refused, %" PRIu64 " blocks passed on: %s\n",
                *threads, done, refused, passed, is_as_before ? "all is as before" : "FAILED");
    return is_as_before ? 0 : 1;
}
