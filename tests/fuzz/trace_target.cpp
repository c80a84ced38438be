// SPDX-License-Identifier: MIT
//
// Any sequence of calls, right and wrong ones, on a frame allocator, a heap and a virtual space at
// the same time: every answer is the one that a plain model gives.
#include "kernel/mm/heap.hpp"
#include "kernel/mm/trial/frame_call.hpp"
#include "kernel/mm/trial/naive_frames.hpp"
#include "kernel/mm/virtual_space.hpp"

#include "tests/fuzz/fuzz.hpp"
#include "tests/support/buffer_pages.hpp"

#include <cstring>
#include <map>
#include <vector>

namespace {

using kernel::Error;
using kernel::VirtAddr;
using kernel::VirtRange;
using mm::FrameKind;
using mm::FrameNumber;
using mm::FrameRange;

FrameRange span_from(fuzz::Bytes& input) {
    FrameNumber const first{input.below(300)};
    return {first, first + (1 + input.below(input.below(16) == 0 ? 1300 : 150))};
}

/// A buddy allocator against one entry for each frame.
class Frames {
public:
    explicit Frames(fuzz::Bytes& input)
        : span_{span_from(input)},
          metadata_(mm::BuddyAllocator::metadata_words(span_)),
          entries_(span_.count()),
          allocator_{span_, metadata_},
          model_{span_, entries_} {
        make({.kind = mm::FrameCall::Kind::Release, .range = span_});
    }

    void step(fuzz::Bytes& input) {
        mm::FrameCall call{.kind = static_cast<mm::FrameCall::Kind>(input.below(7))};
        FrameNumber const first = frame(input);
        call.range = {first, first + input.below(input.below(4) == 0 ? 1400 : 70)};
        call.order = mm::Order::of(input.below(mm::Order::kMax + 1));
        call.count = input.below(input.below(4) == 0 ? 1400 : 70);
        call.alignment = std::uint64_t{1} << input.below(14);
        make(call);
        FrameNumber const looked_at = frame(input);
        fuzz::check(allocator_.inspect(looked_at) == model_.inspect(looked_at),
                    "a frame is what the model says");
    }

    void finish() {
        fuzz::check(bool{allocator_.verify()}, "the allocator's invariants hold");
        for (FrameNumber frame = span_.first; frame < span_.end;) {
            mm::FrameState const state = model_.inspect(frame);
            fuzz::check(allocator_.inspect(frame) == state, "every block is the model's");
            frame = state.block.range().end;
        }
    }

private:
    /// Of the span, or just outside.
    FrameNumber frame(fuzz::Bytes& input) {
        std::uint64_t const first = span_.first.raw();
        return FrameNumber{first - (first == 0 ? 0 : 1) +
                           input.below(static_cast<std::uint32_t>(span_.count()) + 3)};
    }

    void make(mm::FrameCall const& call) {
        fuzz::check(call.make_on(allocator_) == call.make_on(model_),
                    "the allocator answers as the model does");
        fuzz::check(allocator_.free_frames_count() == model_.free_frames_count() &&
                        allocator_.reserved_frames() == model_.reserved_frames() &&
                        allocator_.allocated_blocks() == model_.allocated_blocks(),
                    "the counters are the model's");
    }

    FrameRange span_;
    std::vector<std::uint64_t> metadata_;
    std::vector<mm::NaiveFrames::Entry> entries_;
    mm::BuddyAllocator allocator_;
    mm::NaiveFrames model_;
};

/// A heap against a map of what it has given, each object filled with a stamp of its own.
class Objects {
public:
    explicit Objects(fuzz::Bytes& input) { backing().limit(1 + input.below(kPages)); }

    void step(fuzz::Bytes& input) {
        if (input.below(2) == 0) {
            allocate(input);
        } else {
            free_something(input);
        }
        fuzz::check(heap_.statistics().mapped == backing().mapped() * mm::kFrameBytes,
                    "the heap knows what is mapped");
    }

    void finish() {
        auto const report = heap_.verify();
        fuzz::check(report && report->objects == objects_.size(), "the heap's invariants hold");
        while (!objects_.empty()) {
            give_back(objects_.begin());
        }
        fuzz::check(backing().mapped() == 0 && heap_.hash() == fresh_,
                    "an empty heap is as it was at first");
    }

private:
    static constexpr std::uint32_t kPages = 40;
    struct Object {
        std::uint64_t bytes;
        unsigned char stamp;
    };
    using Map = std::map<unsigned char*, Object>;

    /// One for all inputs: every input leaves it without a page that is mapped.
    static test::BufferPages& backing() {
        static test::BufferPages pages{kPages};
        return pages;
    }

    void allocate(fuzz::Bytes& input) {
        constexpr std::array kLimits{70U, 600U, 3000U, 20'000U};
        std::uint64_t const bytes = std::uint64_t{input.below(kLimits.at(input.below(4)))}
                                    << (input.below(16) == 0 ? 40 : 0);
        std::uint64_t const alignment = std::uint64_t{1} << input.below(18);
        auto const outcome = heap_.allocate(bytes, alignment);
        if (!outcome) {
            auto const expected = bytes == 0 ? Error::EmptyRange : Error::OutOfMemory;
            fuzz::check(outcome.error() == expected, "the heap says why it has nothing");
            return;
        }
        auto* const object = static_cast<unsigned char*>(*outcome);
        auto const after = objects_.lower_bound(object);
        bool const is_clear = (after == objects_.end() || object + bytes <= after->first) &&
                              (after == objects_.begin() ||
                               std::prev(after)->first + std::prev(after)->second.bytes <= object);
        fuzz::check(is_clear, "no two objects overlap");
        fuzz::check(reinterpret_cast<std::uintptr_t>(object) % alignment == 0,
                    "an object is aligned");
        std::memset(object, ++stamp_, bytes);
        objects_.insert_or_assign(object, Object{bytes, stamp_});
    }

    void free_something(fuzz::Bytes& input) {
        if (!objects_.empty() && input.below(4) != 0) {
            auto const count = static_cast<std::uint32_t>(objects_.size());
            give_back(std::next(objects_.begin(), input.below(std::min(count, 0xffffU))));
            return;
        }
        // From a page before the window to one behind it, in steps that hit beginnings and insides.
        std::uint64_t const at = backing().window().begin.raw() - mm::kFrameBytes +
                                 input.below((kPages + 2) * 128) * std::uint64_t{32};
        void* const wrong = reinterpret_cast<void*>(at);
        if (!objects_.contains(static_cast<unsigned char*>(wrong))) {
            std::uint64_t const before = heap_.hash();
            fuzz::check(!heap_.free(wrong) && heap_.hash() == before,
                        "what is no object is refused and changes nothing");
        }
    }

    void give_back(Map::iterator chosen) {
        auto const [object, held] = *chosen;
        for (std::uint64_t at = 0; at < held.bytes; at += 61) {
            fuzz::check(object[at] == held.stamp, "nobody else writes to an object");
        }
        fuzz::check(object[held.bytes - 1] == held.stamp, "nor to its end");
        fuzz::check(bool{heap_.free(object)}, "an object can be freed");
        objects_.erase(chosen);
    }

    std::vector<std::uint64_t> metadata_ =
        std::vector<std::uint64_t>(mm::Heap::metadata_words(backing().window()));
    mm::Heap heap_{backing().window(), backing(), metadata_};
    std::uint64_t fresh_ = heap_.hash();
    Map objects_;
    unsigned char stamp_ = 0;
};

/// A virtual space against the model of its pages and a map of the ranges in it.
class Ranges {
public:
    Ranges() {
        fuzz::check(bool{model_.release({kFirst + 1, kFirst + kPages})}, "the model has pages");
    }

    void step(fuzz::Bytes& input) {
        std::uint32_t const kind = input.below(8);
        if (kind < 4) {
            allocate(input);
        } else if (kind < 6 && !ranges_.empty()) {
            auto const count = static_cast<std::uint32_t>(ranges_.size());
            auto const [begin, end] = *std::next(ranges_.begin(), input.below(count));
            free({begin, end});
        } else {
            FrameNumber const first = kFirst + input.below(kPages + 2);
            FrameRange const pages{first, first + input.below(40)};
            kind < 7 ? free(pages) : set_aside(pages);
        }
    }

    void finish() {
        fuzz::check(bool{space_.verify()}, "the space's invariants hold");
        fuzz::check(space_.allocated_ranges() == ranges_.size(), "the space counts its ranges");
        fuzz::check(space_.free_bytes() == model_.free_frames_count() * mm::kFrameBytes,
                    "the space knows how much is free");
    }

private:
    static constexpr std::uint32_t kPages = 300;
    static constexpr FrameNumber kFirst{0xf'ffff'ff90'0000};
    static constexpr FrameRange kSpan{kFirst, kFirst + kPages};

    static VirtRange addresses(FrameRange pages) {
        return {VirtAddr{pages.first.raw() << mm::kFrameShift},
                VirtAddr{pages.end.raw() << mm::kFrameShift}};
    }

    void allocate(fuzz::Bytes& input) {
        std::uint64_t const bytes = input.below(8) == 0 ? input.word() : input.half() * 4U;
        std::uint64_t const alignment = std::uint64_t{1} << input.below(20);
        auto const outcome = space_.allocate(bytes, alignment);
        std::uint64_t const pages = (bytes + mm::kFrameBytes - 1) / mm::kFrameBytes;
        std::uint64_t const step = (alignment + mm::kFrameBytes - 1) / mm::kFrameBytes;
        auto const expected = model_.allocate_frames(pages + 1, step);
        if (bytes == 0) {
            fuzz::check(!outcome && outcome.error() == Error::EmptyRange, "no bytes are refused");
            if (expected) {
                fuzz::check(bool{model_.free_frames(*expected)}, "the model takes it back");
            }
            return;
        }
        fuzz::check(bool{outcome} == bool{expected}, "the space has room if the model has");
        if (outcome) {
            FrameRange const given{expected->first, FrameNumber{expected->end.raw() - 1}};
            fuzz::check(*outcome == addresses(given), "the space gives what the model gives");
            ranges_.insert_or_assign(given.first, given.end);
        }
    }

    std::optional<Error> why_not_free(FrameRange pages) const {
        if (pages.empty()) {
            return Error::EmptyRange;
        }
        FrameKind const kind = model_.kind_of(pages.first);
        auto const after = ranges_.upper_bound(pages.first);
        bool const is_taken = kind == FrameKind::Allocated;
        auto const around = is_taken ? std::prev(after) : ranges_.end();
        if (!kSpan.contains(pages) || (is_taken && around->second == pages.first)) {
            return Error::NotAllocated;
        }
        if (!is_taken) {
            return kind == FrameKind::Reserved ? Error::Reserved : Error::AlreadyFree;
        }
        if (around->first != pages.first) {
            return Error::InsideBlock;
        }
        return around->second == pages.end ? std::optional<Error>{} : Error::WrongSize;
    }

    void free(FrameRange pages) {
        auto const expected = why_not_free(pages);
        std::uint64_t const before = space_.hash();
        auto const outcome = space_.free(addresses(pages));
        fuzz::check(outcome ? !expected : expected == outcome.error(),
                    "the space says what is wrong with a range");
        if (outcome) {
            fuzz::check(bool{model_.free_frames({pages.first, pages.end + 1})}, "as the model");
            ranges_.erase(pages.first);
        } else {
            fuzz::check(space_.hash() == before, "a refusal changes nothing");
        }
    }

    void set_aside(FrameRange pages) {
        auto const outcome = space_.set_aside(addresses(pages));
        FrameRange const taken{std::max(pages.first, kFirst + 1),
                               std::min(pages.end + 1, kSpan.end)};
        bool const fits = !pages.empty() && kSpan.contains(pages) && bool{model_.reserve(taken)};
        fuzz::check(bool{outcome} == fits, "what is free can be set aside");
    }

    std::vector<std::uint64_t> metadata_ =
        std::vector<std::uint64_t>(mm::VirtualSpace::metadata_words(addresses(kSpan)));
    mm::VirtualSpace space_{addresses(kSpan), metadata_};
    std::vector<mm::NaiveFrames::Entry> entries_ = std::vector<mm::NaiveFrames::Entry>(kPages);
    mm::NaiveFrames model_{kSpan, entries_};
    std::map<FrameNumber, FrameNumber> ranges_;  ///< To the guard page behind each.
};

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it by this name.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    constexpr unsigned kMaxCalls = 100;
    fuzz::Bytes input{
        {data, size}
    };
    Frames frames{input};
    Objects objects{input};
    Ranges ranges;
    for (unsigned call = 0; call < kMaxCalls && !input.empty(); ++call) {
        switch (input.below(3)) {
            case 0: frames.step(input); break;
            case 1: objects.step(input); break;
            default: ranges.step(input); break;
        }
    }
    frames.finish();
    objects.finish();
    ranges.finish();
    return 0;
}
