// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/cores.hpp"
#include "shell/command.hpp"
#include "shell/stress/core_stress.hpp"
#include "shell/stress/stress_request.hpp"
#include "shell/stress/stressed_memory.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace shell {

/// Who may take part: this core, then those that sleep.
struct StressCores {
    std::array<unsigned, kernel::kMostCores> numbers{};
    unsigned count = 0;
};

/// One `stress`: what the cores share, and what each does. Too large for a stack.
class StressRun {
public:
    /// Of the `cores` the first so many as are asked for take part. `words` are
    /// StressedMemory::words() of the machine's frames, all of them 0.
    StressRun(Call& call, StressCores const& cores, StressRequest const& request,
              std::span<TakenFrames::Word> words);

    /// Has all cores do their part, and all freed that they took. Prints how far they are.
    void work();

    // What came of it.
    std::span<std::optional<CoreStress> const> parts() const {
        return std::span{parts_}.first(request_.cores);
    }
    std::optional<StressFinding> const& finding() const { return memory_.finding(); }
    std::uint64_t operations() const;
    std::uint64_t microseconds() const { return now() - start_; }
    bool is_interrupted() const { return parts_.front()->is_interrupted(); }
    bool is_stopped() const { return is_stopped_; }  ///< By Ctrl-C.

private:
    std::uint64_t now() const;
    std::uint64_t share_of(unsigned index) const;
    void look_around();
    void show();

    Call& call_;
    StressRequest request_;
    std::uint64_t start_ = now();
    std::uint64_t shown_at_ = start_;
    bool is_stopped_ = false;
    StressedMemory memory_;
    std::array<std::optional<CoreStress>, kernel::kMostCores> parts_;
};

}  // namespace shell
