// SPDX-License-Identifier: MIT
#include "kernel/arch/syndrome.hpp"

#include "kernel/error.hpp"

#include <cstddef>
#include <iterator>
#include <string>

#include <CppUTest/TestHarness.h>

using arch::Syndrome;
using kernel::Error;

namespace {

constexpr std::uint64_t kDataAbort = 0x9600'0000;  ///< From this level, 32-bit instruction.

Error error_of(std::uint64_t fault_status) { return Syndrome{kDataAbort | fault_status}.error(); }

}  // namespace

TEST_GROUP(Syndrome){};

TEST(Syndrome, TurnsEachFaultOfEachLevelIntoAnError) {
    for (std::uint64_t level = 0; level < 4; ++level) {
        CHECK(error_of(0x00 + level) == Error::AddressSizeFault);
        CHECK(error_of(0x04 + level) == Error::TranslationFault);
        CHECK(error_of(0x08 + level) == Error::PermissionFault);
        CHECK(error_of(0x0c + level) == Error::PermissionFault);
        CHECK(error_of(0x14 + level) == Error::ExternalAbort);
    }
    CHECK(error_of(0x10) == Error::ExternalAbort);
    CHECK(error_of(0x21) == Error::AlignmentFault);
    CHECK(error_of(0x22) == Error::ExternalAbort);
}

// 0xbe000000 is what QEMU raises for an injected SError.
TEST(Syndrome, TakesAnSErrorForTheBusRefusingAWrite) {
    CHECK(Syndrome{0xbe00'0000}.error() == Error::ExternalAbort);
    CHECK(Syndrome{0xbe00'0021}.error() == Error::ExternalAbort);
}

TEST(Syndrome, TellsLoadsStoresAndFetchesApart) {
    CHECK_FALSE(Syndrome{0x9600'0007}.is_write());
    CHECK(Syndrome{0x9600'0047}.is_write());
    CHECK(Syndrome{0x8600'000e}.is_instruction_abort());
    CHECK_FALSE(Syndrome{0x8600'004e}.is_write());
    CHECK_FALSE(Syndrome{0xf200'00be}.is_abort());
}

TEST(Syndrome, SaysWhetherThereIsAnAddress) {
    CHECK(Syndrome{0x9600'0010}.has_address());
    CHECK_FALSE(Syndrome{0x9600'0410}.has_address());  // FnV: FAR_EL1 is not valid.
    CHECK(Syndrome{0x8a00'0000}.has_address());        // PC alignment.
    CHECK_FALSE(Syndrome{0x0200'0000}.has_address());
    CHECK_FALSE(Syndrome{0xbe00'0000}.has_address());
}

TEST(Syndrome, NamesTheLevelOnlyWhereTheStatusHasOne) {
    CHECK(Syndrome{0x9600'0007}.has_level());
    UNSIGNED_LONGS_EQUAL(3, Syndrome{0x9600'0007}.level());
    CHECK(Syndrome{0x9600'0016}.has_level());
    UNSIGNED_LONGS_EQUAL(2, Syndrome{0x9600'0016}.level());
    for (std::uint64_t const status : {0x15U, 0x17U, 0x1cU, 0x1dU, 0x1fU}) {
        CHECK(Syndrome{0x9600'0000 | status}.has_level());
    }
    CHECK_FALSE(Syndrome{0x9600'0010}.has_level());
    CHECK_FALSE(Syndrome{0x9600'0021}.has_level());
    CHECK_FALSE(Syndrome{0x9600'0034}.has_level());  // Lockdown, and an exclusive access that
    CHECK_FALSE(Syndrome{0x9600'0035}.has_level());  // memory of this type does not take.
}

TEST(Syndrome, HasOneWordForEachClass) {
    struct Case {
        std::uint64_t exception_class;
        char const* word;
    };
    constexpr Case kCases[]{
        {0x00, "undefined-instruction"},
        {0x01, "trapped-wfx"          },
        {0x07, "floating-point"       },
        {0x0e, "illegal-state"        },
        {0x15, "svc"                  },
        {0x16, "hvc"                  },
        {0x17, "smc"                  },
        {0x18, "system-register"      },
        {0x20, "instruction-abort"    },
        {0x21, "instruction-abort"    },
        {0x22, "pc-alignment"         },
        {0x24, "data-abort"           },
        {0x25, "data-abort"           },
        {0x26, "sp-alignment"         },
        {0x2f, "serror"               },
        {0x30, "hardware-breakpoint"  },
        {0x31, "hardware-breakpoint"  },
        {0x32, "single-step"          },
        {0x33, "single-step"          },
        {0x34, "watchpoint"           },
        {0x35, "watchpoint"           },
        {0x3c, "brk"                  },
    };
    std::size_t known = 0;
    for (std::uint64_t exception_class = 0; exception_class < 64; ++exception_class) {
        bool const is_next =
            known < std::size(kCases) && kCases[known].exception_class == exception_class;
        char const* const word = is_next ? kCases[known++].word : "unknown-class";
        CHECK_EQUAL(std::string{word}, std::string{Syndrome{exception_class << 26}.code()});
    }
    UNSIGNED_LONGS_EQUAL(std::size(kCases), known);
}

TEST(Syndrome, HasWordsForEachFault) {
    auto const fault = [](std::uint64_t status) {
        return std::string{Syndrome{kDataAbort | status}.fault()};
    };
    for (std::uint64_t level = 0; level < 4; ++level) {
        CHECK_EQUAL(std::string{"address size fault"}, fault(0x00 + level));
        CHECK_EQUAL(std::string{"translation fault: nothing is mapped there"}, fault(0x04 + level));
        CHECK_EQUAL(std::string{"access flag fault"}, fault(0x08 + level));
        CHECK_EQUAL(std::string{"permission fault"}, fault(0x0c + level));
        CHECK_EQUAL(std::string{"external abort of a table walk"}, fault(0x14 + level));
        CHECK_EQUAL(std::string{"parity or ECC error of a table walk"}, fault(0x1c + level));
    }
    CHECK_EQUAL(std::string{"external abort: nothing on the bus answers there"}, fault(0x10));
    CHECK_EQUAL(std::string{"parity or ECC error"}, fault(0x18));
    CHECK_EQUAL(std::string{"alignment fault"}, fault(0x21));
    CHECK_EQUAL(std::string{"TLB conflict"}, fault(0x30));
    CHECK_EQUAL(std::string{"lockdown fault"}, fault(0x34));
    CHECK_EQUAL(std::string{"unsupported exclusive or atomic access"}, fault(0x35));
    for (std::uint64_t const status : {0x11U, 0x13U, 0x19U, 0x1bU, 0x20U, 0x22U, 0x31U, 0x3fU}) {
        CHECK_EQUAL(std::string{"unknown fault"}, fault(status));
    }
}

TEST(Syndrome, SplitsIntoClassAndDetail) {
    Syndrome const brk{0xf200'00be};

    UNSIGNED_LONGS_EQUAL(0xf200'00be, brk.raw());
    UNSIGNED_LONGS_EQUAL(0x3c, brk.exception_class());
    UNSIGNED_LONGS_EQUAL(0xbe, brk.detail());
    UNSIGNED_LONGS_EQUAL(0xbe, brk.immediate());
    CHECK(brk.is_breakpoint());
    CHECK_FALSE(brk.is_serror());
    CHECK(Syndrome{0xbe00'0000}.is_serror());
    CHECK_FALSE(Syndrome{0xbe00'0000}.is_breakpoint());
    CHECK(Syndrome{0}.none());
    CHECK_FALSE(Syndrome{1}.none());
}
