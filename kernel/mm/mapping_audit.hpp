// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/cores.hpp"
#include "kernel/mm/frame_allocator.hpp"
#include "kernel/mm/memory_map.hpp"
#include "kernel/mm/page_table.hpp"
#include "kernel/mm/window_map.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace mm {

/// What holds of every mapping of the kernel. RAM is Normal memory and all else a device, so no
/// physical page has two types.
enum class MappingRule : std::uint8_t {
    WriteOrExecute,   ///< Not both.
    KernelOnly,       ///< EL0 has no access.
    GuardIsUnmapped,  ///< Neither are the pages below the stacks.
    WindowIsLinear,   ///< The early window maps the first RAM in its order.
    TypeOfMemory,     ///< Normal where there is RAM, Device-nGnRE where there is none.
    MayBeMapped,      ///< No reservation forbids it: the firmware's pages, address 0 among them.
    NotFree,          ///< Outside the window only frames are mapped that somebody has.
};

/// Where the early window is, and the guard pages of all cores' stacks, two for each.
struct MappingPlan {
    WindowPlace window;
    std::array<kernel::VirtRange, kernel::kMostStacks> guards;
};

/// What is wrong with a mapping that breaks the rule: a clause.
std::string_view describe(MappingRule rule);

/// Goes through the kernel's tables, live or not, and stops caring at the first breach.
class MappingAudit final : public MappingVisitor {
public:
    struct Facts {
        MemoryMap const& memory;
        MappingPlan const& plan;
        FrameAllocator const& frames;
    };
    struct Breach {
        MappingRule rule;
        kernel::VirtAddr at;  ///< Where the mapping begins,
        kernel::PhysAddr to;  ///< and the first frame of it that breaks the rule.
    };

    explicit MappingAudit(Facts const& facts) : facts_{facts} {}

    void visit(Mapping const& mapping) override;

    std::optional<Breach> const& breach() const { return breach_; }
    std::uint64_t pages() const { return pages_; }
    std::uint64_t blocks() const { return blocks_; }
    /// Late frames that are mapped: as many as their holders know of.
    std::uint64_t late_frames() const { return late_frames_; }

private:
    void check_rights(Mapping const& mapping);
    void check_place(Mapping const& mapping);
    void check_memory(Mapping const& mapping);
    void check_owners(Mapping const& mapping);
    void require_rule(bool holds, MappingRule rule, Mapping const& mapping, FrameNumber frame);
    bool is_in_window(Mapping const& mapping) const;

    Facts facts_;
    std::optional<Breach> breach_;
    std::uint64_t pages_ = 0;
    std::uint64_t blocks_ = 0;
    std::uint64_t late_frames_ = 0;
};

}  // namespace mm
