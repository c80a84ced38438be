// SPDX-License-Identifier: MIT
//
// The classic small programs of memory models (Alglave, Maranget, Tautschnig, Herding cats, TOPLAS
// 2014), with what C++20 lets come of each. Where nothing is left out, the number of executions is
// that of all interleavings and values; else each outcome comes once.

#include "tests/concurrency/cases.hpp"
#include "tests/concurrency/session.hpp"

#include <array>
#include <atomic>
#include <cstdint>

namespace concurrency {

namespace {

using std::memory_order;
using Word = std::atomic<std::uint32_t>;

constexpr memory_order kRelaxed = memory_order::relaxed;
constexpr memory_order kAcquire = memory_order::acquire;
constexpr memory_order kRelease = memory_order::release;
constexpr memory_order kBoth = memory_order::acq_rel;
constexpr memory_order kSequential = memory_order::seq_cst;

/// Two words, and what was loaded from them.
struct TwoWords {
    Word x{0};
    Word y{0};
    std::array<std::uint32_t, 4> loaded{};

    /// A decimal digit for each load.
    std::uint64_t outcome() const {
        std::uint64_t digits = 0;
        for (std::uint32_t const each : loaded) {
            digits = digits * 10 + each;
        }
        return digits;
    }
};

/// Plain data, and a flag that says that it is there.
template <memory_order kStore, memory_order kLoad>
struct MessagePassing {
    std::uint32_t data = 0;
    Word flag{0};
    std::uint32_t seen = 9;

    void core(unsigned number) {
        if (number == 0) {
            data = 1;
            flag.store(1, kStore);
        } else if (flag.load(kLoad) == 1) {
            seen = data;
        }
    }
    std::uint64_t outcome() const { return seen; }
};

/// The same with relaxed accesses and fences.
template <memory_order kStore, memory_order kLoad>
struct FencedMessagePassing {
    std::uint32_t data = 0;
    Word flag{0};
    std::uint32_t seen = 9;

    void core(unsigned number) {
        if (number == 0) {
            data = 1;
            std::atomic_thread_fence(kStore);
            flag.store(1, kRelaxed);
        } else if (flag.load(kRelaxed) == 1) {
            std::atomic_thread_fence(kLoad);
            seen = data;
        }
    }
    std::uint64_t outcome() const { return seen; }
};

/// The same with atomic data.
template <memory_order kStore, memory_order kLoad>
struct AtomicMessagePassing : TwoWords {
    void core(unsigned number) {
        if (number == 0) {
            x.store(1, kRelaxed);
            y.store(1, kStore);
        } else {
            loaded[2] = y.load(kLoad);
            loaded[3] = x.load(kRelaxed);
        }
    }
};

/// A release sequence: who acquires from the second write has acquired from the first, if the
/// second is a read-modify-write.
template <bool kModifies>
struct ReleaseSequence {
    std::uint32_t data = 0;
    Word flag{0};
    std::uint32_t seen = 9;

    void core(unsigned number) {
        if (number == 0) {
            data = 1;
            flag.store(1, kRelease);
            if (!kModifies) {
                flag.store(2, kRelaxed);
            }
        } else if (number == 1 && kModifies) {
            std::uint32_t expected = 1;
            flag.compare_exchange_strong(expected, 2, kRelaxed, kRelaxed);
        } else if (flag.load(kAcquire) == 2) {
            seen = data;
        }
    }
    std::uint64_t outcome() const { return seen; }
};

template <memory_order kStore, memory_order kLoad>
struct StoreBuffering : TwoWords {
    void core(unsigned number) {
        (number == 0 ? x : y).store(1, kStore);
        loaded[2 + number] = (number == 0 ? y : x).load(kLoad);
    }
};

struct FencedStoreBuffering : TwoWords {
    void core(unsigned number) {
        (number == 0 ? x : y).store(1, kRelaxed);
        std::atomic_thread_fence(kSequential);
        loaded[2 + number] = (number == 0 ? y : x).load(kRelaxed);
    }
};

/// C++ lets both loads read 1; the explorer does not, and says so.
struct LoadBuffering : TwoWords {
    void core(unsigned number) {
        loaded[2 + number] = (number == 0 ? y : x).load(kRelaxed);
        (number == 0 ? x : y).store(1, kRelaxed);
    }
};

/// Loads of one word never go back.
struct ReadCoherence : TwoWords {
    void core(unsigned number) {
        if (number == 0) {
            x.store(1, kRelaxed);
            x.store(2, kRelaxed);
        } else {
            loaded[2] = x.load(kRelaxed);
            loaded[3] = x.load(kRelaxed);
        }
    }
};

/// Two cores write, two see in which order. Sequentially consistent ones agree.
template <memory_order kStore, memory_order kLoad>
struct IndependentReads : TwoWords {
    void core(unsigned number) {
        if (number < 2) {
            (number == 0 ? x : y).store(1, kStore);
        } else {
            Word const& first = number == 2 ? x : y;
            Word const& second = number == 2 ? y : x;
            loaded[2 * number - 4] = first.load(kLoad);
            loaded[2 * number - 3] = second.load(kLoad);
        }
    }
};

/// What the third learns through the second it also learns of the first.
template <memory_order kMiddle>
struct Causality : TwoWords {
    void core(unsigned number) {
        if (number == 0) {
            x.store(1, kRelaxed);
        } else if (number == 1) {
            loaded[1] = x.load(kRelaxed);
            y.store(1, kMiddle);
        } else {
            loaded[2] = y.load(kAcquire);
            loaded[3] = x.load(kRelaxed);
        }
    }
};

/// Every core adds to one word that all share: all interleavings, and no value is lost.
template <unsigned kTimes>
struct Additions {
    Word sum{0};

    void core(unsigned /*number*/) {
        for (unsigned time = 0; time < kTimes; ++time) {
            sum.fetch_add(1, kRelaxed);
        }
    }
    std::uint64_t outcome() const { return sum.load(kRelaxed); }
};

/// The same with a load and a store.
struct LostUpdate {
    Word sum{0};

    void core(unsigned /*number*/) { sum.store(sum.load(kRelaxed) + 1, kRelaxed); }
    std::uint64_t outcome() const { return sum.load(kRelaxed); }
};

/// A compare-and-exchange fails with an old value, but succeeds with the newest only.
struct Exchanges : TwoWords {
    void core(unsigned number) {
        if (number == 0) {
            x.store(1, kRelaxed);
            x.store(2, kRelaxed);
        } else {
            std::uint32_t expected = 1;
            loaded[2] = x.compare_exchange_strong(expected, 3, kBoth, kRelaxed) ? 1 : 0;
            loaded[3] = expected;
        }
    }
};

constexpr Limits kAll{.reduces = false};
constexpr Limits kThree{.cores = 3};
constexpr Limits kAllOfThree{.cores = 3, .reduces = false};
constexpr Limits kFour{.cores = 4};

void two_cores(Session& session) {
    session.gives<MessagePassing<kRelease, kAcquire>>("MP, all",
                                                      {
                                                          {9, 2},
                                                          {1, 1}
    },
                                                      kAll);
    session.gives_once<MessagePassing<kRelease, kAcquire>>("MP", {9, 1});
    session.gives_once<MessagePassing<kSequential, kSequential>>("MP, sequential", {9, 1});
    session.finds<MessagePassing<kRelaxed, kAcquire>>("MP, relaxed store", "data race");
    session.finds<MessagePassing<kRelease, kRelaxed>>("MP, relaxed load", "data race");
    session.gives_once<FencedMessagePassing<kRelease, kAcquire>>("MP, fences", {9, 1});
    session.finds<FencedMessagePassing<kAcquire, kAcquire>>("MP, no release fence", "data race");
    session.finds<FencedMessagePassing<kRelease, kRelease>>("MP, no acquire fence", "data race");
    session.gives_once<AtomicMessagePassing<kRelease, kAcquire>>("MP, atomic", {0, 1, 11});
    session.gives_once<AtomicMessagePassing<kRelaxed, kAcquire>>("MP, atomic, relaxed store",
                                                                 {0, 1, 10, 11});

    session.gives_once<StoreBuffering<kRelease, kAcquire>>("SB", {0, 1, 10, 11});
    session.gives<StoreBuffering<kSequential, kSequential>>("SB, sequential",
                                                            {
                                                                {1,  1},
                                                                {10, 1},
                                                                {11, 4}
    },
                                                            kAll);
    session.gives<StoreBuffering<kSequential, kAcquire>>("SB, half",
                                                         {
                                                             {0,  2},
                                                             {1,  2},
                                                             {10, 2},
                                                             {11, 2}
    });
    session.gives<FencedStoreBuffering>("SB, fences", {
                                                          {1,  1},
                                                          {10, 1},
                                                          {11, 2}
    });
    session.gives_once<LoadBuffering>("LB, as far as it is modelled", {0, 1, 10});
    session.gives_once<ReadCoherence>("CoRR", {0, 1, 2, 11, 12, 22});
    session.gives<Exchanges>("compare and exchange", {
                                                         {0,  3},
                                                         {2,  1},
                                                         {11, 1}
    });
}

void more_cores(Session& session) {
    session.gives<ReleaseSequence<true>>("release sequence",
                                         {
                                             {9, 6},
                                             {1, 1}
    },
                                         kThree);
    session.finds<ReleaseSequence<false>>("a relaxed store behind a release", "data race");
    session.gives_once<Causality<kRelease>>("WRC", {0, 1, 10, 11, 100, 101, 111}, kThree);
    session.gives_once<Causality<kRelaxed>>("WRC, relaxed", {0, 1, 10, 11, 100, 101, 110, 111},
                                            kThree);
    session.gives_once<IndependentReads<kRelease, kAcquire>>(
        "IRIW", {0, 1, 10, 11, 100, 101, 110, 111, 1000, 1001, 1010, 1011, 1100, 1101, 1110, 1111},
        kFour);
    // All 180 interleavings; 1010, where the two do not agree, is none of them.
    session.gives<IndependentReads<kSequential, kSequential>>("IRIW, sequential",
                                                              {
                                                                  {0,    18},
                                                                  {1,    22},
                                                                  {10,   1 },
                                                                  {11,   4 },
                                                                  {100,  22},
                                                                  {101,  18},
                                                                  {110,  13},
                                                                  {111,  22},
                                                                  {1000, 1 },
                                                                  {1001, 13},
                                                                  {1011, 1 },
                                                                  {1100, 4 },
                                                                  {1101, 22},
                                                                  {1110, 1 },
                                                                  {1111, 18}
    },
                                                              kFour);
}

void interleavings(Session& session) {
    session.gives<Additions<4>>("8 additions of 2 cores",
                                {
                                    {8, 70}
    },
                                kAll);
    session.gives<Additions<2>>("6 additions of 3 cores",
                                {
                                    {6, 90}
    },
                                kAllOfThree);
    session.gives<Additions<4>>("8 additions, none left out", {
                                                                  {8, 70}
    });
    session.gives<Additions<4>>("8 additions, no preemption",
                                {
                                    {8, 2}
    },
                                {.preemptions = 0});
    session.gives<Additions<4>>("8 additions, one preemption",
                                {
                                    {8, 8}
    },
                                {.preemptions = 1});
    session.gives<LostUpdate>("lost update", {
                                                 {1, 2},
                                                 {2, 2}
    });
}

}  // namespace

bool litmus() {
    Session session;
    two_cores(session);
    more_cores(session);
    interleavings(session);
    return session.end();
}

}  // namespace concurrency
