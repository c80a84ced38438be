// SPDX-License-Identifier: MIT
#include "kernel/mm/frame.hpp"
#include "kernel/units.hpp"
#include "shell/access/access_arguments.hpp"
#include "shell/access/borrowed_page.hpp"
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

void print_filled(Call& call, Stretch const& stretch, std::uint64_t value, kernel::Width width) {
    kernel::print(call.out, "{}..{} {} of 0x", kernel::PhysAddr{stretch.address},
                  kernel::PhysAddr{stretch.address + (stretch.bytes - 1)},
                  kernel::Size{stretch.bytes});
    print_value(call, value, width);
    call.out.write("\n");
}

// Only frames that the shell holds are shown in a page: not text, which must not be writable under
// any address, and no device.
bool may_borrow(Machine const& machine, AccessArguments const& arguments) {
    return arguments.space == AddressSpace::Physical && !machine.settings.is_unsafe;
}

// Prints why and fails if any of the stretch may not be written. Touches nothing.
Outcome judge(Call& call, AccessArguments const& arguments, Stretch const& stretch) {
    MemoryPort const port{call.machine, arguments.space, arguments.width};
    return for_each_page(call, stretch, [&](Stretch const& part) {
        auto const may_write = port.may_write(part.address);
        return may_write ? Outcome::Success
                         : fail_access(call, arguments, part.address, may_write.error());
    });
}

// Writes over all of the stretch, which judge() has let through.
Outcome write_over(Call& call, AccessArguments const& arguments, Stretch const& stretch,
                   std::uint64_t value) {
    MemoryPort port{call.machine, arguments.space, arguments.width};
    MemoryPort by_page{call.machine, AddressSpace::Virtual, arguments.width};
    BorrowedPage page{call.machine};
    bool const borrows = may_borrow(call.machine, arguments);
    return for_each_page(call, stretch, [&](Stretch const& part) {
        auto const seen = borrows ? page.show(kernel::PhysAddr{part.address}) : std::nullopt;
        MemoryPort& way = seen ? by_page : port;
        std::uint64_t const start = seen ? seen->raw() : part.address;
        for (std::uint64_t offset = 0; offset < part.bytes; offset += port.bytes()) {
            auto const written = way.write_permitted(start + offset, value);
            if (!written) {
                return fail_access(call, arguments, part.address + offset, written.error());
            }
        }
        return Outcome::Success;
    });
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
    Stretch const whole{arguments->address, *bytes};
    Outcome const permission = judge(call, *arguments, whole);
    if (permission != Outcome::Success) {
        return permission;
    }
    Outcome const outcome = write_over(call, *arguments, whole, *value);
    if (outcome == Outcome::Success) {
        print_filled(call, whole, *value, arguments->width);
    }
    return outcome;
}

}  // namespace shell
