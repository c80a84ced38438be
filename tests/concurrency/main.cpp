// SPDX-License-Identifier: MIT
//
// explore NAME
//
// Exit status 0 if every scenario of that name came out as expected.

#include "tests/concurrency/cases.hpp"

#include <array>
#include <cstdio>
#include <string_view>

namespace {

struct Case {
    std::string_view name;
    bool (*run)();
};

constexpr std::array kCases{
    Case{"litmus",     concurrency::litmus    },
    Case{"accesses",   concurrency::accesses  },
    Case{"reduction",  concurrency::reduction },
    Case{"interrupts", concurrency::interrupts},
    Case{"locks",      concurrency::locks     },
    Case{"buddies",    concurrency::buddies   },
    Case{"caches",     concurrency::caches    },
    Case{"exhaustion", concurrency::exhaustion},
    Case{"handlers",   concurrency::handlers  },
    Case{"ring",       concurrency::ring      },
};

}  // namespace

int main(int argc, char** argv) {
    for (Case const& each : kCases) {
        if (argc == 2 && each.name == argv[1]) {
            return each.run() ? 0 : 1;
        }
    }
    std::printf("a name is needed, one of");
    for (Case const& each : kCases) {
        std::printf(" %.*s", static_cast<int>(each.name.size()), each.name.data());
    }
    std::puts("");
    return 2;
}
