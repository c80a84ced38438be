// SPDX-License-Identifier: MIT
#include "kernel/arch/crashes.hpp"

#include "kernel/arch/exceptions.hpp"
#include "kernel/arch/image.hpp"
#include "kernel/mm/frame.hpp"
#include "kernel/require.hpp"

#include <array>
#include <cstdint>

extern "C" {
// crash.S.
void run_on_exception_stack(void (*function)(arch::Crashes&), arch::Crashes& crashes);
void enter_vector(std::uint64_t number);
}

namespace arch {

namespace {

void load(std::uint64_t address) { asm volatile("ldr x9, [%0]" : : "r"(address) : "x9", "memory"); }

void store(std::uint64_t address) { asm volatile("str xzr, [%0]" : : "r"(address) : "memory"); }

void jump(std::uint64_t address) { asm volatile("br %0" : : "r"(address) : "memory"); }

std::uint64_t address_of(void const* at) { return reinterpret_cast<std::uint64_t>(at); }

void read_null(Crashes&) { load(0); }
void write_null(Crashes&) { store(0); }
void write_text(Crashes&) { store(address_of(text_begin)); }
void write_constants(Crashes&) { store(address_of(rodata_begin)); }
void execute_null(Crashes&) { jump(0); }
void read_unaligned(Crashes&) { load(address_of(rodata_begin) + 1); }
void read_nothing(Crashes& crashes) { load(crashes.map_nothing().raw()); }

// On the stack lies an instruction that would return.
void execute_data(Crashes&) {
    std::uint32_t const volatile ret = 0xd65f'03c0;
    jump(address_of(const_cast<std::uint32_t const*>(&ret)));
}

void execute_unaligned(Crashes&) { jump(address_of(text_begin) + 2); }

void run_undefined(Crashes&) { asm volatile("udf #0"); }
void run_brk(Crashes&) { asm volatile("brk #1"); }
void run_svc(Crashes&) { asm volatile("svc #1"); }
// Where somebody else has EL2 this is answered: ARM DEN 0028, 2.6.
void run_hvc(Crashes&) { asm volatile("hvc #1" : : : "x0", "x1", "x2", "x3", "memory"); }
void run_smc(Crashes&) { asm volatile(".inst 0xd4000023"); }             // smc #1
void run_floating_point(Crashes&) { asm volatile(".inst 0x1e260000"); }  // fmov w0, s0

// QEMU 7.2 does not look at SP's alignment, and so this may come back.
void misalign_stack(Crashes&) {
    asm volatile("mov x9, sp\n\tsub x10, x9, #8\n\tmov sp, x10\n\tldr x10, [sp]\n\tmov sp, x9"
                 :
                 :
                 : "x9", "x10", "memory");
}

// Its frames never end: each call needs what it is given once more afterwards.
[[gnu::noinline]] std::uint64_t recurse(std::uint64_t volatile* above) {
    std::array<std::uint64_t volatile, 16> frame{};
    frame[0] = *above;
    return *above == ~std::uint64_t{0} ? 0 : recurse(frame.data()) + frame[0];
}

void overflow_stack(Crashes&) {
    std::uint64_t volatile none = 0;
    none = recurse(&none);
}

// boot/early_vectors.S answers these three calls at EL2: an SError, FIQ or IRQ pends from then on,
// that no device has raised. Where somebody else has EL2 nothing does.
template <unsigned Call>
void make_pending() {
    asm volatile(
        "hvc %0\n\tmsr daifclr, #1\n\tisb\n\tmov x0, #0x10000\n1:\tsubs x0, x0, #1\n\tb.ne 1b"
        :
        : "i"(Call)
        : "x0", "x1", "x2", "x3", "cc", "memory");
}

void take_serror(Crashes&) { make_pending<0xe0>(); }
void take_fiq(Crashes&) { make_pending<0xe1>(); }
void take_irq(Crashes&) {
    forget_interrupt_controller();
    make_pending<0xe2>();
}

void break_promise(Crashes&) {
    bool volatile holds = false;
    kernel::require(holds, "crash keeps its promises");
}

// The report cannot read the words of this one.
void break_report(Crashes&) {
    kernel::broken_promise(reinterpret_cast<char const*>(address_of(nullptr) + 16), "", 0);
}

template <unsigned Number>
void enter(Crashes&) {
    enter_vector(Number);
}

struct Way {
    kernel::Crashes::Kind kind;
    void (*go)(Crashes&) = nullptr;
};

constexpr Way kWays[] = {
    {{"null-read", "reads from address 0"},                               read_null         },
    {{"null-write", "writes to address 0"},                               write_null        },
    {{"null-execute", "jumps to address 0"},                              execute_null      },
    {{"text-write", "writes to its own code"},                            write_text        },
    {{"rodata-write", "writes to a constant"},                            write_constants   },
    {{"data-execute", "jumps into data"},                                 execute_data      },
    {{"unaligned", "reads 8 bytes from an odd address"},                  read_unaligned    },
    {{"external-abort", "reads where nothing on the bus answers"},        read_nothing      },
    {{"undefined", "executes no instruction at all"},                     run_undefined     },
    {{"brk", "executes a breakpoint"},                                    run_brk           },
    {{"svc", "calls itself as a program would"},                          run_svc           },
    {{"hvc", "calls a hypervisor, and there is none"},                    run_hvc           },
    {{"smc", "calls a secure monitor"},                                   run_smc           },
    {{"floating-point", "uses a register that this kernel leaves alone"}, run_floating_point},
    {{"stack-overflow", "calls itself without end"},                      overflow_stack    },
    {{"sp-alignment", "uses a stack that is not aligned to 16"},          misalign_stack    },
    {{"pc-alignment", "jumps between two instructions"},                  execute_unaligned },
    {{"serror", "takes an SError (where it was started at EL2 or EL3)"},  take_serror       },
    {{"fiq", "takes a FIQ that nobody serves (likewise)"},                take_fiq          },
    {{"irq", "takes an IRQ that nobody serves (likewise)"},               take_irq          },
    {{"broken-promise", "finds that a promise does not hold"},            break_promise     },
    {{"nested", "panics in the report of a panic"},                       break_report      },
    {{"vector-8", "enters the vector of EL0, AArch64: synchronous"},      enter<8>          },
    {{"vector-9", "likewise: IRQ"},                                       enter<9>          },
    {{"vector-10", "likewise: FIQ"},                                      enter<10>         },
    {{"vector-11", "likewise: SError"},                                   enter<11>         },
    {{"vector-12", "enters the vector of EL0, AArch32: synchronous"},     enter<12>         },
    {{"vector-13", "likewise: IRQ"},                                      enter<13>         },
    {{"vector-14", "likewise: FIQ"},                                      enter<14>         },
    {{"vector-15", "likewise: SError"},                                   enter<15>         },
};

}  // namespace

std::size_t Crashes::count() const { return std::size(kWays); }

kernel::Crashes::Kind Crashes::kind(std::size_t number) const {
    kernel::require(number < count(), "a kind of crash is one of those");
    return kWays[number].kind;
}

void Crashes::crash(std::size_t number, Place place) {
    kernel::require(number < count(), "a kind of crash is one of those");
    if (place == Place::Exception) {
        run_on_exception_stack(kWays[number].go, *this);
    }
    kWays[number].go(*this);
}

kernel::VirtAddr Crashes::map_nothing() {
    // Within the 40 bits of a Cortex-A53, and nothing on any Pi.
    constexpr kernel::PhysAddr kNobody{0xf0'0000'0000};
    constexpr mm::Attributes kDevice{mm::MemoryType::DeviceNgnre, mm::Access::ReadWrite};
    bool const is_mapped{pages_.map_pages(page_, kNobody, mm::kFrameBytes, kDevice)};
    kernel::require(is_mapped, "the page to look through is free");
    return page_;
}

}  // namespace arch
