// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/fault_plan.hpp"
#include "kernel/mm/frame_allocator.hpp"
#include "kernel/mm/heap.hpp"
#include "kernel/mm/heap_pages.hpp"
#include "kernel/mm/page_table.hpp"
#include "kernel/mm/virtual_space.hpp"

#include "tests/simulation/heap_model.hpp"
#include "tests/simulation/operation.hpp"
#include "tests/simulation/parts.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace simulation {

/// All allocators of a small machine with a layout of its own, and what each of them must be.
///
/// Every call is made on the allocator and on its model, and result, error and address compared.
class World {
public:
    /// The same seed gives the same layout.
    explicit World(std::uint64_t seed);

    void run(Operation const& operation);

    /// Gives back all there is, after which everything must be as it was in the beginning.
    void finish();

    Judge const& judge() const { return judge_; }

private:
    // Both lie across the border of two tables of pages.
    static constexpr kernel::VirtRange kHeapWindow{
        kernel::VirtAddr{0xffff'ffff'c020'0000 - HeapModel::kPages / 2 * mm::kFrameBytes},
        kernel::VirtAddr{0xffff'ffff'c020'0000 + HeapModel::kPages / 2 * mm::kFrameBytes}};
    static constexpr kernel::VirtRange kSpace{kernel::VirtAddr{0xffff'ffff'9010'0000},
                                              kernel::VirtAddr{0xffff'ffff'9030'0000}};

    static constexpr std::uint32_t kNoPlan = 4;  ///< For plan().

    struct Mapped {
        mm::Allocation frames;
        kernel::VirtRange pages;
    };
    using Zones = std::array<std::uint64_t, 4>;

    void allocate(std::uint32_t a, std::uint32_t b);
    void allocate_frames(std::uint32_t a, std::uint32_t b);
    void allocate_at(std::uint32_t a, std::uint32_t b);
    void free(std::uint32_t a, std::uint32_t b);
    void free_wrongly(std::uint32_t a, std::uint32_t b);
    void allocate_object(std::uint32_t a, std::uint32_t b);
    void free_object(std::uint32_t a, std::uint32_t b);
    void free_object_wrongly(std::uint32_t a);
    void map(std::uint32_t a, std::uint32_t b);
    void unmap(std::uint32_t a, std::uint32_t b);
    void plan(std::uint32_t a, std::uint32_t b);
    void flip(std::uint32_t a, std::uint32_t b);
    void verify();
    void compare();

    ZoneWithModel& zone(mm::ZoneId id) { return id == mm::ZoneId::Early ? early_ : late_; }
    std::optional<mm::ZoneId> zone_of(FrameNumber frame) const;
    FrameNumber any_frame(std::uint32_t a) const;
    void keep(kernel::Result<mm::Allocation> const& got);
    std::optional<Error> expected_free(mm::Allocation const& frames);
    std::optional<kernel::VirtRange> take_addresses(std::uint64_t pages, std::uint64_t alignment);
    void give_addresses(kernel::VirtRange range);
    bool leads_to(kernel::VirtAddr page, std::optional<FrameNumber> frame) const;
    std::uint64_t expected_tables() const;
    Zones state() const;

    Judge judge_;
    Layout layout_;
    mm::FaultPlan plan_;
    mm::FaultPlan expected_plan_;
    ZoneWithModel early_;
    ZoneWithModel late_;
    mm::FrameAllocator frames_{early_.zone, late_.zone, &plan_};
    WatchedFrames early_frames_{early_, plan_, expected_plan_, judge_};
    mm::EarlyWindow window_;
    NoTlb tlb_;
    mm::PageTable pages_;
    mm::EarlyHeapPages heap_pages_{pages_, early_frames_};
    std::vector<std::uint64_t> heap_metadata_;
    mm::Heap heap_;
    HeapModel heap_model_;
    std::vector<std::uint64_t> space_metadata_;
    mm::VirtualSpace space_;
    BitFrames space_model_;
    Zones beginning_;

    std::vector<mm::Allocation> held_;
    std::vector<Mapped> mapped_;
    std::vector<std::uint64_t> objects_;
};

}  // namespace simulation
