// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/mm/frame.hpp"
#include "kernel/result.hpp"

namespace mm {

/// Where page tables and the heap get their frames: the early zone, a stretch of bare frames while
/// there is no zone yet, or a test that lets the frames run out.
class EarlyFrameSource {
public:
    /// One frame of unknown content. Errors: OutOfMemory, and then nothing has changed.
    virtual kernel::Result<EarlyFrame> allocate() = 0;

    /// Takes back a frame that came from allocate(). The caller no longer maps or touches it.
    virtual void free(EarlyFrame frame) = 0;

protected:
    ~EarlyFrameSource() = default;
};

}  // namespace mm
