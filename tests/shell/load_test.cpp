// SPDX-License-Identifier: MIT
#include "kernel/units.hpp"
#include "shell/load/kernel_file.hpp"

#include "tests/support/file_sender.hpp"
#include "tests/support/shell_test.hpp"

#include <cstring>

using test::by_xmodem;
using test::by_ymodem;

namespace {

constexpr std::uint64_t kImageBytes = 0x4000;
constexpr char const* kInvitation = "send a kernel by XMODEM-1K or YMODEM; Ctrl-C gives up\n";

/// A kernel of so many bytes, with the header of an arm64 Image.
std::string kernel_of(std::size_t bytes, std::uint64_t text_offset = 0x8'0000,
                      std::uint64_t image_size = kImageBytes) {
    std::string file = test::bytes_of(bytes);
    std::memcpy(&file[8], &text_offset, sizeof(text_offset));
    std::memcpy(&file[16], &image_size, sizeof(image_size));
    file.replace(56, 4, "ARM\x64");
    return file;
}

}  // namespace

TEST_GROUP_BASE(Load, test::ShellTest){

    // The line is closed, and time goes on.
    void send(std::string const& bytes){
        small.console.input.insert(small.console.input.end(), bytes.begin(), bytes.end());
}

// `load` ends with this line, and no frame is missing.
void refused(std::string const& bytes, char const* words, std::size_t at = __builtin_LINE()) {
    send(bytes);
    std::uint64_t const before = small.state();
    bool const is_refused = small.fails("load");
    CHECK_EQUAL_LOCATION(true, is_refused, words, "load_test.cpp", at);
    CHECK_EQUAL_LOCATION(before, small.state(), words, "load_test.cpp", at);
    std::string const last = small.printed.substr(small.printed.rfind("error: "));
    STRCMP_EQUAL_LOCATION(words, last.c_str(), words, "load_test.cpp", at);
    CHECK(!small.successor.last);
}

// The kernel is to be run at `begin`.
void runs_at(std::uint64_t begin, std::string const& file, std::size_t at = __builtin_LINE()) {
    send(by_ymodem(file));
    CHECK_EQUAL_LOCATION(true, small.succeeds("load"), "succeeds", "load_test.cpp", at);
    CHECK(small.successor.last.has_value());
    CHECK_EQUAL_LOCATION(begin, small.successor.last->place.begin.raw(), "begin", "load_test.cpp",
                         at);
}
}
;

TEST(Load, RunsWhatWasSent) {
    std::string const file = kernel_of(3000);
    send(by_ymodem(file));
    std::uint64_t const before = small.state();

    prints("load", (std::string{kInvitation} + "\x06" + "C\x06\x06\x06\x15\x06" + "C\x06" +
                    "\n3000 bytes; the kernel there is run at 0x00080000\n")
                       .c_str());

    CHECK(small.successor.last.has_value());
    CHECK(file == small.successor.file);
    CHECK(small.successor.last->place ==
          (kernel::PhysRange{kernel::PhysAddr{0x8'0000}, kernel::PhysAddr{0x8'4000}}));
    CHECK_EQUAL(before, small.state());
}

TEST(Load, RunsWhatXmodemSentWithItsFilling) {
    send(by_xmodem(kernel_of(4000, 0x8'0000, 4000)));

    mentions("load", "4096 bytes; the kernel there is run at 0x00080000\n");

    CHECK(small.successor.last->place ==
          (kernel::PhysRange{kernel::PhysAddr{0x8'0000}, kernel::PhysAddr{0x8'1000}}));
}

TEST(Load, TakesTheHighestRoomThereIs) {
    CHECK(small.succeeds("alloc -@ 0x03fff000 0"));

    runs_at(0x8'0000, kernel_of(3000));

    auto const waits = small.successor.last->file.begin;
    CHECK(waits == small.window.to_virtual(mm::EarlyFrame{mm::FrameNumber{0x3800}}));
}

TEST(Load, GoesOnePlaceUpWhereTheFirmwareLives) { runs_at(0x20'0000, kernel_of(3000, 0)); }

TEST(Load, GoesOnePlaceUpWhereMemoryMustNotBeTouched) {
    runs_at(0x021f'f000, kernel_of(3000, 0x01ff'f000));
}

TEST(Load, PlacesAKernelWhereTheTreeIsNow) { runs_at(0x0480'0000, kernel_of(3000, 0x0480'0000)); }

TEST(Load, PlacesAKernelUpToTheEndOfRam) { runs_at(0x0bff'c000, kernel_of(3000, 0x0bff'c000)); }

TEST(Load, RefusesAKernelThatHasNoRoom) {
    char const* const words = "error: load: no room where it belongs\n";
    refused(by_ymodem(kernel_of(3000, 0x8'0000, 0x0200'0000)), words);  // What is secret.
    refused(by_ymodem(kernel_of(3000, 0x03dc'0000)), words);            // What waits.
    refused(by_ymodem(kernel_of(3000, 0x05ff'f000)), words);            // A hole.
    refused(by_ymodem(kernel_of(3000, 0x0bff'd000)), words);            // The end of RAM.
}

TEST(Load, RefusesWhatIsNoKernel) {
    char const* const words = "error: load: not a kernel: no arm64 Image header\n";
    refused(by_ymodem(test::bytes_of(5000)), words);
    refused(by_xmodem("just some words"), words);
    refused(by_ymodem(kernel_of(64).substr(0, 63)), words);
    std::string almost = kernel_of(3000);
    almost[59] = 'e';
    refused(by_ymodem(almost), words);
}

TEST(Load, TakesAKernelThatIsAllHeader) { runs_at(0x8'0000, kernel_of(64)); }

TEST(Load, RefusesAHeaderThatMakesNoSense) {
    char const* const words = "error: load: its header makes no sense\n";
    refused(by_ymodem(kernel_of(3000, 0x8'0010)), words);
    refused(by_ymodem(kernel_of(3000, kernel::kGiB)), words);
    refused(by_ymodem(kernel_of(3000, 0x8'0000, kernel::kGiB)), words);
    refused(by_ymodem(kernel_of(3000, 0x8'0000, ~std::uint64_t{0})), words);
}

TEST(Load, RefusesAFileThatIsLongerThanItsHeaderSays) {
    char const* const words = "error: load: longer than its header says\n";
    refused(by_ymodem(kernel_of(3000, 0x8'0000, 0)), words);
    refused(by_ymodem(kernel_of(3000, 0x8'0000, 2048)), words);
    runs_at(0x8'0000, kernel_of(3000, 0x8'0000, 2049));
}

TEST(Load, RefusesAFileThatDoesNotFitIntoItsRoom) {
    std::string const size = std::to_string(4 * kernel::kMiB - 260 * kernel::kKiB + 1);
    refused(test::header("kernel8.img", size), "error: load: the file is too large\n");
}

TEST(Load, GivesUpWhenNobodySends) { refused("", "error: load: no sender answers\n"); }

TEST(Load, DropsWhatComesAfterAFailure) {
    refused(
        "\x18\x18"
        "free all\rpoweroff\r",
        "error: load: the sender gave up\n");

    CHECK(small.console.input.empty());
    UNSIGNED_LONGS_EQUAL(0, small.power.power_offs);
}

TEST(Load, IsStoppedByCtrlC) {
    send("\x03");
    std::uint64_t const before = small.state();

    prints("load; echo never",
           (std::string{kInvitation} + "\nerror: load: stopped by Ctrl-C\n").c_str());

    CHECK_EQUAL(before, small.state());
}

TEST(Load, NeedsABlockOfTheEarlyZone) {
    CHECK(small.fails("alloc -z early -n 16 10"));

    prints("load",
           "error: load: no free block is large enough; it takes 4 MiB of the early zone\n");
}

TEST(Load, IsForTheCoreThatBooted) {
    small.cores.states[1] = kernel::CoreState::Works;

    refuses("load", "error: load: only for the core that booted\n");
}

TEST(Load, IsNotForAMachineWithACoreThatMayBeAnywhere) {
    small.cores.states[3] = kernel::CoreState::Silent;

    refuses("load", "error: load: a core that did not come may be anywhere; cpus lists them\n");
}
