// SPDX-License-Identifier: MIT
#pragma once

#include "tests/support/broken_promise.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <sys/mman.h>
#include <unistd.h>

namespace test {

/// Words that end where memory ends: who reads or writes behind them crashes, in every build.
class GuardedWords {
public:
    explicit GuardedWords(std::uint64_t count) : count_{count} {
        void* const memory = mmap(nullptr, 2 * page_bytes(), PROT_READ | PROT_WRITE,
                                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED || count > page_words()) {
            give_up("there is a page for the words");
        }
        memory_ = static_cast<std::uint64_t*>(memory);
        if (mprotect(memory_ + page_words(), page_bytes(), PROT_NONE) != 0) {
            give_up("a page can be closed");
        }
    }
    ~GuardedWords() { munmap(memory_, 2 * page_bytes()); }
    GuardedWords(GuardedWords const&) = delete;
    GuardedWords& operator=(GuardedWords const&) = delete;

    std::span<std::uint64_t> words() const { return {memory_ + page_words() - count_, count_}; }

private:
    static std::size_t page_bytes() { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }
    static std::size_t page_words() { return page_bytes() / sizeof(std::uint64_t); }

    std::uint64_t count_;
    std::uint64_t* memory_ = nullptr;
};

}  // namespace test
