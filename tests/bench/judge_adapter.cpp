// SPDX-License-Identifier: MIT
//
// The kernel's frame allocator for another benchmark, whose interface the seven functions below
// are: a second opinion on what ours measures (docs/performance.md says how to run it). Nothing
// else uses this file. BENCH_ROW chooses another row.
#include "kernel/mm/cached_buddies.cpp"  // NOLINT(bugprone-suspicious-include): one file is built.
#include "shell/rows/beryl.hpp"
#include "shell/rows/cached.hpp"

#include "tests/bench/kernel_lock.hpp"
#include "tests/bench/like_masked.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

#ifndef BENCH_ROW
#define BENCH_ROW bench::Cached<bench::LikeMasked>
#endif

// Of the other benchmark: zeroes, until the next ad_init.
extern "C" void* hx_meta(std::size_t bytes);

namespace {

using Allocator = BENCH_ROW;

constexpr unsigned kSharedFlag = 2;  ///< Several threads may call it.

std::array<bench::Core, bench::kMostCores> cores;
bench::KernelLock lock{"the frames", kernel::LockRank::Frames};
std::size_t metadata_bytes = 0;

}  // namespace

namespace kernel {

void broken_promise(char const*, char const*, int) { __builtin_trap(); }

}  // namespace kernel

extern "C" {

extern char const ad_name[];
extern unsigned const ad_flags;
extern unsigned const ad_max_order;
extern std::size_t const ad_min_bytes;
int ad_init(void* base, std::size_t bytes, unsigned threads);
void ad_thread(unsigned number);
void* ad_alloc(unsigned order);
void ad_free(void* block, unsigned order);
void ad_drain();
std::size_t ad_meta_bytes();

char const ad_name[] = "beryl";
unsigned const ad_flags = Allocator::kIsShared ? kSharedFlag : 0;
unsigned const ad_max_order = Allocator::kLargestOrder;
std::size_t const ad_min_bytes = 0;

int ad_init(void* base, std::size_t bytes, unsigned threads) {
    mm::FrameNumber const first{reinterpret_cast<std::uintptr_t>(base) >> mm::kFrameShift};
    mm::FrameRange const frames{first, first + (bytes >> mm::kFrameShift)};
    std::uint64_t const words = Allocator::metadata_words(frames);
    metadata_bytes =
        words * sizeof(std::uint64_t) + Allocator::kOwnBytes + threads * Allocator::kBytesPerCore;
    auto* const metadata = static_cast<std::uint64_t*>(hx_meta(words * sizeof(std::uint64_t)));
    for (unsigned i = 0; i < cores.size(); ++i) {
        cores[i] = bench::Core{};
        cores[i].number = i;
    }
    Allocator::begin({
        frames, {metadata, words},
         threads, &lock
    });
    return 0;
}

void ad_thread(unsigned number) {
    bench::become(&cores[number]);
    Allocator::become_core(number);
}

// All that a cache does is inlined.
[[gnu::flatten]] void* ad_alloc(unsigned order) {
    return reinterpret_cast<void*>(Allocator::allocate(order) << mm::kFrameShift);
}

[[gnu::flatten]] void ad_free(void* block, unsigned order) {
    Allocator::free(reinterpret_cast<std::uintptr_t>(block) >> mm::kFrameShift, order);
}

void ad_drain() { Allocator::drain(); }

std::size_t ad_meta_bytes() { return metadata_bytes; }

}  // extern "C"
