// SPDX-License-Identifier: MIT
#include "kernel/mm/page_table.hpp"
#include "shell/frames/frame_words.hpp"
#include "shell/handlers.hpp"
#include "shell/machine.hpp"
#include "shell/numbers.hpp"

namespace shell {
namespace {

char const* memory_type(unsigned index) {
    switch (index) {
        case static_cast<unsigned>(mm::MemoryType::Normal): return "Normal";
        case static_cast<unsigned>(mm::MemoryType::DeviceNgnre): return "Device-nGnRE";
        case static_cast<unsigned>(mm::MemoryType::NormalNonCacheable):
            return "Normal non-cacheable";
        default: return "unknown memory type";
    }
}

void print_leaf(Call& call, mm::Level level, mm::Descriptor descriptor) {
    kernel::print(call.out, "{} of {} at {}\n", level == mm::Level::Three ? "page" : "block",
                  kernel::Size{mm::bytes_per_entry(level)}, descriptor.address());
}

void print_step(Call& call, mm::Translation::Step const& step) {
    kernel::print(call.out, "level {} table {} [{}] 0x{:016x} ", static_cast<unsigned>(step.level),
                  step.table, step.index, step.descriptor.raw());
    switch (step.descriptor.kind(step.level)) {
        case mm::Descriptor::Kind::Invalid: call.out.write("nothing\n"); break;
        case mm::Descriptor::Kind::Table:
            kernel::print(call.out, "table at {}\n", step.descriptor.address());
            break;
        case mm::Descriptor::Kind::Leaf: print_leaf(call, step.level, step.descriptor); break;
    }
}

}  // namespace

Outcome pagetable(Call& call) {
    std::string_view const word = call.arguments.front();
    auto const address = parse_value(word);
    if (!address) {
        return fail(call, word, address.error());
    }
    mm::Translation const translation = call.machine.pages.translate(kernel::VirtAddr{*address});
    for (mm::Translation::Step const& step : translation.met()) {
        print_step(call, step);
    }
    if (translation.met().empty()) {
        return fail(call, word, kernel::Error::NotKernelAddress, "the first is {}",
                    mm::PageTable::kFirst);
    }
    if (!translation.to) {
        return fail(call, word, kernel::Error::NotMapped);
    }
    mm::Descriptor const leaf = translation.met().back().descriptor;
    kernel::print(call.out, "{} leads to {}, {}, read{}{}{}\n", kernel::VirtAddr{*address},
                  *translation.to, memory_type(leaf.memory_type_index()),
                  leaf.is_writable() ? " write" : "", leaf.is_executable() ? " execute" : "",
                  leaf.is_user_accessible() ? ", also by user mode" : "");
    return Outcome::Success;
}

}  // namespace shell
