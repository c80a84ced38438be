// SPDX-License-Identifier: MIT
#include "kernel/mm/mapping_audit.hpp"

#include "kernel/require.hpp"

#include <algorithm>

namespace mm {
namespace {

FrameRange frames_of(Mapping const& mapping) {
    FrameNumber const first = FrameNumber::containing(mapping.to());
    return {first, first + mapping.bytes() / kFrameBytes};
}

bool has_type(Mapping const& mapping, MemoryType type) {
    return mapping.descriptor.memory_type_index() == static_cast<unsigned>(type);
}

}  // namespace

std::string_view describe(MappingRule rule) {
    switch (rule) {  // GCOVR_EXCL_BR_LINE: every enumerator has its case.
        case MappingRule::WriteOrExecute: return "it can be written and executed";
        case MappingRule::KernelOnly: return "EL0 could use it";
        case MappingRule::GuardIsUnmapped: return "it must stay unmapped, to guard a stack";
        case MappingRule::WindowIsLinear: return "the early window is out of order there";
        case MappingRule::TypeOfMemory: return "it has the memory type of something else";
        case MappingRule::MayBeMapped: return "what lies there must not be mapped";
        case MappingRule::NotFree: return "nobody has what lies there";
    }
    kernel::unreachable("a rule is one of its enumerators");  // GCOVR_EXCL_LINE: so it is.
}

void MappingAudit::visit(Mapping const& mapping) {
    ++(mapping.level == Level::Three ? pages_ : blocks_);
    check_rights(mapping);
    check_place(mapping);
    check_memory(mapping);
    if (!is_in_window(mapping)) {
        check_owners(mapping);
    }
}

void MappingAudit::check_rights(Mapping const& mapping) {
    Descriptor const descriptor = mapping.descriptor;
    FrameNumber const first = frames_of(mapping).first;
    require_rule(!descriptor.is_writable() || !descriptor.is_executable(),
                 MappingRule::WriteOrExecute, mapping, first);
    require_rule(!descriptor.is_user_accessible(), MappingRule::KernelOnly, mapping, first);
}

void MappingAudit::check_place(Mapping const& mapping) {
    FrameNumber const first = frames_of(mapping).first;
    for (kernel::VirtRange const guard : facts_.plan.guards) {
        bool const is_apart =
            guard.end <= mapping.at || mapping.at + (mapping.bytes() - 1) < guard.begin;
        require_rule(is_apart, MappingRule::GuardIsUnmapped, mapping, first);
    }
    if (is_in_window(mapping)) {
        WindowPlace const& window = facts_.plan.window;
        kernel::PhysAddr const expected = window.physical.begin + (mapping.at - window.at);
        require_rule(mapping.to() == expected, MappingRule::WindowIsLinear, mapping, first);
    }
}

void MappingAudit::check_memory(Mapping const& mapping) {
    FrameRange const frames = frames_of(mapping);
    for (FrameNumber frame = frames.first; frame < frames.end;) {
        auto const region = facts_.memory.find(frame);
        auto const type = region ? MemoryType::Normal : MemoryType::DeviceNgnre;
        require_rule(has_type(mapping, type), MappingRule::TypeOfMemory, mapping, frame);
        require_rule(!region || region->mappable == Mappable::Yes, MappingRule::MayBeMapped,
                     mapping, frame);
        frame = region ? region->frames.end : frame + 1;
    }
}

void MappingAudit::check_owners(Mapping const& mapping) {
    FrameRange const frames = frames_of(mapping);
    for (FrameNumber frame = frames.first; frame < frames.end;) {
        FrameInfo const info = facts_.frames.inspect(frame);
        FrameNumber const next = std::min(info.state.block.range().end, frames.end);
        require_rule(!info.is_ram || info.state.kind == FrameKind::Allocated, MappingRule::NotFree,
                     mapping, frame);
        late_frames_ += info.is_ram && info.zone == ZoneId::Late ? next - frame : 0;
        frame = next;
    }
}

void MappingAudit::require_rule(bool holds, MappingRule rule, Mapping const& mapping,
                                FrameNumber frame) {
    if (!holds && !breach_) {
        breach_ = {rule, mapping.at, frame.address()};
    }
}

bool MappingAudit::is_in_window(Mapping const& mapping) const {
    WindowPlace const& window = facts_.plan.window;
    return window.at <= mapping.at && mapping.at - window.at < window.physical.bytes();
}

}  // namespace mm
