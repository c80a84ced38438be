// SPDX-License-Identifier: MIT
#include "kernel/arch/image.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace arch {

namespace {

kernel::VirtAddr at(char const* symbol) {
    return kernel::VirtAddr{reinterpret_cast<std::uint64_t>(symbol)};
}

}  // namespace

std::array<ImagePart, 5> image_parts(kernel::VirtAddr end) {
    using mm::Access;
    return {
        {
         {{at(text_begin), at(text_end)}, Access::ReadExecute},
         {{at(rodata_begin), at(rodata_end)}, Access::Read},
         {{at(data_begin), at(boot_stack_guard)}, Access::ReadWrite},
         {{at(boot_stack_begin), at(exception_stack_guard)}, Access::ReadWrite},
         {{at(exception_stack_begin), end}, Access::ReadWrite},
         }
    };
}

std::array<GuardPage, 2> guard_pages() {
    return {
        {
         {{at(boot_stack_guard), at(boot_stack_begin)}, "core 0's stack"},
         {{at(exception_stack_guard), at(exception_stack_begin)}, "the stack of exceptions"},
         }
    };
}

std::optional<kernel::CodePlace> code_place(kernel::VirtAddr address) {
    if (address < at(text_begin) || address >= at(text_end)) {
        return {};
    }
    auto const bytes = static_cast<std::size_t>(symbols_end - symbols_begin);
    kernel::SymbolTable const symbols{
        std::span<char const>{symbols_begin, bytes}
    };
    return symbols.find(address - at(image_begin));
}

}  // namespace arch
