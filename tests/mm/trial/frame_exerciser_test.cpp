// SPDX-License-Identifier: MIT
#include "kernel/mm/trial/frame_exerciser.hpp"

#include "tests/support/arena.hpp"

#include <set>
#include <vector>

#include <CppUTest/TestHarness.h>

namespace {

using mm::FrameCall;
using mm::FrameExerciser;

/// An exerciser with its memory.
struct Exercise {
    explicit Exercise(std::uint64_t count, std::uint64_t seed = 1)
        : metadata(mm::BuddyAllocator::metadata_words(test::frames(3, count))),
          entries(count),
          exerciser{test::frames(3, count), metadata, entries, seed} {}

    std::vector<std::uint64_t> metadata;
    std::vector<mm::NaiveFrames::Entry> entries;
    FrameExerciser exerciser;
};

}  // namespace

TEST_GROUP(FrameExerciser){};

TEST(FrameExerciser, FindsThatTheAllocatorAndTheModelAgree) {
    for (std::uint64_t const count : {1U, 2U, 63U, 64U, 300U}) {
        Exercise e{count};

        CHECK_FALSE(e.exerciser.run(2000, {}).has_value());

        CHECK(e.exerciser.operations() >= 2000);
        CHECK(e.exerciser.checks() > 4 * e.exerciser.operations());
    }
}

TEST(FrameExerciser, FindsDamageAndNamesTheCallAfterIt) {
    for (std::size_t word = 0; word < 4; ++word) {
        Exercise e{128};
        CHECK_FALSE(e.exerciser.run(100, {}).has_value());
        std::uint64_t const before = e.exerciser.operations();
        e.metadata[word] ^= std::uint64_t{1} << 40;

        auto const found = e.exerciser.run(100, {});

        CHECK(found.has_value());
        CHECK(found->operations >= before);
        CHECK_FALSE(found->what.empty());
    }
}

TEST(FrameExerciser, DoesTheSameForTheSameSeed) {
    Exercise one{300, 5};
    Exercise same{300, 5};
    Exercise other{300, 6};
    for (Exercise* e : {&one, &same, &other}) {
        CHECK_FALSE(e->exerciser.run(500, {}).has_value());
    }

    UNSIGNED_LONGS_EQUAL(one.exerciser.operations(), same.exerciser.operations());
    UNSIGNED_LONGS_EQUAL(one.exerciser.checks(), same.exerciser.checks());
    CHECK(one.exerciser.checks() != other.exerciser.checks());
}

TEST_GROUP(RandomCalls){};

TEST(RandomCalls, MakeEveryKindOfCallAndMeetEveryError) {
    Exercise e{300};
    std::vector<mm::NaiveFrames::Entry> entries(300);
    mm::NaiveFrames model{test::frames(3, 300), entries};
    mm::RandomCalls calls{2};
    std::set<FrameCall::Kind> done;
    std::set<kernel::Error> errors;
    for (int count = 0; count < 5000; ++count) {
        FrameCall const call = calls.next(model);
        mm::FrameOutcome const outcome = call.make_on(model);
        if (outcome.error) {
            errors.insert(*outcome.error);
        } else {
            done.insert(call.kind);
        }
    }

    UNSIGNED_LONGS_EQUAL(7, done.size());
    using kernel::Error;
    for (Error const error :
         {Error::OutOfMemory, Error::NotRam, Error::Reserved, Error::InsideBlock,
          Error::AlreadyFree, Error::WrongOrder, Error::NotFree, Error::NotReserved,
          Error::TooLarge, Error::EmptyRange}) {
        CHECK(errors.contains(error));
    }
}

TEST(RandomCalls, HaveANameForEveryKind) {
    std::set<std::string_view> names;
    for (unsigned kind = 0; kind < 7; ++kind) {
        names.insert(mm::describe(static_cast<FrameCall::Kind>(kind)));
    }
    UNSIGNED_LONGS_EQUAL(7, names.size());
}
