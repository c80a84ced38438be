// SPDX-License-Identifier: MIT
#include "shell/access/access_policy.hpp"

#include "kernel/device_tree_bus.hpp"
#include "kernel/mm/frame_allocator.hpp"
#include "kernel/mm/memory_map.hpp"
#include "shell/holdings.hpp"

namespace shell {

using kernel::Error;
using kernel::Result;

bool AccessPolicy::is_ram(kernel::PhysAddr address) const {
    return map_.find(mm::FrameNumber::containing(address)).has_value();
}

Result<void> AccessPolicy::may_read(kernel::PhysAddr address, kernel::Width width) const {
    auto const region = map_.find(mm::FrameNumber::containing(address));
    if (!region) {
        return may_touch_device(address, width);
    }
    if (region->mappable == mm::Mappable::No) {
        return Error::MustNotBeMapped;
    }
    return {};
}

Result<void> AccessPolicy::may_write(kernel::PhysAddr address, kernel::Width width,
                                     Safety safety) const {
    auto const readable = may_read(address, width);
    if (!readable || safety == Safety::Lifted) {
        return readable;
    }
    if (!is_ram(address)) {
        return Error::DeviceRegister;
    }
    auto const frame = mm::FrameNumber::containing(address);
    switch (frames_.inspect(frame).state.kind) {
        case mm::FrameKind::Outside:
        case mm::FrameKind::Reserved: return Error::Reserved;
        case mm::FrameKind::Free: return Error::NotHeld;
        case mm::FrameKind::Allocated: break;
    }
    if (!holdings_.containing(frame)) {
        return Error::KernelMemory;
    }
    return {};
}

Result<void> AccessPolicy::may_touch_device(kernel::PhysAddr address, kernel::Width width) const {
    auto const device = kernel::device_at(tree_, address);
    if (!device || !*device) {
        return Error::NoDevice;
    }
    // What a narrower or wider access does to a peripheral of these boards is written nowhere.
    if (width != kernel::Width::Word) {
        return Error::DeviceWidth;
    }
    return {};
}

}  // namespace shell
