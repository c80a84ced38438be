// SPDX-License-Identifier: MIT
#include "boot/early_devices.hpp"
#include "boot/entry.hpp"
#include "boot/handover.hpp"
#include "kernel/format.hpp"
#include "kernel/panic.hpp"

#include <cstdint>
#include <string_view>

namespace {

/// Sends through the PL011 as the firmware left it.
class PolledUart final : public kernel::TextOutput {
public:
    explicit PolledUart(kernel::VirtAddr registers) : registers_{registers} {}

    void write(std::string_view text) override {
        auto* const data = reinterpret_cast<std::uint32_t volatile*>(registers_.raw());
        for (char const letter : text) {
            while ((data[0x18 / 4] & (1U << 5)) != 0) {
            }
            *data = static_cast<unsigned char>(letter);
        }
    }

private:
    kernel::VirtAddr registers_;
};

}  // namespace

void kernel_main(boot::Handover const& handover) {
    boot::EarlyDevices devices;
    std::uint64_t const uart =
        handover.ram_base.raw() == 0 ? std::uint64_t{0x3f20'1000} : std::uint64_t{0x0900'0000};
    PolledUart console{*devices.map(kernel::PhysAddr{uart}, 0x1000)};
    kernel::panic_prints_to(console);

    kernel::print(console, "beryl: entered at EL{} on core {}, x0 0x{:x}, midr 0x{:08x}\n",
                  handover.exception_level, handover.core, handover.x0, handover.midr);
    kernel::print(console, "beryl: image {}..{}\n", handover.image.begin, handover.image.end);
    if (handover.device_tree) {
        kernel::print(console, "beryl: a tree of {} bytes at 0x{:x}\n",
                      handover.device_tree->size(),
                      reinterpret_cast<std::uint64_t>(handover.device_tree->data()));
    } else {
        kernel::print(console, "beryl: no tree: {}\n", describe(handover.device_tree.error()));
    }
    stop_here();
}
