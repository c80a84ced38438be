// SPDX-License-Identifier: MIT
#include "tests/support/small_machine.hpp"

#include "tests/support/broken_promise.hpp"

#include <sys/mman.h>

extern "C" {
#include <libfdt.h>
}

namespace test {
namespace {

using kernel::PhysAddr;
using kernel::PhysRange;

void must(bool worked) {
    if (!worked) {
        give_up("the small machine was not built");
    }
}

PhysRange bytes(std::uint64_t begin, std::uint64_t end) { return {PhysAddr{begin}, PhysAddr{end}}; }

mm::FrameRange window_frames() {
    return {mm::FrameNumber{0}, mm::FrameNumber{SmallMachine::kEarlyBytes / mm::kFrameBytes}};
}

mm::MemoryMap make_map() {
    using Owner = mm::RegionOwner;
    mm::MemoryMap map;
    must(bool{map.add_ram(bytes(0, 0x0600'0000))});
    must(bool{map.add_ram(bytes(0x0620'0000, 0x0c00'0000))});
    must(bool{map.reserve({bytes(0, 0x8'0000), Owner::Firmware, "below the image"})});
    must(bool{map.reserve({bytes(0x8'0000, 0x20'0000), Owner::KernelImage, "kernel image"})});
    must(bool{map.reserve(
        {bytes(0x0200'0000, 0x0210'0000), Owner::ReservedMemory, "secret", mm::Mappable::No})});
    must(bool{map.reserve({bytes(0x0480'0000, 0x0481'0000), Owner::DeviceTree, "device tree"})});
    return map;
}

std::vector<std::uint64_t> metadata_for(mm::FrameRange span) {
    return std::vector<std::uint64_t>(mm::BuddyAllocator::metadata_words(span));
}

void release_all(mm::Zone& zone, mm::MemoryMap::Ranges const& usable) {
    for (mm::FrameRange const range : usable) {
        must(bool{zone.buddies().release(range)});
    }
}

// A tree with a UART on a bus that begins at another address than the CPU sees it.
std::vector<std::uint64_t> make_tree() {
    std::vector<std::uint64_t> words(256);
    void* const blob = words.data();
    auto const cells = [](std::initializer_list<std::uint32_t> values) {
        std::vector<std::uint32_t> big_endian;
        for (std::uint32_t const value : values) {
            big_endian.push_back(cpu_to_fdt32(value));
        }
        return big_endian;
    };
    auto const property = [&](char const* name, std::vector<std::uint32_t> const& value) {
        must(fdt_property(blob, name, value.data(), static_cast<int>(value.size() * 4)) == 0);
    };
    must(fdt_create(blob, static_cast<int>(words.size() * 8)) == 0);
    must(fdt_finish_reservemap(blob) == 0);
    must(fdt_begin_node(blob, "") == 0);
    property("#address-cells", cells({1}));
    property("#size-cells", cells({1}));
    must(fdt_begin_node(blob, "soc") == 0);
    property("#address-cells", cells({1}));
    property("#size-cells", cells({1}));
    property("ranges", cells({0x7e00'0000, 0x3f00'0000, 0x0100'0000}));
    must(fdt_begin_node(blob, "serial@7e201000") == 0);
    must(fdt_property_string(blob, "compatible", "arm,pl011") == 0);
    property("reg", cells({0x7e20'1000, 0x200}));
    must(fdt_end_node(blob) == 0);
    must(fdt_end_node(blob) == 0);
    must(fdt_end_node(blob) == 0);
    must(fdt_finish(blob) == 0);
    return words;
}

kernel::DeviceTree open_tree(std::vector<std::uint64_t> const& blob) {
    auto const tree = kernel::DeviceTree::open(
        {reinterpret_cast<std::uint8_t const*>(blob.data()), blob.size() * 8});
    must(bool{tree});
    return *tree;
}

}  // namespace

WindowMemory::WindowMemory(std::uint64_t size)
    : memory_{mmap(nullptr, size, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)},
      bytes_{size} {
    must(memory_ != MAP_FAILED);
}

WindowMemory::~WindowMemory() { munmap(memory_, bytes_); }

kernel::VirtAddr WindowMemory::at() const {
    return kernel::VirtAddr{reinterpret_cast<std::uint64_t>(memory_)};
}

SmallMachine::SmallMachine(std::size_t handles)
    : map{make_map()},
      early_ram{map.ram_inside(window_frames())},
      late_ram{map.ram_outside(window_frames())},
      early_metadata{metadata_for(mm::hull(early_ram))},
      late_metadata{metadata_for(mm::hull(late_ram))},
      early{"early", mm::hull(early_ram), early_ram.items(), early_metadata},
      late{"late", mm::hull(late_ram), late_ram.items(), late_metadata},
      window{PhysAddr{0}, kEarlyBytes, window_memory.at()},
      pages{(release_all(early, map.usable_inside(window_frames())),
             *mm::PageTable::make_root(early_frames, window)),
            early_frames, window, tlb},
      space_metadata(mm::VirtualSpace::metadata_words(kVirtualSpace)),
      virtual_space{kVirtualSpace, space_metadata, &faults},
      heap_metadata(mm::Heap::metadata_words(kHeapWindow)),
      heap{kHeapWindow, heap_pages, heap_metadata, &faults},
      handle_room(shell::Holdings::storage_words(handles)),
      holdings{handle_room},
      tree_blob{make_tree()},
      tree{open_tree(tree_blob)},
      machine{console, clock, core,       power,    successor, cores,  memory,   log,
              board,   tree,  interrupts, map,      window,    frames, pages,    virtual_space,
              heap,    plan,  crashes,    contents, retired,   poison, holdings, faults} {
    console.idle = [this] { clock.now += 100'000; };  // Who waits for a character has time pass.
    release_all(late, map.usable_outside(window_frames()));
    board.dma = kernel::DmaWindow{bytes(0, 0x0800'0000), 0xc000'0000};
    mm::Attributes const data{mm::MemoryType::Normal, mm::Access::ReadWrite};
    for (PhysRange const part : {bytes(0x8'0000, 0x0200'0000), bytes(0x0210'0000, kEarlyBytes)}) {
        must(bool{pages.map(kWindowPages + part.begin.raw(), part.begin, part.bytes(), data)});
    }
    memory.put_register(0x3f20'1018, 0x90);
}

std::string SmallMachine::type(std::string_view line) {
    session.execute(line);
    return printed = console.take_output();
}

bool SmallMachine::succeeds(std::string_view line) {
    shell::Outcome const outcome = session.execute(line);
    printed = console.take_output();
    return outcome == shell::Outcome::Success;
}

bool SmallMachine::fails(std::string_view line) { return !succeeds(line); }

std::uint64_t SmallMachine::state() const {
    std::uint64_t state = early.buddies().hash();
    for (std::uint64_t const part : {late.buddies().hash(), virtual_space.hash(), heap.hash()}) {
        state = state * 31 + part;
    }
    for (auto next = holdings.at_or_after(0); next; next = holdings.at_or_after(next->number + 1)) {
        state = state * 31 + next->number;
        state = state * 31 + next->allocation.frames.first.raw();
        state = state * 31 + (next->mapped_at ? next->mapped_at->raw() : 0);
    }
    return state;
}

std::string printed_address(kernel::PhysAddr address) {
    std::array<char, 32> storage{};
    kernel::TextBuffer text{storage};
    kernel::print(text, "{}", address);
    return std::string{text.text()};
}

}  // namespace test
