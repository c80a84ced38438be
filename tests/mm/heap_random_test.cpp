// SPDX-License-Identifier: MIT
#include "kernel/mm/heap.hpp"
#include "kernel/mm/trial/random.hpp"

#include "tests/support/buffer_pages.hpp"
#include "tests/support/depth.hpp"

#include <cstring>
#include <map>
#include <string>
#include <vector>

#include <CppUTest/TestHarness.h>

namespace {

constexpr std::uint64_t kSeed = 0x4ea9;
constexpr unsigned kSteps = 20'000;
constexpr std::uint64_t kPages = 600;
constexpr std::uint64_t kFrames = 250;  // Both run out at times.

/// What is held: its size, and the byte it is filled with.
struct Held {
    std::uint64_t bytes;
    unsigned char stamp;
};

}  // namespace

/// The heap against a plain map of objects, each filled with a stamp that must still be there when
/// it is given back.
TEST_GROUP(HeapRandom) {
    test::BufferPages backing{kPages};
    std::vector<std::uint64_t> metadata =
        std::vector<std::uint64_t>(mm::Heap::metadata_words(backing.window()));
    mm::Heap heap{backing.window(), backing, metadata};
    mm::Random random{kSeed};
    std::map<unsigned char*, Held> model;
    unsigned step = 0;
    unsigned refusals = 0;

    void setup() override { backing.limit(kFrames); }

    std::string where() const {
        return "seed " + std::to_string(kSeed) + ", step " + std::to_string(step);
    }

    void allocate() {
        std::uint64_t const bytes =
            random.below(8) == 0 ? 1 + random.below(40'000) : 1 + random.below(3000);
        std::uint64_t const alignment = random.skewed_power(16'384);
        std::uint64_t const before = heap.hash();
        auto const outcome = heap.allocate(bytes, alignment);
        if (!outcome) {
            CHECK_TEXT(outcome.error() == kernel::Error::OutOfMemory, where().c_str());
            UNSIGNED_LONGS_EQUAL_TEXT(before, heap.hash(), where().c_str());
            ++refusals;
            return;
        }
        auto* const object = static_cast<unsigned char*>(*outcome);
        UNSIGNED_LONGS_EQUAL_TEXT(0, reinterpret_cast<std::uintptr_t>(object) % alignment,
                                  where().c_str());
        auto const after = model.lower_bound(object);
        bool const is_clear = (after == model.end() || object + bytes <= after->first) &&
                              (after == model.begin() ||
                               std::prev(after)->first + std::prev(after)->second.bytes <= object);
        CHECK_TEXT(is_clear, where().c_str());
        auto const stamp = static_cast<unsigned char>(step);
        std::memset(object, stamp, bytes);
        model[object] = {bytes, stamp};
    }

    void free_some() {
        auto const chosen =
            std::next(model.begin(), static_cast<std::ptrdiff_t>(random.below(model.size())));
        auto const [object, held] = *chosen;
        bool const is_intact =
            object[0] == held.stamp && std::memcmp(object, object + 1, held.bytes - 1) == 0;
        CHECK_TEXT(is_intact, where().c_str());
        CHECK_TEXT(static_cast<bool>(heap.free(object)), where().c_str());
        model.erase(chosen);
    }

    void free_what_nobody_holds() {
        std::uint64_t const offset = random.below(kPages * mm::kFrameBytes);
        void* const object = reinterpret_cast<void*>((backing.window().begin + offset).raw());
        if (!model.contains(static_cast<unsigned char*>(object))) {
            std::uint64_t const before = heap.hash();
            CHECK_TEXT(!heap.free(object), where().c_str());
            UNSIGNED_LONGS_EQUAL_TEXT(before, heap.hash(), where().c_str());
        }
    }
};

TEST(HeapRandom, KeepsEveryObjectApartFromTheOthers) {
    std::uint64_t const fresh = heap.hash();
    for (step = 0; step < kSteps; ++step) {
        bool const grows = step / 2000 % 2 == 0;
        if (model.empty() || random.below(8) < (grows ? 5U : 3U)) {
            allocate();
        } else {
            free_some();
        }
        free_what_nobody_holds();
        if (step % 16 == 0) {
            auto const report = heap.verify();
            CHECK_TEXT(static_cast<bool>(report), where().c_str());
            UNSIGNED_LONGS_EQUAL_TEXT(model.size(), report->objects, where().c_str());
        }
        UNSIGNED_LONGS_EQUAL_TEXT(backing.mapped() * mm::kFrameBytes, heap.statistics().mapped,
                                  where().c_str());
    }

    // It ran out at times, and at the end nothing is left.
    CHECK_COMPARE(refusals, >, 100);
    while (!model.empty()) {
        free_some();
    }
    UNSIGNED_LONGS_EQUAL(0, backing.mapped());
    UNSIGNED_LONGS_EQUAL(fresh, heap.hash());
}

/// The same for long, with little to look at: what is out of place, AddressSanitizer sees, for a
/// page that is not mapped may not be touched.
TEST(HeapRandom, ManyCallsEndWhereTheyBegan) {
    std::uint64_t const fresh = heap.hash();
    std::vector<std::pair<unsigned char*, std::uint64_t>> held(512);
    unsigned const calls = test::everyday_or(300'000U, 10'000'000U);
    for (unsigned call = 0; call < calls; ++call) {
        std::uint64_t const dice = random.next();
        auto& [object, bytes] = held[dice % held.size()];
        if (object != nullptr) {
            bool const is_intact = object[0] == object[bytes - 1];
            CHECK_TEXT(is_intact && heap.free(object), where().c_str());
            object = nullptr;
            continue;
        }
        bytes = 1 + (dice >> 32) % (dice % 64 == 0 ? 20'000 : 600);
        auto const outcome = heap.allocate(bytes, std::uint64_t{1} << (dice >> 16) % 8);
        if (outcome) {
            object = static_cast<unsigned char*>(*outcome);
            object[0] = object[bytes - 1] = static_cast<unsigned char>(dice >> 24);
        }
    }
    CHECK(static_cast<bool>(heap.verify()));
    for (auto const& [object, bytes] : held) {
        CHECK(object == nullptr || heap.free(object));
    }
    UNSIGNED_LONGS_EQUAL(fresh, heap.hash());
}
