// SPDX-License-Identifier: MIT
//
// Whatever arrives on the serial line: the shell answers with a prompt, what it hands out comes
// back, and the allocators' books stay right.
#include "tests/fuzz/fuzz.hpp"
#include "tests/support/small_machine.hpp"

#include <array>
#include <cstdint>
#include <string>

namespace {

using kernel::Received;

/// A command may ask so often whether Ctrl-C was pressed, then it is: a `fill` of everything ends.
constexpr unsigned kPatience = 64;

/// A walk over all the books takes longer than the rest; the first input has one.
constexpr std::uint64_t kThoroughEvery = 128;

/// What can be counted without a walk.
std::array<std::uint64_t, 8> counts_of(test::SmallMachine const& small) {
    return {small.early.buddies().free_frames_count(),
            small.early.buddies().allocated_blocks(),
            small.late.buddies().free_frames_count(),
            small.late.buddies().allocated_blocks(),
            small.virtual_space.free_bytes(),
            small.virtual_space.allocated_ranges(),
            small.heap.statistics().mapped,
            small.holdings.count()};
}

/// One machine for all inputs, as it was at boot before each of them.
class Shell {
public:
    /// `input` arrives on the line. A byte 0xff says that the next one, modulo 5, is the fault of
    /// the character that follows both.
    void receive(fuzz::Bytes& input) {
        small_.holdings = shell::Holdings{small_.handle_room};
        small_.machine.settings = {};
        small_.memory.clear();
        shell::Session session{small_.machine};
        session.start();
        while (!input.empty()) {
            Received received{input.byte()};
            if (received.byte == 0xff) {
                received.fault = static_cast<Received::Fault>(input.byte() % 5);
                received.byte = input.byte();
            }
            type(session, received);
        }
        // The first may end a sequence of Escape only, and the second a line without a fault.
        type(session, {'\r'});
        type(session, {'\r'});
        fuzz::check(small_.console.take_output().ends_with(shell::LineEditor::kPrompt),
                    "the shell prompts again");
    }

    /// Gives back everything that is held, by the shell's own commands.
    void give_back() {
        small_.console.press_interrupt(0);
        must("fail off; poison off");
        take_back_retired();
        auto const& held = small_.holdings;
        for (auto next = held.at_or_after(0); next; next = held.at_or_after(next->number + 1)) {
            if (next->mapped_at) {
                must("unmapva #" + std::to_string(next->number));
            }
        }
        must("free all");
        fuzz::check(counts_of(small_) == counts_at_boot_,
                    "free all brings back the counts of boot");
        if (inputs_++ % kThoroughEvery == 0) {
            must("verify");
            fuzz::check(small_.state() == state_at_boot_, "free all brings back the state of boot");
        }
    }

private:
    /// What poke and fill have damaged while poison was on.
    void take_back_retired() {
        mm::FrameNumber at{0};
        while (auto const run = small_.retired.next(at)) {
            auto const zone = small_.frames.zone_of(run->frames.first);
            bool const is_back{small_.frames.zone(*zone).buddies().release(run->frames)};
            fuzz::check(is_back, "a retired frame is reserved");
            at = run->frames.end;
        }
        small_.retired = mm::RetiredFrames{small_.retired_room};
    }

    /// A selftest and a benchmark take as long as a thousand other inputs, and always do the same;
    /// stress goes on until a clock says so that stands still. They are stopped at once. Whoever
    /// typed them, by whatever keys, their names have been shown.
    void type(shell::Session& session, Received received) {
        if (received.byte == '\r' || received.byte == '\n') {
            std::string const shown = small_.console.take_output();
            bool const is_long = shown.find("selftest") != std::string::npos ||
                                 shown.find("bench") != std::string::npos ||
                                 shown.find("stress") != std::string::npos;
            small_.console.keep_pressing_interrupt(is_long ? 1 : kPatience);
        }
        session.receive(received);
    }

    void must(std::string const& line) {
        fuzz::check(small_.succeeds(line), (line + " succeeds: " + small_.printed).c_str());
    }

    test::SmallMachine small_;
    std::array<std::uint64_t, 8> counts_at_boot_ = counts_of(small_);
    std::uint64_t state_at_boot_ = small_.state();
    std::uint64_t inputs_ = 0;
};

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it by this name.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    static Shell shell;
    fuzz::Bytes input{
        {data, size}
    };
    shell.receive(input);
    shell.give_back();
    return 0;
}
