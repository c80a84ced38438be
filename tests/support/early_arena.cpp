// SPDX-License-Identifier: MIT
#include "tests/support/early_arena.hpp"

#include "tests/support/broken_promise.hpp"

#include <cstring>
#include <string_view>

namespace test {

EarlyArena::EarlyArena(std::uint64_t frames)
    : frames_(frames),
      taken_(frames),
      window_{kBase, frames * mm::kFrameBytes,
              kernel::VirtAddr{reinterpret_cast<std::uintptr_t>(frames_.data())}} {}

kernel::Result<mm::EarlyFrame> EarlyArena::allocate() {
    if (allowed_ == 0 || outstanding_ == taken_.size()) {
        return kernel::Error::OutOfMemory;
    }
    std::size_t index = 0;
    while (taken_[index]) {
        ++index;
    }
    taken_[index] = true;
    --allowed_;
    ++outstanding_;
    std::memset(frames_[index].bytes, 0xa5, mm::kFrameBytes);
    return mm::EarlyFrame{mm::FrameNumber::containing(kBase) + index};
}

void EarlyArena::free(mm::EarlyFrame frame) {
    std::uint64_t const index = frame.number() - mm::FrameNumber::containing(kBase);
    if (!taken_.at(index)) {
        give_up("a frame is given back that is not taken");
    }
    on_free(frame);
    taken_[index] = false;
    --outstanding_;
}

std::uint64_t EarlyArena::hash() const {
    std::uint64_t hash = outstanding_;
    for (std::size_t index = 0; index < frames_.size(); ++index) {
        if (taken_[index]) {  // What lies in a free frame is nobody's state.
            auto const* const bytes = reinterpret_cast<char const*>(frames_[index].bytes);
            std::size_t const content =
                std::hash<std::string_view>{}(std::string_view{bytes, mm::kFrameBytes});
            hash = (hash ^ content ^ index) * 1'099'511'628'211U;
        }
    }
    return hash;
}

}  // namespace test
