// SPDX-License-Identifier: MIT
#include "kernel/memory_access.hpp"
#include "kernel/mm/heap.hpp"
#include "kernel/mm/trial/random.hpp"
#include "kernel/units.hpp"
#include "shell/machine.hpp"
#include "shell/selftest/trials.hpp"

#include <array>

namespace shell {
namespace {

using kernel::Error;
using kernel::Width;

constexpr std::uint64_t kSeed = 3;

struct Object {
    void* at = nullptr;
    std::uint64_t bytes = 0;

    kernel::VirtAddr address() const {
        return kernel::VirtAddr{reinterpret_cast<std::uint64_t>(at)};
    }
    kernel::VirtAddr last_word() const {
        return address() + kernel::align_down(bytes - sizeof(std::uint64_t), sizeof(std::uint64_t));
    }
};
using Objects = std::array<Object, 48>;

// Each object gets a mark of its own at either end, so two that overlap are noticed.
bool mark(kernel::MemoryAccess& memory, Object const& object, std::uint64_t value) {
    return memory.write(object.address(), Width::Double, value) &&
           memory.write(object.last_word(), Width::Double, value);
}

bool has_mark(kernel::MemoryAccess& memory, Object const& object, std::uint64_t value) {
    auto const first = memory.read(object.address(), Width::Double);
    auto const last = memory.read(object.last_word(), Width::Double);
    return first && last && *first == value && *last == value;
}

// False if there is no memory, or if it is not as asked.
bool take(Machine& machine, mm::Random& random, Object& object, std::uint64_t value) {
    // Up to 16 KiB, as many short ones as long ones.
    std::uint64_t const bytes = sizeof(value) + random.below(std::uint64_t{64} << random.below(9));
    std::uint64_t const alignment = std::uint64_t{8} << random.below(6);
    auto const memory = machine.heap.allocate(bytes, alignment);
    if (!memory) {
        return false;
    }
    object = {*memory, bytes};
    return kernel::is_aligned(object.address().raw(), alignment) &&
           mark(machine.memory, object, value);
}

// NOLINTBEGIN(clang-analyzer-unix.Malloc): wrong on purpose, and the heap is our own.
// Frees `object`, in the wrong ways too.
bool give_back(mm::Heap& heap, Object const& object) {
    auto* const inside = static_cast<char*>(object.at) + 1;
    auto const within = heap.free(inside);
    bool const is_refused = !within && within.error() == Error::InsideBlock;
    bool const is_freed{heap.free(object.at)};
    auto const again = heap.free(object.at);
    return is_refused && is_freed && !again && again.error() == Error::AlreadyFree;
}
// NOLINTEND(clang-analyzer-unix.Malloc)

}  // namespace

Outcome try_heap(Call& call) {
    Machine& machine = call.machine;
    mm::Random random{kSeed};
    Objects objects{};
    std::uint64_t bytes = 0;
    bool is_right = true;
    for (std::uint64_t i = 0; i < objects.size() && is_right; ++i) {
        is_right = take(machine, random, objects[i], i);
        bytes += objects[i].bytes;
    }
    bool const was_taken = is_right;
    is_right = machine.heap.verify() && is_right;
    // Every third one first, so that pages are left half empty on the way.
    for (std::uint64_t step = 0; step < objects.size(); ++step) {
        std::uint64_t const i = step * 3 % objects.size() + step * 3 / objects.size();
        if (objects[i].at != nullptr) {
            is_right = has_mark(machine.memory, objects[i], i) && is_right;
            is_right = give_back(machine.heap, objects[i]) && is_right;
        }
    }
    is_right = machine.heap.verify() && is_right;
    if (!was_taken) {
        return fail(call, "heap", Error::OutOfMemory);
    }
    if (!is_right) {
        return fail(call, "heap", "an object was not taken, kept or given back as it must be");
    }
    kernel::print(call.out, "heap: {} objects of {} bytes, marked and given back: ok\n",
                  objects.size(), bytes);
    return Outcome::Success;
}

}  // namespace shell
