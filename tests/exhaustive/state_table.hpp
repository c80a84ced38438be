// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace exhaustive {

/// The states found so far: by its key, the fingerprint of each. Open addressing, at most half
/// full: a look is one miss of the cache, where std::unordered_map takes three.
class StateTable {
public:
    StateTable() : slots_(1U << 10) {}

    std::size_t size() const { return size_; }

    struct Found {
        std::uint64_t fingerprint;
        bool is_new;
    };

    /// The fingerprint noted for `key`, which is `fingerprint` if none was.
    Found note(std::uint64_t key, std::uint64_t fingerprint) {
        Slot& slot = slot_of(key);
        bool const is_new = !slot.is_taken();
        if (is_new) {
            slot = {key + 1, fingerprint};
            ++size_;
        }
        Found const found{slot.fingerprint, is_new};
        if (2 * size_ > slots_.size()) {
            grow();
        }
        return found;
    }

private:
    struct Slot {
        std::uint64_t key_plus_1 = 0;
        std::uint64_t fingerprint = 0;

        bool is_taken() const { return key_plus_1 != 0; }
    };

    Slot& slot_of(std::uint64_t key) {
        std::uint64_t const mixed = key * 0x9e37'79b9'7f4a'7c15;
        std::uint64_t index = mixed ^ mixed >> 32;
        for (;; ++index) {
            Slot& slot = slots_[index & (slots_.size() - 1)];
            if (!slot.is_taken() || slot.key_plus_1 == key + 1) {
                return slot;
            }
        }
    }

    void grow() {
        std::vector<Slot> const old = std::move(slots_);
        slots_.assign(2 * old.size(), Slot{});
        for (Slot const& slot : old) {
            if (slot.is_taken()) {
                slot_of(slot.key_plus_1 - 1) = slot;
            }
        }
    }

    std::vector<Slot> slots_;
    std::size_t size_ = 0;
};

}  // namespace exhaustive
