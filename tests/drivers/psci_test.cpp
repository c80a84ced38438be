// SPDX-License-Identifier: MIT
#include "drivers/psci.hpp"

#include <array>
#include <cstdint>
#include <vector>

#include <CppUTest/TestHarness.h>

using kernel::Error;

namespace {

using Call = std::array<std::uint64_t, 4>;
std::vector<Call>* calls = nullptr;
std::int64_t answer = 0;

std::int64_t firmware(std::uint32_t function, std::uint64_t first, std::uint64_t second,
                      std::uint64_t third) {
    calls->push_back({function, first, second, third});
    return answer;
}

}  // namespace

TEST_GROUP(Psci) {
    std::vector<Call> made;
    drivers::Psci psci{firmware};

    void setup() override {
        calls = &made;
        answer = 0;
    }
    void teardown() override { calls = nullptr; }
};

TEST(Psci, ResetsAndSwitchesOffByTheFirmware) {
    psci.reboot();
    psci.power_off();

    CHECK(made == (std::vector<Call>{
                      {0x8400'0009, 0, 0, 0},
                      {0x8400'0008, 0, 0, 0},
    }));
}

TEST(Psci, StartsACoreByAllOfItsAffinity) {
    auto const started = psci.start_core(0x1'0000'0300, kernel::PhysAddr{0x8'1234});

    CHECK(static_cast<bool>(started));
    CHECK(made == (std::vector<Call>{
                      {0xc400'0003, 0x1'0000'0300, 0x8'1234, 0},
    }));
}

TEST(Psci, SwitchesTheCoreOffThatAsks) {
    psci.stop_this_core();

    CHECK(made == (std::vector<Call>{
                      {0x8400'0002, 0, 0, 0},
    }));
}

TEST(Psci, KnowsWhichCoreIsOff) {
    answer = 1;
    CHECK(psci.is_off(0x300));
    CHECK(made == (std::vector<Call>{
                      {0xc400'0004, 0x300, 0, 0},
    }));
    for (std::int64_t const other : {0, 2, -2}) {
        answer = other;
        CHECK(!psci.is_off(0x300));
    }
}

TEST(Psci, SaysWhyACoreIsNotStarted) {
    struct Refusal {
        std::int64_t answer;
        Error error;
    };
    constexpr std::array kRefusals{
        Refusal{1,  Error::FirmwareFailed},
        Refusal{-1, Error::FirmwareFailed},
        Refusal{-2, Error::CoreUnknown   },
        Refusal{-3, Error::CoreDenied    },
        Refusal{-4, Error::CoreIsOn      },
        Refusal{-5, Error::CoreIsOn      },
        Refusal{-6, Error::FirmwareFailed},
        Refusal{-7, Error::CoreUnknown   },
        Refusal{-8, Error::FirmwareFailed},
        Refusal{-9, Error::FirmwareFailed},
    };
    for (Refusal const& refusal : kRefusals) {
        answer = refusal.answer;
        CHECK(psci.start_core(1, kernel::PhysAddr{0}).error() == refusal.error);
    }
}
