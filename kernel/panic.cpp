// SPDX-License-Identifier: MIT
#include "kernel/panic.hpp"

#include "kernel/arch/exceptions.hpp"
#include "kernel/require.hpp"

namespace {

kernel::TextOutput* panic_output = nullptr;

[[noreturn]] void halt() {
    asm volatile("msr daifset, #0xf");
    for (;;) {
        asm volatile("wfi");
    }
}

}  // namespace

namespace kernel {

void panic_prints_to(TextOutput& out) { panic_output = &out; }

void broken_promise(char const* promise, char const* file, int line) {
    if (panic_output != nullptr) {
        print(*panic_output, "broken promise: {} ({}:{})\n", promise, file, line);
    }
    halt();
}

}  // namespace kernel

namespace arch {

void fatal_exception(Trap const& trap, Trap::Vector vector) {
    if (panic_output != nullptr) {
        kernel::print(*panic_output, "PANIC code={} pc=0x{:x} esr=0x{:x} far=0x{:x}\n",
                      static_cast<unsigned>(vector.kind), trap.pc, trap.syndrome,
                      trap.fault_address);
    }
    halt();
}

}  // namespace arch
