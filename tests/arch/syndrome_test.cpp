// SPDX-License-Identifier: MIT
#include "kernel/arch/syndrome.hpp"

#include "kernel/error.hpp"

#include <set>
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
    CHECK_FALSE(Syndrome{0x9600'0010}.has_level());
    CHECK_FALSE(Syndrome{0x9600'0021}.has_level());
    CHECK_FALSE(Syndrome{0x9600'0034}.has_level());  // Lockdown, and an exclusive access that
    CHECK_FALSE(Syndrome{0x9600'0035}.has_level());  // memory of this type does not take.
}

TEST(Syndrome, HasOneWordForEachClass) {
    std::set<std::string> words;
    for (std::uint64_t exception_class = 0; exception_class < 64; ++exception_class) {
        std::string const word{Syndrome{exception_class << 26}.code()};
        CHECK_FALSE(word.empty());
        UNSIGNED_LONGS_EQUAL(std::string::npos, word.find(' '));
        words.insert(word);
    }
    CHECK_EQUAL(std::string{"data-abort"}, std::string{Syndrome{kDataAbort}.code()});
    CHECK_EQUAL(std::string{"hvc"}, std::string{Syndrome{0x5a00'0006}.code()});
    CHECK_EQUAL(std::string{"floating-point"}, std::string{Syndrome{0x1fe0'0000}.code()});
    CHECK_EQUAL(std::string{"unknown-class"}, std::string{Syndrome{0xfc00'0000}.code()});
    CHECK(words.size() > 15);
}
