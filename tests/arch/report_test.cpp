// SPDX-License-Identifier: MIT
#include "kernel/arch/report.hpp"

#include "tests/support/broken_promise.hpp"
#include "tests/support/fake_arch.hpp"
#include "tests/support/fake_console.hpp"

#include <string>

#include <CppUTest/TestHarness.h>

using arch::Kind;
using arch::Origin;
using arch::Trap;
using test::FakeArch;

namespace {

constexpr std::uint64_t kReadAbort = 0x9600'0007;   ///< Translation fault, level 3.
constexpr std::uint64_t kWriteAbort = 0x9600'0047;  ///< The same of a write.
constexpr std::uint64_t kFetchAbort = 0x8600'000f;  ///< Permission fault, level 3.
constexpr std::uint64_t kUndefined = 0x0200'0000;
constexpr std::uint64_t kSError = 0xbe00'0000;
constexpr std::uint64_t kPcAlignment = 0x8a00'0000;
constexpr std::uint64_t kPromise = 0xf200'0000 | arch::kBrokenPromise;
constexpr std::uint64_t kOtherBrk = 0xf200'0001;
constexpr std::uint64_t kFar = 0x1'2345'6789;

constexpr Trap::Vector kSynchronous{Origin::Kernel, Kind::Synchronous};

}  // namespace

TEST_GROUP(Report) {
    test::FakeConsole console;
    Trap trap{};

    void setup() override {
        for (std::size_t n = 0; n < trap.x.size(); ++n) {
            trap.x[n] = 0xa0 + n;
        }
        trap.x[29] = 0;  // Nobody called.
        trap.x[30] = FakeArch::kTextBegin + 0x30;
        trap.sp = 0xfeed'f00d;
        trap.pc = FakeArch::kTextBegin + 0x10;
        trap.state = 0x6000'03c5;
        trap.fault_address = kFar;
    }
    arch::PanicLine line(std::uint64_t syndrome, Trap::Vector vector = kSynchronous) {
        trap.syndrome = syndrome;
        return arch::summarise(trap, vector);
    }
    std::string code(std::uint64_t syndrome, Trap::Vector vector = kSynchronous) {
        return std::string{line(syndrome, vector).code};
    }
    std::string report(std::uint64_t syndrome, Trap::Vector vector = kSynchronous) {
        trap.syndrome = syndrome;
        arch::print_report(console, trap, vector);
        return console.take_output();
    }
};

TEST(Report, HasACodeForWhateverNobodyServes) {
    CHECK_EQUAL(std::string{"irq"}, code(kReadAbort, {Origin::Kernel, Kind::Irq}));
    CHECK_EQUAL(std::string{"fiq"}, code(kReadAbort, {Origin::Exception, Kind::Fiq}));
    CHECK_EQUAL(std::string{"serror"}, code(kReadAbort, {Origin::Kernel, Kind::SError}));
    CHECK_EQUAL(std::string{"lower-level"}, code(kReadAbort, {Origin::Lower64, Kind::Synchronous}));
    CHECK_EQUAL(std::string{"lower-level"}, code(kReadAbort, {Origin::Lower32, Kind::Irq}));
    CHECK_EQUAL(std::string{"undefined-instruction"}, code(kUndefined));
    CHECK_EQUAL(std::string{"data-abort"},
                code(kReadAbort, {Origin::Exception, Kind::Synchronous}));
}

TEST(Report, TellsABrokenPromiseFromAnotherBrk) {
    CHECK_EQUAL(std::string{"broken-promise"}, code(kPromise));
    CHECK_EQUAL(std::string{"brk"}, code(kOtherBrk));
    CHECK_EQUAL(std::string{"svc"}, code(0x5600'0000 | arch::kBrokenPromise));
}

TEST(Report, CallsADataAbortInAGuardPageAnOverflow) {
    trap.fault_address = FakeArch::kBootGuard;
    CHECK_EQUAL(std::string{"stack-overflow"}, code(kWriteAbort));
    CHECK_EQUAL(std::string{"instruction-abort"}, code(kFetchAbort));

    trap.fault_address = FakeArch::kExceptionGuard + 0xfff;
    CHECK_EQUAL(std::string{"stack-overflow"}, code(kReadAbort));

    trap.fault_address = FakeArch::kExceptionGuard + 0x1000;
    CHECK_EQUAL(std::string{"data-abort"}, code(kReadAbort));
}

TEST(Report, SummarisesOnlyWhatTheExceptionHas) {
    auto const abort = line(kReadAbort);
    UNSIGNED_LONGS_EQUAL(FakeArch::kCore, abort.core);
    UNSIGNED_LONGS_EQUAL(trap.pc, abort.pc);
    UNSIGNED_LONGS_EQUAL(kReadAbort, abort.syndrome);
    UNSIGNED_LONGS_EQUAL(kFar, abort.fault_address);

    UNSIGNED_LONGS_EQUAL(0, line(kUndefined).fault_address);
    UNSIGNED_LONGS_EQUAL(kFar, line(kPcAlignment).fault_address);

    auto const serror = line(kSError, {Origin::Kernel, Kind::SError});
    UNSIGNED_LONGS_EQUAL(kSError, serror.syndrome);
    UNSIGNED_LONGS_EQUAL(0, serror.fault_address);

    auto const irq = line(kReadAbort, {Origin::Kernel, Kind::Irq});
    UNSIGNED_LONGS_EQUAL(0, irq.syndrome);
    UNSIGNED_LONGS_EQUAL(0, irq.fault_address);
}

TEST(Report, PrintsOneLineForScripts) {
    arch::print_panic_line(console, line(kWriteAbort));

    STRCMP_EQUAL("PANIC core=2 code=data-abort pc=0x100010 esr=0x96000047 far=0x123456789\n",
                 console.take_output().c_str());
}

TEST(Report, TellsPeopleAllThatIsKnown) {
    trap.x[29] = 0x8000;
    FakeArch::words = {
        {0x8000, 0                          },
        {0x8008, FakeArch::kTextBegin + 0x54}
    };

    STRCMP_EQUAL(
        "\nThe kernel cannot go on: data-abort on core 2\n"
        "  syndrome  0x96000047: data-abort, class 0x25, detail 0x000047\n"
        "  fault     write of 0x0000000123456789: translation fault: nothing is mapped there, "
        "level 3\n"
        "  at        0x0000000000100010 work + 0x10\n"
        "  returns   0x0000000000100030 work + 0x30\n"
        "  state     0x600003c5\n"
        "  vector    0: synchronous in the kernel\n"
        "  x0  00000000000000a0  x1  00000000000000a1  x2  00000000000000a2  x3  00000000000000a3\n"
        "  x4  00000000000000a4  x5  00000000000000a5  x6  00000000000000a6  x7  00000000000000a7\n"
        "  x8  00000000000000a8  x9  00000000000000a9  x10 00000000000000aa  x11 00000000000000ab\n"
        "  x12 00000000000000ac  x13 00000000000000ad  x14 00000000000000ae  x15 00000000000000af\n"
        "  x16 00000000000000b0  x17 00000000000000b1  x18 00000000000000b2  x19 00000000000000b3\n"
        "  x20 00000000000000b4  x21 00000000000000b5  x22 00000000000000b6  x23 00000000000000b7\n"
        "  x24 00000000000000b8  x25 00000000000000b9  x26 00000000000000ba  x27 00000000000000bb\n"
        "  x28 00000000000000bc  x29 0000000000008000  x30 0000000000100030  sp  00000000feedf00d\n"
        "  called by\n"
        "    0x0000000000100050 work + 0x50\n",
        report(kWriteAbort).c_str());
    FakeArch::words.clear();
}

TEST(Report, SaysWhetherItWasReadOrFetchedAndLeavesOutALevelThatIsNotThere) {
    std::string const fetch = report(kFetchAbort);
    CHECK(fetch.find("  fault     fetch of 0x0000000123456789: permission fault, level 3\n") !=
          std::string::npos);

    std::string const read = report(0x9600'0010);
    CHECK(read.find("  fault     read of 0x0000000123456789: "
                    "external abort: nothing on the bus answers there\n") != std::string::npos);
}

TEST(Report, NamesTheStackThatOverflowed) {
    trap.fault_address = FakeArch::kExceptionGuard + 8;

    std::string const text = report(kWriteAbort, {Origin::Exception, Kind::Synchronous});

    CHECK(text.find("  overflow  that is the guard page below core 3's second stack\n") !=
          std::string::npos);
    CHECK(text.find("  vector    4: synchronous inside an exception\n") != std::string::npos);
    CHECK(report(kUndefined).find("overflow") == std::string::npos);
}

TEST(Report, NamesTheVectorItCameThrough) {
    CHECK(report(kReadAbort, {Origin::Lower64, Kind::Fiq})
              .find("  vector    10: fiq from EL0, AArch64\n") != std::string::npos);
    CHECK(report(kReadAbort, {Origin::Lower32, Kind::SError})
              .find("  vector    15: serror from EL0, AArch32\n") != std::string::npos);
    CHECK(report(kReadAbort, {Origin::Exception, Kind::Irq})
              .find("  vector    5: irq inside an exception\n") != std::string::npos);
    for (unsigned const beyond : {4U, 255U}) {
        CHECK(test::breaks_promise([&] {
            report(kReadAbort, {Origin::Kernel, Kind{static_cast<std::uint8_t>(beyond)}});
        }));
        CHECK(test::breaks_promise([&] {
            report(kReadAbort, {Origin{static_cast<std::uint8_t>(beyond)}, Kind::Irq});
        }));
    }
}

TEST(Report, QuotesThePromiseThatWasBroken) {
    char const* const promise = "memory is given back once";
    char const* const file = "heap.cpp";
    trap.x[0] = reinterpret_cast<std::uintptr_t>(promise);
    trap.x[1] = reinterpret_cast<std::uintptr_t>(file);
    trap.x[2] = 17;

    std::string const text = report(kPromise);

    CHECK(text.find("  promise   memory is given back once (heap.cpp:17)\n") != std::string::npos);
    CHECK(text.find("  fault ") == std::string::npos);
}

TEST(Report, SpeaksOfNoSyndromeWhereTheExceptionHasNone) {
    std::string const text = report(kReadAbort, {Origin::Kernel, Kind::Irq});

    CHECK(text.find("syndrome") == std::string::npos);
    CHECK(text.find("  fault ") == std::string::npos);
}
