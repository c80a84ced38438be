// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/cores.hpp"

namespace kernel {

/// How cores wake each other.
class CoreMessages {
public:
    /// From now on the core that calls this can be sent messages, and can be stopped.
    virtual void listen() = 0;

    /// Wakes `core`, which sees what this core has written by now. It is an interrupt where the
    /// board can do that.
    virtual void send(unsigned core) = 0;

    /// From now on each core that is sent a message does `work` in the handler of that interrupt.
    /// False if a message does not interrupt here.
    virtual bool answer_with(Work& work) = 0;

    /// Interrupts `core` even where it masks interrupts: a FIQ. Where the board cannot do that it
    /// is interrupted as soon as it lets interrupts in, or only woken; it looks by itself why.
    virtual void stop(unsigned core) = 0;

    /// Sleeps until a message may have come, with interrupts masked: see Cpu::wait_for_interrupt.
    virtual void wait() = 0;

protected:
    ~CoreMessages() = default;
};

}  // namespace kernel
