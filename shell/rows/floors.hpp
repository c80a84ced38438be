// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/require.hpp"
#include "shell/rows/core.hpp"
#include "shell/rows/locks.hpp"
#include "shell/rows/row.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace bench {

/// A free frame with the address of the next in its first word.
struct FreeFrame {
    FreeFrame* next;
};

inline FreeFrame* frame_at(Place place) { return reinterpret_cast<FreeFrame*>(place); }
/// kNone of no frame.
inline Place place_of(FreeFrame const* frame) { return reinterpret_cast<std::uintptr_t>(frame); }

/// All frames of `space` in a list, the lowest first.
[[gnu::noinline]] inline FreeFrame* list_of(Space const& space) {
    FreeFrame* head = nullptr;
    for (std::uint64_t number = space.frames.end.raw(); number-- > space.frames.first.raw();) {
        FreeFrame* const frame = frame_at(number << mm::kFrameShift);
        frame->next = head;
        head = frame;
    }
    return head;
}

/// What all floors have in common: single frames, none of them checked.
struct Floor : Coreless {
    static constexpr unsigned kLargestOrder = 0;
    static constexpr bool kTouchesFrames = true;
    static constexpr std::uint64_t kOwnBytes = sizeof(void*);  ///< Where the list begins.
    static std::uint64_t metadata_words(mm::FrameRange) { return 0; }
};

/// The floor of one core: a list through the free frames.
template <typename Lock, bool kShared>
struct List : Floor {
    static constexpr bool kIsShared = kShared;

    static void begin(Space const& space) { head = list_of(space); }

    static Place allocate(unsigned) {
        lock.lock();
        FreeFrame* const frame = head;
        if (frame != nullptr) {
            head = frame->next;
        }
        lock.unlock();
        return place_of(frame);
    }

    static void free(Place place, unsigned) {
        FreeFrame* const frame = frame_at(place);
        lock.lock();
        frame->next = head;
        head = frame;
        lock.unlock();
    }

    static inline FreeFrame* head = nullptr;
    static inline Lock lock;
};

/// The floor of several: an array for each core, filled from and emptied into the list, half at a
/// time.
struct PerCoreArray : Floor {
    static constexpr bool kIsShared = true;
    static constexpr std::size_t kHalf = 32;

    struct alignas(64) Array {
        std::size_t count;
        std::array<Place, 2 * kHalf> frames;
    };

    static constexpr std::uint64_t kBytesPerCore = sizeof(Array);

    static void begin(Space const& space) {
        for (Array& array : arrays) {
            array.count = 0;
        }
        head = list_of(space);
    }

    static void become_core(unsigned number) { keep(&arrays[number]); }

    static Place allocate(unsigned) {
        Array& mine = *static_cast<Array*>(kept());
        if (mine.count == 0) [[unlikely]] {
            return refill(mine);
        }
        return mine.frames[--mine.count];
    }

    static void free(Place place, unsigned) {
        Array& mine = *static_cast<Array*>(kept());
        if (mine.count == mine.frames.size()) [[unlikely]] {
            flush(mine, place);
        } else {
            mine.frames[mine.count++] = place;
        }
    }

    [[gnu::noinline]] static Place refill(Array& mine) {
        lock.lock();
        for (; mine.count < kHalf && head != nullptr; head = head->next) {
            mine.frames[mine.count++] = place_of(head);
        }
        lock.unlock();
        return mine.count == 0 ? kNone : mine.frames[--mine.count];
    }

    /// Gives back the half that has been there for longest, and keeps `place`.
    [[gnu::noinline]] static void flush(Array& mine, Place place) {
        lock.lock();
        for (std::size_t i = 0; i < kHalf; ++i) {
            FreeFrame* const frame = frame_at(mine.frames[i]);
            frame->next = head;
            head = frame;
        }
        lock.unlock();
        for (std::size_t i = 0; i < kHalf; ++i) {
            mine.frames[i] = mine.frames[kHalf + i];
        }
        mine.frames[kHalf] = place;
        mine.count = kHalf + 1;
    }

    static inline std::array<Array, kMostCores> arrays{};
    static inline FreeFrame* head = nullptr;
    static inline FloorLock lock;
};

/// The design this kernel grows from: a list through the free pages, two counters, one core. It
/// cannot tell whether two pages are neighbours, hence no blocks; and trusts each free.
struct Ancestor : Floor {
    static constexpr bool kIsShared = false;

    static constexpr std::uint64_t kOwnBytes = Floor::kOwnBytes + 2 * sizeof(std::uint64_t);

    static void begin(Space const& space) {
        head = list_of(space);
        free_count = space.frames.count();
        used_count = 0;
    }

    static Place allocate(unsigned) {
        FreeFrame* const frame = head;
        if (frame == nullptr) {
            return kNone;
        }
        head = frame->next;
        --free_count;
        ++used_count;
        return place_of(frame);
    }

    static void free(Place place, unsigned) {
        FreeFrame* const frame = frame_at(place);
        frame->next = head;
        head = frame;
        ++free_count;
        --used_count;
    }

    static inline FreeFrame* head = nullptr;
    static inline std::uint64_t free_count = 0;
    static inline std::uint64_t used_count = 0;
};

}  // namespace bench
