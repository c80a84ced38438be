// SPDX-License-Identifier: MIT
#include "kernel/panic.hpp"

#include "kernel/arch/cores.hpp"
#include "kernel/arch/exceptions.hpp"
#include "kernel/arch/report.hpp"
#include "kernel/require.hpp"

#include <cstdint>

namespace {

kernel::TextOutput* output = nullptr;

/// How often this was entered: once, and again if the report itself failed.
unsigned panics = 0;
arch::PanicLine first_panic;

/// For ever, once the other cores are stopped.
[[noreturn]] void halt() {
    asm volatile("msr daifset, #0xf" : : : "memory");
    for (;;) {
        asm volatile("wfi" : : : "memory");
    }
}

}  // namespace

namespace kernel {

void panic_prints_to(TextOutput& out) { output = &out; }

// As an exception it has its own stack, and the report has all registers.
void broken_promise(char const* promise, char const* file, int line) {
    register char const* x0 asm("x0") = promise;
    register char const* x1 asm("x1") = file;
    register std::uint64_t x2 asm("x2") = static_cast<std::uint64_t>(line);
    asm volatile("brk %0" : : "i"(arch::kBrokenPromise), "r"(x0), "r"(x1), "r"(x2) : "memory");
    halt();
}

}  // namespace kernel

namespace arch {

namespace {

void report_others(StoppedCores count) {
    if (count.others != 0) {
        kernel::print(*output, "  others    {} of {} cores stopped\n", count.stopped, count.others);
    }
}

}  // namespace

void fatal_exception(Trap const& trap, Trap::Vector vector) {
    claim_panic();
    ++panics;
    if (output == nullptr || panics > 2) {
        halt();
    }
    if (panics == 1) {
        first_panic = summarise(trap, vector);
        StoppedCores const count = stop_other_cores();
        print_report(*output, trap, vector);
        report_others(count);
    } else {
        output->write("\nThe report failed too:\n");
        print_panic_line(*output, summarise(trap, vector));
        output->write("The first reason was:\n");
    }
    print_panic_line(*output, first_panic);
    halt();
}

}  // namespace arch
