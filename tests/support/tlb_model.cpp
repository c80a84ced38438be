// SPDX-License-Identifier: MIT
#include "tests/support/tlb_model.hpp"

#include "kernel/mm/table_cursor.hpp"

#include "tests/support/broken_promise.hpp"

namespace test {

void TlbModel::after_map() {
    ++maps;
    look_at_all();
}

void TlbModel::invalidate(kernel::VirtAddr first, std::uint64_t pages) {
    // Another core may walk the tables until the last moment.
    look_at_all();
    invalidations.push_back({first.raw(), pages});
    for (std::uint64_t page = 0; page < pages; ++page) {
        std::uint64_t const address = first.raw() + page * mm::kFrameBytes;
        for (unsigned level = 1; level <= 3; ++level) {
            std::uint64_t const bytes = mm::bytes_per_entry(static_cast<mm::Level>(level));
            remembered_.erase({level, address / bytes * bytes});
        }
    }
}

void TlbModel::require_forgotten(mm::EarlyFrame frame) const {
    for (auto const& [key, raw] : remembered_) {
        mm::Descriptor const descriptor{raw};
        bool const is_table =
            descriptor.kind(static_cast<mm::Level>(key.first)) == mm::Descriptor::Kind::Table;
        if (is_table && descriptor.address() == frame.address()) {
            give_up("a table is given back that a TLB still knows");
        }
    }
}

void TlbModel::look_at_all() {
    struct Table {
        unsigned level;
        std::uint64_t first;
        std::uint64_t at;
    };
    std::vector<Table> todo{
        {1, mm::PageTable::kFirst.raw(), root_}
    };
    while (!todo.empty()) {
        Table const table = todo.back();
        todo.pop_back();
        auto const level = static_cast<mm::Level>(table.level);
        mm::EarlyFrame const frame{mm::FrameNumber::containing(kernel::PhysAddr{table.at})};
        for (unsigned index = 0; index < mm::kTableEntries; ++index) {
            mm::Descriptor const found = mm::TableCursor::read(window_, frame, index);
            std::uint64_t const address = table.first + index * mm::bytes_per_entry(level);
            if (found.kind(level) == mm::Descriptor::Kind::Invalid) {
                continue;
            }
            auto const [old, is_new] = remembered_.try_emplace({table.level, address}, found.raw());
            if (!is_new && old->second != found.raw()) {
                give_up("a descriptor changed that a TLB still knows");
            }
            if (found.kind(level) == mm::Descriptor::Kind::Table) {
                todo.push_back({table.level + 1, address, found.address().raw()});
            }
        }
    }
}

}  // namespace test
