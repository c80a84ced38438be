// SPDX-License-Identifier: MIT
#include "drivers/receive_ring.hpp"

#include "tests/concurrency/cases.hpp"
#include "tests/concurrency/session.hpp"

#include <array>
#include <cstdint>

namespace concurrency {

namespace {

constexpr std::uint16_t kWords = 3;

/// What is pushed comes out, in order: 1, 2, 3.
struct Ring {
    std::array<std::uint16_t, 2> storage{};
    drivers::ReceiveRing ring{storage};
    std::uint16_t pushed = 0;
    std::uint16_t popped = 0;

    void push() {
        if (pushed < kWords && ring.room() != 0) {
            ring.push(++pushed);
        }
    }
    void pop() {
        if (auto const word = ring.pop()) {
            if (*word != ++popped) {
                fail("a word is lost or comes twice");
            }
        }
    }
    std::uint64_t outcome() const { return pushed * 10U + popped; }
};

/// Between two cores: one fills it, one empties it.
struct BetweenCores : Ring {
    void core(unsigned number) {
        for (unsigned time = 0; time < kWords; ++time) {
            number == 0 ? push() : pop();
        }
    }
};

/// Between a core and its interrupt handler.
struct WithHandler : Ring {
    void core(unsigned /*number*/) {
        pop();
        pop();
    }
    void interrupt() {
        push();
        push();
    }
};

}  // namespace

bool ring() {
    Session session;
    session.holds<BetweenCores>("between two cores");
    session.holds<WithHandler>("between a core and its handler",
                               {.cores = 1, .interrupted = 0, .interrupts = 2});
    return session.end();
}

}  // namespace concurrency
