// SPDX-License-Identifier: MIT
#include "kernel/mm/frame.hpp"
#include "kernel/units.hpp"
#include "shell/access/access_arguments.hpp"
#include "shell/handlers.hpp"
#include "shell/machine.hpp"

#include <algorithm>
#include <optional>

namespace shell {
namespace {

// What is filled: `bytes` from `address` on, which do not wrap.
struct Stretch {
    std::uint64_t address;
    std::uint64_t bytes;
};

// Calls `visit` with the part of `stretch` in each frame or page, until it fails or Ctrl-C does.
template <typename Visit>
Outcome for_each_page(Call& call, Stretch const& stretch, Visit visit) {
    for (std::uint64_t done = 0; done < stretch.bytes;) {
        if (is_interrupted(call)) {
            return interrupted(call);
        }
        std::uint64_t const at = stretch.address + done;
        std::uint64_t const to_page_end = mm::kFrameBytes - at % mm::kFrameBytes;
        Stretch const part{at, std::min(to_page_end, stretch.bytes - done)};
        Outcome const outcome = visit(part);
        if (outcome != Outcome::Success) {
            return outcome;
        }
        done += part.bytes;
    }
    return Outcome::Success;
}

}  // namespace

Outcome fill(Call& call) {
    auto const arguments = parse_access(call);
    if (!arguments) {
        return Outcome::Failure;
    }
    if (arguments->rest.size() != 2) {
        return usage(call);
    }
    auto const bytes = parse_access_bytes(call, arguments->rest.front(), *arguments);
    if (!bytes) {
        return Outcome::Failure;
    }
    auto const value = parse_access_value(call, arguments->rest.back(), arguments->width);
    if (!value) {
        return Outcome::Failure;
    }
    MemoryPort port{call.machine, arguments->space, arguments->width};
    Stretch const whole{arguments->address, *bytes};

    // All of it is judged before the first byte is written.
    Outcome const permission = for_each_page(call, whole, [&](Stretch const& part) {
        auto const may_write = port.may_write(part.address);
        return may_write ? Outcome::Success
                         : fail_access(call, *arguments, part.address, may_write.error());
    });
    if (permission != Outcome::Success) {
        return permission;
    }
    Outcome const outcome = for_each_page(call, whole, [&](Stretch const& part) {
        for (std::uint64_t offset = 0; offset < part.bytes; offset += port.bytes()) {
            auto const written = port.write_permitted(part.address + offset, *value);
            if (!written) {
                return fail_access(call, *arguments, part.address + offset, written.error());
            }
        }
        return Outcome::Success;
    });
    if (outcome == Outcome::Success) {
        kernel::print(call.out, "{}..{} {} of 0x", kernel::PhysAddr{whole.address},
                      kernel::PhysAddr{whole.address + (whole.bytes - 1)},
                      kernel::Size{whole.bytes});
        print_value(call, *value, arguments->width);
        call.out.write("\n");
    }
    return outcome;
}

}  // namespace shell
