// SPDX-License-Identifier: MIT
#include "tests/support/fake_arch.hpp"

#include "kernel/arch/core.hpp"
#include "kernel/arch/image.hpp"
#include "kernel/arch/recoverable.hpp"

#include "tests/support/broken_promise.hpp"

namespace arch {

using test::FakeArch;

unsigned Core::core() const { return FakeArch::kCore; }
kernel::InterruptMask Core::mask_interrupts() { test::give_up("a report masks no interrupts"); }
void Core::restore_interrupts(kernel::InterruptMask) { test::give_up("a report opens none"); }
void Core::wait_for_interrupt() { test::give_up("a report waits for none"); }
std::uint64_t Core::longest_masked() const { test::give_up("a report does not ask that"); }
std::uint64_t Core::cycles() const { test::give_up("a report does not ask that"); }
void Core::finish_writes() { test::give_up("a report wakes nobody"); }
void Core::clean_and_invalidate(kernel::VirtRange) { test::give_up("a report cleans no cache"); }

std::array<GuardPage, kernel::kMostStacks> guard_pages() {
    auto const page = [](std::uint64_t at) {
        return kernel::VirtRange{kernel::VirtAddr{at}, kernel::VirtAddr{at + 0x1000}};
    };
    return {
        {{page(FakeArch::kBootGuard), 1, "first stack"},
         {page(FakeArch::kExceptionGuard), 3, "second stack"}}
    };
}

std::optional<kernel::CodePlace> code_place(kernel::VirtAddr address) {
    if (address.raw() < FakeArch::kTextBegin || address.raw() >= FakeArch::kTextEnd) {
        return {};
    }
    kernel::FunctionName name;
    for (char const character : std::string_view{"work"}) {
        name.append(character);
    }
    return kernel::CodePlace{name, address.raw() - FakeArch::kTextBegin};
}

kernel::Result<std::uint64_t> recoverable_load(kernel::VirtAddr address, kernel::Width width) {
    if (width != kernel::Width::Double) {
        test::give_up("a frame record holds words of 8 bytes");
    }
    auto const found = FakeArch::words.find(address.raw());
    if (found == FakeArch::words.end()) {
        return kernel::Error::TranslationFault;
    }
    return found->second;
}

}  // namespace arch
