// SPDX-License-Identifier: MIT
#pragma once

namespace kernel {

/// Ends the run. Both return only if the board has no such device or it did not obey.
class Power {
public:
    virtual void reboot() = 0;
    virtual void power_off() = 0;

protected:
    ~Power() = default;
};

}  // namespace kernel
