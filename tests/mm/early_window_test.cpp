// SPDX-License-Identifier: MIT
#include "kernel/mm/early_window.hpp"

#include "tests/support/broken_promise.hpp"

#include <CppUTest/TestHarness.h>

using kernel::PhysAddr;
using kernel::VirtAddr;
using mm::EarlyWindow;

namespace {

constexpr PhysAddr kBase{0x4000'0000};
constexpr VirtAddr kAt{0xffff'ffff'8000'0000};
constexpr std::uint64_t kPage = mm::kFrameBytes;

bool is_refused(std::uint64_t base, std::uint64_t bytes, std::uint64_t at) {
    return test::breaks_promise([&] {
        static_cast<void>(EarlyWindow{PhysAddr{base}, bytes, VirtAddr{at}});
    });
}

mm::EarlyFrame frame_at(std::uint64_t address) {
    return mm::EarlyFrame{mm::FrameNumber::containing(PhysAddr{address})};
}

}  // namespace

TEST_GROUP(EarlyWindow) { EarlyWindow window{kBase, 16 * kPage, kAt}; };

TEST(EarlyWindow, IsMadeOf128MiBOfWholeFramesAtMost) {
    CHECK_FALSE(is_refused(0, EarlyWindow::kMaxBytes, kAt.raw()));
    CHECK(is_refused(0, EarlyWindow::kMaxBytes + kPage, kAt.raw()));
    CHECK(is_refused(8, kPage, kAt.raw()));
    CHECK(is_refused(0, kPage + 8, kAt.raw()));
    CHECK(is_refused(0, kPage, kAt.raw() + 8));
    CHECK(is_refused(8, kPage + 8, kAt.raw()));
}

TEST(EarlyWindow, LiesInBothSpaces) {
    CHECK(window.physical() == (kernel::PhysRange{kBase, kBase + 16 * kPage}));
    CHECK(window.pages() == (kernel::VirtRange{kAt, kAt + 16 * kPage}));
}

TEST(EarlyWindow, ContainsItsFirstByteAndItsLast) {
    CHECK(window.contains(kBase));
    CHECK(window.contains(kBase + (16 * kPage - 1)));
    CHECK_FALSE(window.contains(kBase + 16 * kPage));
    CHECK_FALSE(window.contains(PhysAddr{kBase.raw() - 1}));
    CHECK_FALSE(window.contains(PhysAddr{0}));
}

TEST(EarlyWindow, ShowsEveryFrameInItAndNoOther) {
    CHECK(window.to_virtual(frame_at(kBase.raw())) == kAt);
    CHECK(window.to_virtual(frame_at(kBase.raw() + 15 * kPage)) == kAt + 15 * kPage);
    CHECK(test::breaks_promise(
        [&] { static_cast<void>(window.to_virtual(frame_at(kBase.raw() + 16 * kPage))); }));
    CHECK(test::breaks_promise([&] { static_cast<void>(window.to_virtual(frame_at(0))); }));
}
