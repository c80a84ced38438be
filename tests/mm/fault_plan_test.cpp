// SPDX-License-Identifier: MIT
#include "kernel/mm/fault_plan.hpp"

#include "tests/support/broken_promise.hpp"
#include "tests/support/small_machine.hpp"

#include <string>

#include <CppUTest/TestHarness.h>

namespace {

using kernel::Error;
using mm::FaultPlan;
using Rule = FaultPlan::Rule;

// Which of the next requests fail: `.x..x` and so on.
constexpr unsigned kRequests = 8;
std::string next_requests(FaultPlan& plan) {
    std::string text;
    for (unsigned i = 0; i < kRequests; ++i) {
        text += plan.strikes() ? 'x' : '.';
    }
    return text;
}

static_assert(sizeof(FaultPlan) == 40);
static_assert([] {
    FaultPlan plan{Rule::Every, 2};
    return !plan.strikes() && plan.strikes() && !plan.strikes() && plan.struck() == 1;
}());

}  // namespace

TEST_GROUP(FaultPlan){void strikes(Rule rule, std::uint64_t number,
                                   char const* expected){FaultPlan plan{rule, number};
STRCMP_EQUAL(expected, next_requests(plan).c_str());
UNSIGNED_LONGS_EQUAL(kRequests, plan.requests());
}
}
;

TEST(FaultPlan, StrikesNothingAndCountsNothingWhileItIsOff) {
    FaultPlan plan;
    STRCMP_EQUAL("........", next_requests(plan).c_str());
    UNSIGNED_LONGS_EQUAL(0, plan.requests());
}

TEST(FaultPlan, StrikesWhatItsRuleSays) {
    strikes(Rule::At, 1, "x.......");
    strikes(Rule::At, 3, "..x.....");
    strikes(Rule::Every, 1, "xxxxxxxx");
    strikes(Rule::Every, 3, "..x..x..");
    strikes(Rule::After, 0, "xxxxxxxx");
    strikes(Rule::After, 5, ".....xxx");
    strikes(Rule::Rate, 100, "xxxxxxxx");
}

TEST(FaultPlan, StrikesAsManyAsItsRateSaysAndTheSameForTheSameSeed) {
    FaultPlan plan{Rule::Rate, 30, 7};
    FaultPlan same{Rule::Rate, 30, 7};
    FaultPlan other{Rule::Rate, 30, 8};
    unsigned differences = 0;
    for (unsigned i = 0; i < 10'000; ++i) {
        bool const is_struck = plan.strikes();
        CHECK_EQUAL(is_struck, same.strikes());
        differences += is_struck != other.strikes() ? 1U : 0U;
    }
    CHECK(plan.struck() > 2'850 && plan.struck() < 3'150);
    CHECK(differences > 3'000);
}

TEST(FaultPlan, StopsAndKeepsItsCounts) {
    FaultPlan plan{Rule::Every, 2};
    next_requests(plan);
    plan.stop();
    STRCMP_EQUAL("........", next_requests(plan).c_str());
    UNSIGNED_LONGS_EQUAL(8, plan.requests());
    UNSIGNED_LONGS_EQUAL(4, plan.struck());
}

TEST(FaultPlan, RefusesNumbersThatMakeNoSense) {
    CHECK(test::breaks_promise([] { FaultPlan{Rule::Every, 0}.stop(); }));
    CHECK(test::breaks_promise([] { FaultPlan{Rule::At, 0}.stop(); }));
    CHECK(test::breaks_promise([] { FaultPlan{Rule::Rate, 0}.stop(); }));
    CHECK(test::breaks_promise([] { FaultPlan{Rule::Rate, 101}.stop(); }));
}

TEST_GROUP(FaultPlanUsers) {
    test::SmallMachine small;

    // The first request is struck, the second, which is the same, is not.
    template <typename Ask>
    void is_refused_once(Error error, Ask ask) {
        small.faults = FaultPlan{Rule::At, 1};
        std::uint64_t const before = small.state();
        auto const refused = ask();
        CHECK_FALSE(static_cast<bool>(refused));
        CHECK(refused.error() == error);
        UNSIGNED_LONGS_EQUAL(1, small.faults.requests());
        UNSIGNED_LONGS_EQUAL(before, small.state());
        CHECK(static_cast<bool>(ask()));
        UNSIGNED_LONGS_EQUAL(1, small.faults.struck());
    }
};

TEST(FaultPlanUsers, AskItBeforeTheyGiveAnything) {
    is_refused_once(Error::OutOfMemory, [&] { return small.frames.allocate(mm::Order{}); });
    is_refused_once(Error::OutOfMemory, [&] { return small.frames.allocate({.count = 3}); });
    is_refused_once(Error::OutOfMemory,
                    [&] { return small.frames.allocate({.at = mm::FrameNumber{0x9000}}); });
    is_refused_once(Error::OutOfMemory, [&] { return small.early_frames.allocate(); });
    is_refused_once(Error::OutOfMemory, [&] { return small.heap.allocate(64); });
    is_refused_once(Error::OutOfAddressSpace, [&] { return small.virtual_space.allocate(1); });
}

TEST(FaultPlan, IsOffUntilItIsGivenARule) {
    FaultPlan const plan;

    CHECK(plan.rule() == Rule::Off);
    UNSIGNED_LONGS_EQUAL(0, plan.number());
}

TEST(FaultPlan, StrikesThoseOfAHundredThatItsSeedDraws) {
    FaultPlan seeded{Rule::Rate, 30, 7};
    FaultPlan unseeded{Rule::Rate, 30};
    mm::Random drawn{7};
    mm::Random drawn_from_1{1};
    for (unsigned i = 0; i < 1000; ++i) {
        CHECK_EQUAL(drawn.below(100) < 30, seeded.strikes());
        CHECK_EQUAL(drawn_from_1.below(100) < 30, unseeded.strikes());
    }
}
