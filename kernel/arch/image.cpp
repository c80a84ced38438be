// SPDX-License-Identifier: MIT
#include "kernel/arch/image.hpp"

#include "kernel/arch/core_stacks.hpp"
#include "kernel/arch/per_core.hpp"

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

std::array<GuardPage, kernel::kMostStacks> guard_pages() {
    constexpr char const* kOwn = "stack";
    constexpr char const* kOfExceptions = "stack of exceptions";
    std::array<GuardPage, kernel::kMostStacks> pages{
        {{{at(boot_stack_guard), at(boot_stack_begin)}, boot_core(), kOwn},
         {{at(exception_stack_guard), at(exception_stack_begin)}, boot_core(), kOfExceptions}}
    };
    std::size_t count = 2;
    for (unsigned core = 0; core < kernel::kMostCores; ++core) {
        if (core != boot_core()) {
            CoreStacks const stacks{core};
            pages[count++] = {stacks.guard(), core, kOwn};
            pages[count++] = {stacks.exception_guard(), core, kOfExceptions};
        }
    }
    return pages;
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
