// SPDX-License-Identifier: MIT
#include "kernel/memory_access.hpp"
#include "kernel/mm/mapping_audit.hpp"
#include "kernel/mm/page_table.hpp"
#include "shell/machine.hpp"
#include "shell/selftest/trials.hpp"

namespace shell {
namespace {

using kernel::Error;
using kernel::VirtAddr;
using kernel::Width;

/// Writes to every page that cannot be written what is there already.
class ReadOnlyPages final : public mm::MappingVisitor {
public:
    explicit ReadOnlyPages(kernel::MemoryAccess& memory) : memory_{memory} {}

    void visit(mm::Mapping const& mapping) override {
        if (mapping.descriptor.is_writable()) {
            return;
        }
        ++count_;
        auto const there = memory_.read(mapping.at, Width::Word);
        auto const outcome = memory_.write(mapping.at, Width::Word, there ? *there : 0);
        all_refused_ =
            all_refused_ && there && !outcome && outcome.error() == Error::PermissionFault;
    }

    std::uint64_t count() const { return count_; }
    bool all_refused() const { return all_refused_; }

private:
    kernel::MemoryAccess& memory_;
    std::uint64_t count_ = 0;
    bool all_refused_ = true;
};

bool is_not_there(kernel::MemoryAccess& memory, VirtAddr address) {
    auto const seen = memory.read(address, Width::Byte);
    auto const outcome = memory.write(address, Width::Byte, 0);
    return !seen && seen.error() == Error::TranslationFault && !outcome &&
           outcome.error() == Error::TranslationFault;
}

}  // namespace

Outcome try_rights(Call& call) {
    Machine& machine = call.machine;
    ReadOnlyPages pages{machine.memory};
    machine.pages.visit(pages);
    if (!pages.all_refused()) {
        return fail(call, "rights", "a page was written that may only be read");
    }
    auto const& guards = machine.mapping_plan.guards;
    VirtAddr tried{0};
    bool is_guarded = is_not_there(machine.memory, tried);
    for (std::size_t next = 0; is_guarded && next != guards.size(); ++next) {
        tried = guards[next].begin;
        is_guarded = is_not_there(machine.memory, tried);
    }
    if (!is_guarded) {
        return fail_because(call, "rights", "something is mapped at {}", tried);
    }
    kernel::print(call.out, "rights: {} pages refuse a write, address 0 and {} guards all: ok\n",
                  pages.count(), guards.size());
    return Outcome::Success;
}

}  // namespace shell
