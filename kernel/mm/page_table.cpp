// SPDX-License-Identifier: MIT
#include "kernel/mm/page_table.hpp"

#include "kernel/mm/table_cursor.hpp"
#include "kernel/units.hpp"

#include <algorithm>

namespace mm {

using kernel::Error;
using kernel::PhysAddr;
using kernel::Result;
using kernel::VirtAddr;

namespace {

Result<EarlyFrame> empty_table(EarlyFrameSource& frames, EarlyWindow const& window) {
    auto const frame = frames.allocate();
    if (frame) {
        TableCursor::clear_table(window, *frame);
    }
    return frame;
}

}  // namespace

Result<EarlyFrame> PageTable::make_root(EarlyFrameSource& frames, EarlyWindow const& window) {
    return empty_table(frames, window);
}

Result<void> PageTable::map(VirtAddr at, PhysAddr to, std::uint64_t bytes, Attributes attributes) {
    auto const span = span_of(at, bytes);
    return span ? map_by(Level::Two, *span, to, attributes) : Result<void>{span.error()};
}

Result<void> PageTable::map_pages(VirtAddr at, PhysAddr to, std::uint64_t bytes,
                                  Attributes attributes) {
    auto const span = span_of(at, bytes);
    return span ? map_by(Level::Three, *span, to, attributes) : Result<void>{span.error()};
}

Result<void> PageTable::unmap(VirtAddr at, std::uint64_t bytes) {
    auto const span = span_of(at, bytes);
    if (!span) {
        return span.error();
    }
    Survey const found = survey(*span);
    if (found.mapped_bytes != bytes) {
        return Error::NotMapped;
    }
    if (found.cuts_block) {
        return Error::PartOfBlock;
    }
    clear(*span);
    return {};
}

Translation PageTable::translate(VirtAddr address) const {
    Translation found;
    if (address < kFirst) {
        return found;
    }
    std::uint64_t const offset = address - kFirst;
    EarlyFrame table = root_;
    Descriptor::Kind kind = Descriptor::Kind::Table;
    while (kind == Descriptor::Kind::Table) {  // At level 3 none is.
        auto const level = static_cast<Level>(found.step_count + 1);
        std::uint64_t const bytes = bytes_per_entry(level);
        auto const index = static_cast<unsigned>(offset / bytes % kTableEntries);
        Descriptor const descriptor = TableCursor::read(window_, table, index);
        found.steps[found.step_count++] = {level, table.address(), index, descriptor};
        kind = descriptor.kind(level);
        if (kind == Descriptor::Kind::Leaf) {
            found.to = descriptor.address() + offset % bytes;
        }
        table = EarlyFrame{FrameNumber::containing(descriptor.address())};
    }
    return found;
}

void PageTable::visit(MappingVisitor& visitor) const {
    for (TableCursor cursor{window_, root_, 0}; cursor.offset() < kSpaceBytes; cursor.next()) {
        if (cursor.is_on_mapping()) {
            visitor.visit({kFirst + cursor.offset(), cursor.level(), cursor.descriptor()});
        }
    }
}

Result<PageTable::Span> PageTable::span_of(VirtAddr at, std::uint64_t bytes) {
    if (bytes == 0) {
        return Error::EmptyRange;
    }
    if (!kernel::is_aligned(at.raw() | bytes, kFrameBytes)) {
        return Error::Misaligned;
    }
    if (at < kFirst || bytes > kSpaceBytes - (at - kFirst)) {
        return Error::NotKernelAddress;
    }
    std::uint64_t const first = at - kFirst;
    return Span{first, first + bytes};
}

PageTable::Survey PageTable::survey(Span span) const {
    Survey found;
    TableCursor cursor{window_, root_, span.first};
    while (cursor.offset() < span.end) {
        std::uint64_t const run = cursor.run_until(span.end);
        std::uint64_t const mappings = cursor.mappings_in(run);
        std::uint64_t const bytes = bytes_per_entry(cursor.level());
        // Of each: a run is of pages, all of them in the span, or a single descriptor.
        std::uint64_t const covered = std::min(cursor.entry_end(), span.end) - cursor.offset();
        found.mapped_bytes += mappings * covered;
        found.cuts_block = found.cuts_block || (mappings != 0 && covered != bytes);
        cursor.skip(run);
    }
    return found;
}

Result<void> PageTable::map_by(Level largest, Span span, PhysAddr to, Attributes attributes) {
    std::uint64_t const bytes = span.end - span.first;
    if (!kernel::is_aligned(to.raw(), kFrameBytes)) {
        return Error::Misaligned;
    }
    static_assert(kSpaceBytes < kPhysicalBytes);
    if (to.raw() > kPhysicalBytes - bytes) {
        return Error::AddressSizeFault;
    }
    if (survey(span).mapped_bytes != 0) {
        return Error::AlreadyMapped;
    }
    auto const filled = fill(largest, span, to, attributes);
    if (filled) {
        tlb_.after_map();
    }
    return filled;
}

Result<void> PageTable::fill(Level largest, Span span, PhysAddr to, Attributes attributes) {
    TableCursor cursor{window_, root_, span.first};
    while (cursor.offset() < span.end) {
        std::uint64_t const done = cursor.offset() - span.first;
        PhysAddr const output = to + done;
        std::uint64_t const block = bytes_per_entry(largest);
        bool const fits = kernel::is_aligned(cursor.offset() | output.raw(), block) &&
                          block <= span.end - cursor.offset();
        Level const wanted = fits ? largest : Level::Three;
        while (cursor.level() < wanted) {
            auto const table = empty_table(frames_, window_);
            if (!table) {
                // One page further than what is mapped: the way there may hold empty tables.
                clear({span.first, cursor.offset() + kFrameBytes});
                return table.error();
            }
            cursor.link(*table);
        }
        std::uint64_t const run = cursor.run_until(span.end);
        cursor.write(Descriptor::leaf(cursor.level(), output, attributes), run);
        cursor.skip(run);
    }
    return {};
}

void PageTable::clear(Span span) {
    for (std::uint64_t first = span.first; first < span.end;) {
        TableCursor cursor{window_, root_, first};
        std::uint64_t const pages = cursor.run_until(span.end);
        bool const is_page = cursor.level() == Level::Three;
        std::uint64_t const end = is_page ? first + pages * kFrameBytes : cursor.entry_end();
        cursor.invalidate(pages);
        std::array<std::optional<EarlyFrame>, 2> emptied;
        for (auto& table : emptied) {
            if (cursor.level() != Level::One && cursor.table_is_empty()) {
                table = cursor.unlink();
            }
        }
        tlb_.invalidate(kFirst + first, pages);
        for (auto const& table : emptied) {
            if (table) {
                frames_.free(*table);
            }
        }
        first = end;
    }
}

}  // namespace mm
