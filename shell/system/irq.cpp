// SPDX-License-Identifier: MIT
#include "kernel/console.hpp"
#include "kernel/cpu.hpp"
#include "kernel/interrupts.hpp"
#include "shell/handlers.hpp"
#include "shell/machine.hpp"

#include <array>

namespace shell {
namespace {

void print_line_counters(kernel::TextOutput& out, kernel::LineCounters const& line) {
    struct Row {
        std::string_view what;
        std::uint64_t count;
    };
    std::array const rows{
        Row{"characters received",                        line.received        },
        Row{"characters sent",                            line.sent            },
        Row{"framing errors",                             line.framing_errors  },
        Row{"parity errors",                              line.parity_errors   },
        Row{"breaks",                                     line.breaks          },
        Row{"overruns",                                   line.overruns        },
        Row{"characters given up, the line did not send", line.send_timeouts   },
        Row{"times the receiver waited, its ring full",   line.ring_full       },
        Row{"interrupts without a character",             line.empty_interrupts},
    };
    out.write("serial line\n");
    for (Row const& row : rows) {
        kernel::print(out, "{:>10}  {}\n", row.count, row.what);
    }
}

}  // namespace

Outcome irq(Call& call) {
    kernel::InterruptController const& interrupts = call.machine.interrupts;
    call.out.write("interrupts\n");
    for (std::uint32_t number = 0; number < interrupts.interrupt_count(); ++number) {
        auto const source = interrupts.statistics(kernel::InterruptNumber{number});
        if (source.count != 0 || !source.name.empty()) {
            kernel::print(call.out, "{:>10}  {:>4} {}\n", source.count, number,
                          source.name.empty() ? "nobody serves it, switched off" : source.name);
        }
    }
    kernel::print(call.out, "{:>10}  spurious\n", interrupts.spurious());
    std::uint64_t const masked = call.machine.cpu.longest_masked();
    kernel::print(call.out, "{:>6}.{:03}  microseconds with interrupts masked, at the longest\n",
                  masked / 1000, masked % 1000);
    print_line_counters(call.out, call.machine.console.counters());
    return Outcome::Success;
}

}  // namespace shell
