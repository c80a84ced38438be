// SPDX-License-Identifier: MIT
#include "kernel/arch/stack_walk.hpp"

#include "kernel/arch/image.hpp"
#include "kernel/arch/recoverable.hpp"

#include <cstdint>

namespace arch {

namespace {

/// Lines that a person would read; calls that look for a loop in the records.
constexpr unsigned kMaxLines = 32;
constexpr unsigned kMaxCalls = 4096;
constexpr std::uint64_t kInstructionBytes = 4;

/// One call, from the frame record that it left.
struct Call {
    std::uint64_t from;   ///< The call itself: what follows may be the next function. 0: none.
    std::uint64_t frame;  ///< The caller's record; 0 in the outermost.
};

kernel::Result<Call> read_record(std::uint64_t frame) {
    constexpr auto kWord = kernel::Width::Double;
    auto const next = recoverable_load(kernel::VirtAddr{frame}, kWord);
    if (!next) {
        return next.error();
    }
    auto const back = recoverable_load(kernel::VirtAddr{frame + sizeof(frame)}, kWord);
    if (!back) {
        return back.error();
    }
    // start.S leaves 0 where nobody is to be returned to.
    return Call{*back == 0 ? 0 : *back - kInstructionBytes, *next};
}

/// A recursion is one line, however deep.
void print_repeated(kernel::TextOutput& out, unsigned times) {
    if (times != 0) {
        kernel::print(out, "    the same {} times more\n", times);
    }
}

void print_call(kernel::TextOutput& out, Call const& call) {
    out.write("    ");
    print_code_address(out, kernel::VirtAddr{call.from});
    out.write("\n");
}

}  // namespace

void print_code_address(kernel::TextOutput& out, kernel::VirtAddr address) {
    kernel::print(out, "0x{:016x}", address.raw());
    if (auto const place = code_place(address)) {
        kernel::print(out, " {} + 0x{:x}", place->function.view(), place->offset);
    }
}

void print_callers(kernel::TextOutput& out, std::uint64_t frame) {
    std::uint64_t last = 0;
    unsigned times = 0;
    unsigned lines = 0;
    for (unsigned calls = 0; frame != 0 && calls < kMaxCalls && lines < kMaxLines; ++calls) {
        auto const call = read_record(frame);
        if (!call) {
            kernel::print(out, "    no frame record at 0x{:x}: {}\n", frame,
                          kernel::describe(call.error()));
            return;
        }
        if (call->from == 0) {
            break;
        }
        if (call->from != last) {
            print_repeated(out, times);
            print_call(out, *call);
            last = call->from;
            times = 0;
            ++lines;
        } else {
            ++times;
        }
        frame = call->frame;
    }
    print_repeated(out, times);
}

}  // namespace arch
