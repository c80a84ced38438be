// SPDX-License-Identifier: MIT
#include "kernel/mm/frame_allocator.hpp"
#include "kernel/mm/trial/random.hpp"
#include "kernel/units.hpp"
#include "shell/frames/frame_words.hpp"
#include "shell/machine.hpp"
#include "shell/selftest/trials.hpp"

#include <array>
#include <optional>

namespace shell {
namespace {

using kernel::Error;
using mm::ZoneId;

/// Takes blocks from both zones and gives them back, in an order that the seed alone decides.
class Soak {
public:
    Soak(mm::FrameAllocator& frames, std::uint64_t seed) : frames_{frames}, random_{seed} {}

    /// Takes a block, or gives one back. False if the answer was not as it must be.
    bool step() {
        auto& held = held_[random_.below(held_.size())];
        return held ? give_back(held) : take(held);
    }

    /// Gives back all that is held.
    bool end() {
        bool is_right = true;
        for (auto& held : held_) {
            is_right = (!held || give_back(held)) && is_right;
        }
        return is_right;
    }

    /// The zones have what they had at first, but for what is held; and all invariants hold.
    bool adds_up() {
        bool is_right = true;
        for (ZoneId const id : kZones) {
            auto const zone = static_cast<std::size_t>(id);
            is_right = frames_.zone(id).verify() &&
                       free_frames(id) + taken_[zone] == free_at_first_[zone] && is_right;
        }
        return is_right;
    }

    std::uint64_t refused() const { return refused_; }

private:
    using Held = std::optional<mm::Allocation>;

    std::uint64_t free_frames(ZoneId id) const {
        return frames_.zone(id).buddies().free_frames_count();
    }

    // Blocks of any order, and exact counts; of the early zone so many that at times it is full.
    bool take(Held& held) {
        ZoneId const zone = random_.below(2) == 0 ? ZoneId::Early : ZoneId::Late;
        std::uint64_t const order = random_.below(mm::Order::kMax + 1);
        std::uint64_t count = std::uint64_t{1} << order;
        bool const is_exact = random_.below(4) == 0;
        if (is_exact) {
            count = random_.skewed(3000);
        }
        auto const got = is_exact
                             ? frames_.allocate({.count = count, .zone = zone})
                             : frames_.allocate(mm::Order::of(static_cast<unsigned>(order)), zone);
        if (!got) {
            ++refused_;
            return got.error() == Error::OutOfMemory;
        }
        held = *got;
        taken_[static_cast<std::size_t>(zone)] += count;
        return got->zone == zone && got->frames.count() == count &&
               (is_exact || kernel::is_aligned(got->frames.first.raw(), count));
    }

    // NOLINTBEGIN(clang-analyzer-unix.Malloc): twice on purpose, and frames are not malloc's.
    bool give_back(Held& held) {
        mm::Allocation const block = *held;
        held.reset();
        taken_[static_cast<std::size_t>(block.zone)] -= block.frames.count();
        bool const is_freed{frames_.free(block)};
        if (random_.below(8) != 0) {
            return is_freed;
        }
        auto const again = frames_.free(block);
        return is_freed && !again && again.error() == Error::AlreadyFree;
    }
    // NOLINTEND(clang-analyzer-unix.Malloc)

    mm::FrameAllocator& frames_;
    mm::Random random_;
    std::array<Held, 512> held_{};
    std::array<std::uint64_t, 2> taken_{};
    std::array<std::uint64_t, 2> free_at_first_{free_frames(ZoneId::Early),
                                                free_frames(ZoneId::Late)};
    std::uint64_t refused_ = 0;
};

}  // namespace

Outcome soak(Call& call, std::uint64_t operations, std::uint64_t seed) {
    constexpr std::uint64_t kLookAround = 1 << 14;
    Soak soak{call.machine.frames, seed};
    std::uint64_t const tenth = operations / 10 + 1;
    bool is_right = true;
    std::uint64_t done = 0;
    while (done < operations && is_right) {
        is_right = soak.step();
        ++done;
        if (done % kLookAround == 0 && is_interrupted(call)) {
            return soak.end() ? interrupted(call) : fail(call, "soak", Error::Corrupt);
        }
        if (done % tenth == 0) {
            is_right = soak.adds_up() && is_right;
            kernel::print(call.out, "soak: {} of {} operations\n", done, operations);
        }
    }
    is_right = soak.end() && soak.adds_up() && is_right;
    if (!is_right) {
        return fail_because(call, "soak", "not as it must be after {} operations with seed {}",
                            done, seed);
    }
    kernel::print(call.out, "soak: {} operations with seed {}, {} refused by a full zone: ok\n",
                  done, seed, soak.refused());
    return Outcome::Success;
}

}  // namespace shell
