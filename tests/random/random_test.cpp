// SPDX-License-Identifier: MIT
//
// random_test [--seed S] [--operations N]
//
// Puts the buddy allocator through N random calls, over spans of many shapes, against a naive
// model. Exit status 0 if they agreed to the end; else the seed, the call and what differed.

#include "kernel/mm/trial/frame_exerciser.hpp"
#include "kernel/require.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cinttypes>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace kernel {

void broken_promise(char const* promise, char const* file, int line) {
    std::printf("broken promise: %s (%s:%d)\n", promise, file, line);
    std::exit(1);
}

}  // namespace kernel

namespace {

using mm::FrameNumber;
using mm::FrameRange;

/// A span to exercise, and how deep: what is large is looked at less often.
struct Shape {
    char const* name;
    FrameRange span;
    std::uint64_t share;  ///< Of the operations, in 1/1000.
    mm::FrameExerciser::Depth depth;
};

constexpr FrameRange frames(std::uint64_t first, std::uint64_t count) {
    return {FrameNumber{first}, FrameNumber{first + count}};
}

// The shares add up to 1000. Ends are even, uneven, inside a run and at the limit of an address.
constexpr std::array kShapes{
    Shape{"one frame",                         frames(0,      1),     20,  {1, 1}     },
    Shape{"one frame, last of a run",          frames(4095,   1),     10,  {1, 1}     },
    Shape{"less than a run",                   frames(7,      50),    90,  {1, 64}    },
    Shape{"one run",                           frames(64,     64),    90,  {1, 64}    },
    Shape{"two half runs",                     frames(96,     64),    80,  {1, 64}    },
    Shape{"1 MiB",                             frames(256,    256),   200, {1, 512}   },
    Shape{"2 MiB, uneven ends",                frames(2015,   515),   200, {4, 4096}  },
    Shape{"4 MiB at the end of all addresses",
          frames(FrameNumber::kLimit - 1024,                  1024),
          150,                                                             {4, 4096}  },
    Shape{"4 MiB across two largest blocks",   frames(512,    1024),  100, {4, 4096}  },
    Shape{"12 MiB, uneven ends",               frames(1001,   3077),  50,  {16, 16384}},
    Shape{"40 MiB",                            frames(262144, 10240), 10,  {64, 16384}},
};

struct Options {
    std::uint64_t seed = 1;
    std::uint64_t operations = 10'000'000;
};

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

std::optional<Options> parse(int argc, char** argv) {
    Options options;
    for (int index = 1; index < argc; index += 2) {
        std::string_view const name = argv[index];
        auto const value = index + 1 < argc ? number(argv[index + 1]) : std::nullopt;
        if (!value || (name != "--seed" && name != "--operations")) {
            return std::nullopt;
        }
        (name == "--seed" ? options.seed : options.operations) = *value;
    }
    return options;
}

void print_outcome(char const* who, mm::FrameOutcome const& outcome) {
    if (outcome.error) {
        std::string_view const words = kernel::describe(*outcome.error);
        std::printf("  %s: error: %.*s\n", who, static_cast<int>(words.size()), words.data());
    } else {
        std::printf("  %s: frames [%" PRIu64 ", %" PRIu64 ")\n", who, outcome.frames.first.raw(),
                    outcome.frames.end.raw());
    }
}

void print_divergence(Options const& options, Shape const& shape, mm::Divergence const& found) {
    std::string_view const call = mm::describe(found.call.kind);
    std::printf("DIVERGENCE seed %" PRIu64 ", span \"%s\", operation %" PRIu64 ": %.*s differs\n",
                options.seed, shape.name, found.operations, static_cast<int>(found.what.size()),
                found.what.data());
    std::printf("  %.*s frames [%" PRIu64 ", %" PRIu64 ") order %u count %" PRIu64
                " alignment %" PRIu64 "\n",
                static_cast<int>(call.size()), call.data(), found.call.range.first.raw(),
                found.call.range.end.raw(), found.call.order.value(), found.call.count,
                found.call.alignment);
    print_outcome("allocator", found.allocator);
    print_outcome("model", found.model);
}

/// One shape, exercised a part at a time.
class Exercise {
public:
    Exercise(Shape const& shape, std::uint64_t seed)
        : shape_{shape},
          memory_(2 * kFence + mm::BuddyAllocator::metadata_words(shape.span), kFenceWord),
          entries_(shape.span.count()),
          exerciser_{shape.span, metadata(), entries_, seed} {}

    Shape const& shape() const { return shape_; }
    mm::FrameExerciser const& exerciser() const { return exerciser_; }

    std::optional<mm::Divergence> run(std::uint64_t operations) {
        auto divergence = exerciser_.run(operations, shape_.depth);
        bool const is_contained =
            std::all_of(memory_.begin(), memory_.begin() + kFence, is_fence) &&
            std::all_of(memory_.end() - kFence, memory_.end(), is_fence);
        if (!divergence && !is_contained) {
            divergence.emplace();
            divergence->what = "a word beside the metadata";
        }
        return divergence;
    }

private:
    /// Words around the metadata that nobody may write.
    static constexpr std::ptrdiff_t kFence = 64;
    static constexpr std::uint64_t kFenceWord = 0x6265'7279'6c21'6265;

    static bool is_fence(std::uint64_t word) { return word == kFenceWord; }

    std::span<std::uint64_t> metadata() {
        return std::span{memory_}.subspan(kFence, memory_.size() - 2 * kFence);
    }

    Shape shape_;
    std::vector<std::uint64_t> memory_;
    std::vector<mm::NaiveFrames::Entry> entries_;
    mm::FrameExerciser exerciser_;
};

/// Exercises all shapes in turn, so that each is met early. True if they agree to the end.
bool exercise_all(Options const& options, std::vector<std::unique_ptr<Exercise>> const& all) {
    constexpr std::uint64_t kSlice = 5'000;
    for (std::uint64_t done = 0; done < options.operations; done += kSlice) {
        std::uint64_t const slice = std::min(kSlice, options.operations - done);
        for (auto const& exercise : all) {
            if (auto const found = exercise->run(slice * exercise->shape().share / 1000)) {
                print_divergence(options, exercise->shape(), *found);
                return false;
            }
        }
    }
    return true;
}

}  // namespace

int main(int argc, char** argv) {
    auto const options = parse(argc, argv);
    if (!options) {
        std::puts("usage: random_test [--seed S] [--operations N]");
        return 2;
    }
    std::vector<std::unique_ptr<Exercise>> all;
    all.reserve(kShapes.size());
    for (Shape const& shape : kShapes) {
        all.push_back(std::make_unique<Exercise>(shape, options->seed));
    }
    bool const agrees = exercise_all(*options, all);

    std::uint64_t operations = 0;
    std::uint64_t checks = 0;
    for (auto const& exercise : all) {
        operations += exercise->exerciser().operations();
        checks += exercise->exerciser().checks();
    }
    std::printf("random_test: seed %" PRIu64 ", %zu spans, %" PRIu64 " operations, %" PRIu64
                " checks: %s\n",
                options->seed, kShapes.size(), operations, checks,
                agrees ? "allocator and model agree" : "FAILED");
    return agrees ? 0 : 1;
}
