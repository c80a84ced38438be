// SPDX-License-Identifier: MIT
// Whether the firmware may be called, and how: a call that nobody answers is an exception.
#include "kernel/board.hpp"

#include "tests/support/device_trees.hpp"

#include <string_view>

#include <CppUTest/TestHarness.h>

using kernel::PsciCall;

namespace {

// How the firmware of a board is called whose root and whose PSCI node are compatible with this.
PsciCall call(std::string_view board, std::string_view psci, std::string_view method) {
    test::TreeBuilder builder;
    builder.begin("").cells("#address-cells", {1}).cells("#size-cells", {1});
    builder.text("compatible", {board});
    builder.begin("memory").text("device_type", {"memory"}).cells("reg", {0, 0x1000}).end();
    builder.begin("psci").text("compatible", {psci}).text("method", {method}).end();
    test::Blob const blob = builder.end().blob();
    kernel::Board found;
    CHECK(static_cast<bool>(found.read(kernel::DeviceTree::open(blob.bytes()).value())));
    return found.psci;
}

}  // namespace

TEST_GROUP(BoardFirmware){};

TEST(BoardFirmware, IsCalledAsTheTreeSays) {
    CHECK(call("linux,dummy-virt", "arm,psci-1.0", "hvc") == PsciCall::Hvc);
    CHECK(call("linux,dummy-virt", "arm,psci-0.2", "smc") == PsciCall::Smc);
    CHECK(call("brcm,bcm2712", "arm,psci-1.0", "smc") == PsciCall::Smc);
    CHECK(call("linux,dummy-virt", "arm,psci-1.0", "svc") == PsciCall::None);
}

TEST(BoardFirmware, IsNeverCalledBySmcWhereThatIsUndefined) {
    for (std::string_view const board : {"brcm,bcm2837", "brcm,bcm2711"}) {
        CHECK(call(board, "arm,psci-1.0", "smc") == PsciCall::None);
        CHECK(call(board, "arm,psci-1.0", "hvc") == PsciCall::Hvc);
    }
}

TEST(BoardFirmware, IsNotCalledByTheNumbersOfAnotherVersion) {
    CHECK(call("linux,dummy-virt", "arm,psci", "hvc") == PsciCall::None);
}
