// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/address.hpp"
#include "kernel/memory_access.hpp"
#include "kernel/result.hpp"

namespace kernel {
class DeviceTree;
}

namespace mm {
class FrameAllocator;
class MemoryMap;
}  // namespace mm

namespace shell {

class Holdings;

/// Whether writes are kept away from what nobody took from the shell: `unsafe on` lifts it.
enum class Safety : bool { Lifted, Kept };

/// Which physical memory somebody at the shell may look at and change.
///
/// Everything that is RAM may be read, unless the firmware forbids to map it. Written is only what
/// was taken from the shell: all else belongs to the kernel, to the firmware or to nobody. Outside
/// RAM there are the registers of devices that the tree names, 32 bits at a time.
class AccessPolicy {
public:
    AccessPolicy(mm::MemoryMap const& map, mm::FrameAllocator const& frames,
                 Holdings const& holdings, kernel::DeviceTree const& tree)
        : map_{map}, frames_{frames}, holdings_{holdings}, tree_{tree} {}

    /// Both judge the one access that begins at `address`, which is aligned to its width.
    ///
    /// Errors: MustNotBeMapped; NoDevice; DeviceWidth.
    kernel::Result<void> may_read(kernel::PhysAddr address, kernel::Width width) const;

    /// Errors: as above; with Safety::Kept also DeviceRegister, Reserved, NotHeld for a free frame,
    /// KernelMemory for one that the kernel took for itself.
    kernel::Result<void> may_write(kernel::PhysAddr address, kernel::Width width,
                                   Safety safety) const;

    bool is_ram(kernel::PhysAddr address) const;

private:
    kernel::Result<void> may_touch_device(kernel::PhysAddr address, kernel::Width width) const;

    mm::MemoryMap const& map_;
    mm::FrameAllocator const& frames_;
    Holdings const& holdings_;
    kernel::DeviceTree const& tree_;
};

}  // namespace shell
