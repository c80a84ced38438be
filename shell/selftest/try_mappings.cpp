// SPDX-License-Identifier: MIT
#include "kernel/memory_access.hpp"
#include "kernel/mm/frame_allocator.hpp"
#include "kernel/mm/page_table.hpp"
#include "kernel/mm/virtual_space.hpp"
#include "shell/machine.hpp"
#include "shell/selftest/trials.hpp"

#include <array>
#include <optional>

namespace shell {
namespace {

using kernel::Error;
using kernel::VirtRange;
using kernel::Width;

using Ranges = std::array<std::optional<VirtRange>, 24>;

// No two of the ranges touch: there is a guard page between them.
bool are_apart(Ranges const& ranges) {
    for (auto const& range : ranges) {
        for (auto const& other : ranges) {
            bool const is_same = &range == &other;
            if (!is_same && range && other && range->begin <= other->begin &&
                other->begin < range->end + mm::kFrameBytes) {
                return false;
            }
        }
    }
    return true;
}

// Takes ranges of 1, 2, 3 ... pages and gives back every second one first.
bool try_ranges(mm::VirtualSpace& space) {
    Ranges ranges;
    for (std::uint64_t i = 0; i < ranges.size(); ++i) {
        auto const range = space.allocate((i + 1) * mm::kFrameBytes);
        if (range) {
            ranges[i] = *range;
        }
    }
    bool is_right = are_apart(ranges) && space.verify();
    for (std::uint64_t const begin : {0U, 1U}) {
        for (std::uint64_t i = begin; i < ranges.size(); i += 2) {
            bool const is_freed = ranges[i] && space.free(*ranges[i]);
            auto const again = is_freed ? space.free(*ranges[i]) : Error::NotAllocated;
            is_right = is_freed && !again && again.error() == Error::AlreadyFree && is_right;
        }
    }
    return is_right;
}

// What is written through the mapping is in the frame, and after it nothing is mapped there.
bool try_page(Machine& machine, kernel::PhysAddr frame, VirtRange page) {
    constexpr std::uint64_t kMark = 0x0123'4567'89ab'cdef;
    mm::Attributes const attributes{mm::MemoryType::Normal, mm::Access::ReadWrite};
    if (!machine.pages.map(page.begin, frame, page.bytes(), attributes)) {
        return false;
    }
    bool const is_written{machine.memory.write(page.begin, Width::Double, kMark)};
    bool const is_unmapped{machine.pages.unmap(page.begin, page.bytes())};
    auto const seen = machine.memory.read_physical(frame, Width::Double);
    auto const gone = machine.memory.read(page.begin, Width::Double);
    return is_written && is_unmapped && seen && *seen == kMark && !gone &&
           gone.error() == Error::TranslationFault;
}

// Takes a frame and a page for it, late if there is one.
bool try_mapping(Machine& machine) {
    auto const block = machine.frames.allocate(mm::Order{});
    if (!block) {
        return false;
    }
    auto const page = machine.virtual_space.allocate(mm::kFrameBytes);
    bool is_right = page && try_page(machine, block->frames.first.address(), *page);
    is_right = page && machine.virtual_space.free(*page) && is_right;
    // NOLINTNEXTLINE(clang-analyzer-unix.Malloc): gives back frames, not what malloc gave.
    return machine.frames.free(*block) && is_right;
}

}  // namespace

Outcome try_mappings(Call& call) {
    if (!try_ranges(call.machine.virtual_space)) {
        return fail(call, "virtual space", "a range was not taken or given back as it must be");
    }
    if (!try_mapping(call.machine)) {
        return fail(call, "mapping", "a frame could not be mapped, written, read and unmapped");
    }
    kernel::print(call.out, "virtual space: {} ranges and a mapped frame: ok\n", Ranges{}.size());
    return Outcome::Success;
}

}  // namespace shell
