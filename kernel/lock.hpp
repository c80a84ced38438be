// SPDX-License-Identifier: MIT
#pragma once

namespace kernel {

/// Lets one core at a time through. Where somebody needs two, kernel/lock_rank.hpp has their order.
/// Who holds one may be what an interrupt handler has interrupted. So handlers take only a lock
/// that keeps them from the core that has it, as that of the frames does: it is held for
/// microseconds.
class Lock {
public:
    /// Comes back when this core has it. What the one before has written is seen then.
    virtual void lock() = 0;
    virtual void unlock() = 0;

protected:
    ~Lock() = default;
};

/// Has `lock` as long as it lives. With none there is nobody else.
class Locked {
public:
    explicit Locked(Lock* lock) : lock_{lock} {
        if (lock_ != nullptr) {
            lock_->lock();
        }
    }
    ~Locked() {
        if (lock_ != nullptr) {
            lock_->unlock();
        }
    }
    Locked(Locked const&) = delete;
    Locked& operator=(Locked const&) = delete;

private:
    Lock* lock_;
};

}  // namespace kernel
