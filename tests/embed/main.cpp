// SPDX-License-Identifier: MIT
//
// Another kernel's first use of kernel/mm: it defines what a broken promise does, supplies the
// metadata, says which frames are RAM, and allocates.
#include "kernel/mm/buddy_allocator.hpp"

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <vector>

void kernel::broken_promise(char const* promise, char const* file, int line) {
    std::cerr << file << ":" << line << ": " << promise << "\n";
    std::abort();
}

int main() {
    // 64 MiB of RAM at 1 GiB, of which the first 2 MiB hold the kernel.
    mm::FrameRange const ram{mm::FrameNumber{0x40000}, mm::FrameNumber{0x44000}};
    mm::FrameRange const usable{ram.first + 512, ram.end};
    std::vector<std::uint64_t> metadata(mm::BuddyAllocator::metadata_words(ram));
    mm::BuddyAllocator frames{ram, metadata};
    if (!frames.release(usable)) {
        return 1;
    }

    auto const block = frames.allocate(mm::Order::of(3));
    auto const six_frames = frames.allocate_frames(6);
    if (!block || !six_frames) {
        return 2;
    }
    auto const wrong = frames.free(block->first + 1, mm::Order{});
    if (wrong || wrong.error() != kernel::Error::InsideBlock) {
        return 3;
    }
    if (!frames.free(block->first, block->order) || !frames.free_frames(*six_frames)) {
        return 4;
    }
    std::cout << frames.free_frames_count() << " frames free again\n";
    return frames.verify() && frames.free_frames_count() == usable.count() ? 0 : 5;
}
