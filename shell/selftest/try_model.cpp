// SPDX-License-Identifier: MIT
#include "kernel/mm/trial/frame_exerciser.hpp"
#include "shell/selftest/trials.hpp"

#include <array>

namespace shell {
namespace {

// Uneven at both ends, with one block of the largest order inside.
constexpr mm::FrameRange kSpan{mm::FrameNumber{1000}, mm::FrameNumber{2300}};
constexpr std::uint64_t kSeed = 2;
constexpr unsigned kRounds = 8;
constexpr std::uint64_t kCallsPerRound = 250;

}  // namespace

Outcome try_model(Call& call) {
    std::array<std::uint64_t, mm::BuddyAllocator::metadata_words(kSpan)> metadata{};
    std::array<mm::NaiveFrames::Entry, kSpan.count()> entries{};
    mm::FrameExerciser exerciser{kSpan, metadata, entries, kSeed};
    for (unsigned round = 0; round < kRounds; ++round) {
        if (is_interrupted(call)) {
            return interrupted(call);
        }
        auto const divergence =
            exerciser.run(kCallsPerRound, {.verify_every = 16, .compare_every = 64});
        if (divergence) {
            return fail_because(call, "model", "{} differs after {} calls with seed {}",
                                divergence->what, divergence->operations, kSeed);
        }
    }
    kernel::print(call.out, "model: {} random calls, {} comparisons: ok\n", exerciser.operations(),
                  exerciser.checks());
    return Outcome::Success;
}

}  // namespace shell
