// SPDX-License-Identifier: MIT
#pragma once

namespace kernel {

// What a lock needs to know of where it runs is its `Machine`, all static:
//
//     unsigned core()                        who takes it
//     HeldLocks& held()                      what that core has already
//     void wait_while(Word const&, value)    comes back when the word may have another value
//     uint64_t now(), deadline()             ticks, and the last at which to give up
//     give_up(name, holder)                  nobody may wait so long; does not return
//     refuse(lock, held)                     out of order; does not return
//     Mask mask(), void unmask(Mask)         keeps this core's interrupt handlers out from before
//                                            it asks for the lock until it has given it back, and
//                                            then puts back what was before

/// The last row for a lock that no interrupt handler takes: however long it is held, interrupts are
/// as they were.
struct HandlersStayOut {
    struct Mask {};
    static Mask mask() { return {}; }
    static void unmask(Mask /*before*/) {}
};

}  // namespace kernel
