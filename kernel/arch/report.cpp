// SPDX-License-Identifier: MIT
#include "kernel/arch/report.hpp"

#include "kernel/arch/core.hpp"
#include "kernel/arch/image.hpp"
#include "kernel/arch/stack_walk.hpp"
#include "kernel/arch/syndrome.hpp"
#include "kernel/require.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace arch {

namespace {

bool is_broken_promise(Syndrome syndrome) {
    return syndrome.is_breakpoint() && syndrome.immediate() == kBrokenPromise;
}

char const* kind_name(Kind kind) {
    switch (kind) {
        case Kind::Synchronous: return "synchronous";
        case Kind::Irq: return "irq";
        case Kind::Fiq: return "fiq";
        case Kind::SError: return "serror";
    }
    kernel::unreachable("a kind is one of its enumerators");
}

char const* origin_name(Origin origin) {
    switch (origin) {
        case Origin::Kernel: return "in the kernel";
        case Origin::Exception: return "inside an exception";
        case Origin::Lower64: return "from EL0, AArch64";
        case Origin::Lower32: return "from EL0, AArch32";
    }
    kernel::unreachable("an origin is one of its enumerators");
}

/// Nobody serves these; none if the syndrome says what it was.
std::string_view unexpected(Trap::Vector vector) {
    if (vector.origin == Origin::Lower64 || vector.origin == Origin::Lower32) {
        return "lower-level";
    }
    return vector.kind == Kind::Synchronous ? std::string_view{} : kind_name(vector.kind);
}

/// The guard page that `address` lies in, if it does.
std::optional<GuardPage> overflowed_stack(std::uint64_t address) {
    for (GuardPage const& guard : guard_pages()) {
        if (guard.page.contains(kernel::VirtAddr{address})) {
            return guard;
        }
    }
    return {};
}

std::string_view code_of(Trap const& trap, Trap::Vector vector) {
    if (auto const code = unexpected(vector); !code.empty()) {
        return code;
    }
    Syndrome const syndrome{trap.syndrome};
    if (is_broken_promise(syndrome)) {
        return "broken-promise";
    }
    if (syndrome.is_data_abort() && overflowed_stack(trap.fault_address)) {
        return "stack-overflow";
    }
    return syndrome.code();
}

void print_promise(kernel::TextOutput& out, Trap const& trap) {
    auto const* const promise = reinterpret_cast<char const*>(trap.x[0]);
    auto const* const file = reinterpret_cast<char const*>(trap.x[1]);
    kernel::print(out, "  promise   {} ({}:{})\n", promise, file, trap.x[2]);
}

void print_fault(kernel::TextOutput& out, Trap const& trap, Syndrome syndrome) {
    kernel::print(out, "  fault     {} of 0x{:016x}: {}",
                  syndrome.is_instruction_abort() ? "fetch"
                  : syndrome.is_write()           ? "write"
                                                  : "read",
                  trap.fault_address, syndrome.fault());
    if (syndrome.has_level()) {
        kernel::print(out, ", level {}", syndrome.level());
    }
    out.write("\n");
    if (auto const guard = overflowed_stack(trap.fault_address)) {
        kernel::print(out, "  overflow  that is the guard page below core {}'s {}\n", guard->core,
                      guard->stack);
    }
}

void print_registers(kernel::TextOutput& out, Trap const& trap) {
    constexpr std::size_t kColumns = 4;
    for (std::size_t n = 0; n < trap.x.size(); ++n) {
        kernel::print(out, "  x{:<2} {:016x}", n, trap.x[n]);
        if (n % kColumns == kColumns - 1) {
            out.write("\n");
        }
    }
    kernel::print(out, "  sp  {:016x}\n", trap.sp);
}

}  // namespace

PanicLine summarise(Trap const& trap, Trap::Vector vector) {
    Syndrome const syndrome{trap.syndrome};
    bool const is_synchronous = vector.kind == Kind::Synchronous;
    bool const has_syndrome = is_synchronous || vector.kind == Kind::SError;
    return {
        .core = Core{}.core(),
        .code = code_of(trap, vector),
        .pc = trap.pc,
        .syndrome = has_syndrome ? trap.syndrome : 0,
        .fault_address = is_synchronous && syndrome.has_address() ? trap.fault_address : 0,
    };
}

void print_panic_line(kernel::TextOutput& out, PanicLine const& line) {
    kernel::print(out, "PANIC core={} code={} pc=0x{:x} esr=0x{:x} far=0x{:x}\n", line.core,
                  line.code, line.pc, line.syndrome, line.fault_address);
}

void print_report(kernel::TextOutput& out, Trap const& trap, Trap::Vector vector) {
    Syndrome const syndrome{trap.syndrome};
    PanicLine const line = summarise(trap, vector);

    kernel::print(out, "\nThe kernel cannot go on: {} on core {}\n", line.code, line.core);
    if (is_broken_promise(syndrome)) {
        print_promise(out, trap);
    }
    if (line.syndrome != 0) {
        kernel::print(out, "  syndrome  0x{:08x}: {}, class 0x{:02x}, detail 0x{:06x}\n",
                      line.syndrome, syndrome.code(), syndrome.exception_class(),
                      syndrome.detail());
    }
    if (vector.kind == Kind::Synchronous && syndrome.is_abort()) {
        print_fault(out, trap, syndrome);
    }
    out.write("  at        ");
    print_code_address(out, kernel::VirtAddr{trap.pc});
    out.write("\n  returns   ");
    print_code_address(out, kernel::VirtAddr{trap.x[30]});
    kernel::print(out, "\n  state     0x{:08x}\n  vector    {}: {} {}\n", trap.state,
                  static_cast<unsigned>(vector.origin) * 4 + static_cast<unsigned>(vector.kind),
                  kind_name(vector.kind), origin_name(vector.origin));
    print_registers(out, trap);
    out.write("  called by\n");
    print_callers(out, trap.x[29]);
}

}  // namespace arch
