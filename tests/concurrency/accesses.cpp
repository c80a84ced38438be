// SPDX-License-Identifier: MIT
//
// What may be done to memory, and what is a finding.

#include "tests/concurrency/cases.hpp"
#include "tests/concurrency/session.hpp"

#include <array>
#include <atomic>
#include <cstdint>

namespace concurrency {

namespace {

using Word = std::atomic<std::uint32_t>;

/// Nobody writes what it waits for.
struct WaitsForEver {
    Word word{0};

    void core(unsigned number) {
        if (number == 0) {
            wait_for_news(&word);
        }
    }
};

/// An old value is no reason to wait: the news is there already.
struct WaitsForNews {
    Word x{0};
    std::uint32_t goes_on = 0;

    void core(unsigned number) {
        if (number == 0) {
            x.store(1, std::memory_order_release);
            return;
        }
        while (x.load(std::memory_order_acquire) == 0) {
            wait_for_news(&x);
        }
        goes_on = 1;
    }
    std::uint64_t outcome() const { return goes_on; }
};

/// Two plain bytes of one word are two places.
struct Neighbours {
    std::array<std::uint8_t, 8> bytes{};

    void core(unsigned number) { bytes[number] = 1; }
};

struct WordAndByte {
    std::uint64_t word = 0;

    void core(unsigned number) {
        if (number == 0) {
            word = 1;
        } else {
            reinterpret_cast<std::uint8_t*>(&word)[7] = 1;
        }
    }
};

struct PlainAndAtomic {
    std::uint32_t word = 0;

    void core(unsigned number) {
        if (number == 0) {
            word = 1;
        } else {
            std::atomic_ref{word}.store(2, std::memory_order_relaxed);
        }
    }
};

/// A word that core 0 has for itself at first, and behind a flag: `kTells` says whether it waits
/// for that.
template <bool kTells>
struct AtomicForAWhile {
    std::uint64_t word = 0;
    Word flag{0};
    std::uint64_t seen = 0;

    void core(unsigned number) {
        if (number == 1) {
            std::atomic_ref{word}.store(2, std::memory_order_relaxed);
            flag.store(1, std::memory_order_release);
            return;
        }
        static_cast<void>(std::atomic_ref{word}.load(std::memory_order_relaxed));
        if (flag.load(kTells ? std::memory_order_acquire : std::memory_order_relaxed) == 1) {
            word = word + 1;
            seen = std::atomic_ref{word}.load(std::memory_order_relaxed);
        }
    }
    std::uint64_t outcome() const { return seen; }
};

std::uint32_t volatile outside = 0;

struct WritesElsewhere {
    void core(unsigned number) {
        if (number == 1) {
            outside = 1;
        }
    }
};

}  // namespace

bool accesses() {
    Session session;
    session.holds<Neighbours>("two bytes of a word");
    session.finds<WordAndByte>("a byte of a word", "data race");
    session.finds<PlainAndAtomic>("a word that is atomic for one", "data race");
    session.gives<AtomicForAWhile<true>>("a word that is atomic for a while", {
                                                                                  {0, 2},
                                                                                  {3, 2}
    });
    session.finds<AtomicForAWhile<false>>("a word that is plain too early", "data race");
    session.finds<WritesElsewhere>("a global variable", "outside the scenario");
    session.finds<WaitsForEver>("a wait for nobody", "deadlock");
    session.gives<WaitsForNews>("a wait for news", {
                                                       {1, 2}
    });
    return session.end();
}

}  // namespace concurrency
