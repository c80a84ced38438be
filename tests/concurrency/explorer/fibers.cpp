// SPDX-License-Identifier: MIT
//
// swapcontext() asks the operating system each time; _setjmp() and _longjmp() between stacks that
// makecontext() made cost a few nanoseconds, and are the same on every processor. What a fiber
// leaves unfinished when it is rewound is forgotten: nobody destroys it.

#include "tests/concurrency/explorer/fibers.hpp"

namespace concurrency {

namespace {

Fibers* beginning = nullptr;  ///< Whose fibers begin for the first time.

}  // namespace

// NOLINTBEGIN(cert-err52-cpp): see above.

Fibers::Fibers(void (*work)(unsigned number)) : work_{work} {
    beginning = this;
    for (unsigned number = 0; number < kMain; ++number) {
        Fiber& fiber = fibers_[number];
        getcontext(&fiber.first);
        fiber.first.uc_stack.ss_sp = stack_.data() + std::size_t{number} * kStackBytes;
        fiber.first.uc_stack.ss_size = kStackBytes;
        fiber.first.uc_link = nullptr;
        makecontext(&fiber.first, &Fibers::run, 0);
        current_ = number;
        swapcontext(&fibers_[kMain].first, &fiber.first);
    }
    current_ = kMain;
}

void Fibers::run() {
    Fibers* const fibers = beginning;
    Fiber& mine = fibers->fibers_[fibers->current_];
    if (_setjmp(mine.top) == 0) {
        swapcontext(&mine.first, &fibers->fibers_[kMain].first);
    }
    beginning->work_(beginning->current_);
}

void Fibers::switch_to(unsigned number) {
    Fiber& from = fibers_[current_];
    current_ = number;
    if (_setjmp(from.here) == 0) {
        from.resume = &from.here;
        _longjmp(*fibers_[number].resume, 1);
    }
}

// NOLINTEND(cert-err52-cpp)

}  // namespace concurrency
