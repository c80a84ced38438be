// SPDX-License-Identifier: MIT
#include "kernel/mm/health/poison.hpp"

#include "kernel/mm/health/damage.hpp"
#include "kernel/require.hpp"

#include <algorithm>
#include <utility>

namespace mm {
namespace {

// Calls `visit` with each frame of `frames` and its words, until that returns true. Gives the frame
// it was then.
template <typename Visit>
std::optional<FrameNumber> for_each(FrameContents& contents, FrameRange frames, Visit visit) {
    std::uint64_t const most = contents.most_frames();
    std::optional<FrameNumber> found;
    for (FrameNumber at = frames.first; at < frames.end && !found;) {
        FrameRange const shown{at, at + std::min(most, frames.end - at)};
        std::uint64_t volatile* words = contents.show(shown);
        for (; at < shown.end && !found; at = at + 1, words += kFrameWords) {
            if (visit(at, words)) {
                found = at;
            }
        }
        contents.hide();
    }
    return found;
}

}  // namespace

std::uint64_t Poison::table_words() const {
    std::uint64_t const frames = early_.span().count() + late_.span().count();
    return kNames * kWordsPerName + (frames + kRecordsPerWord - 1) / kRecordsPerWord;
}

void Poison::turn_on(std::span<std::uint64_t> table) {
    table_ = table;
    std::fill(table.begin(), table.end(), 0);
    counts_ = {};
    early_.set_watch(this);
    late_.set_watch(this);
}

std::span<std::uint64_t> Poison::turn_off() {
    early_.set_watch(nullptr);
    late_.set_watch(nullptr);
    return std::exchange(table_, {});
}

char* Poison::name_at(Record place) const {
    return reinterpret_cast<char*>(&table_[place * kWordsPerName]);
}

Poison::Record& Poison::record_of(FrameNumber frame) const {
    FrameRange const early = early_.span();
    std::uint64_t const place =
        early.contains(frame) ? frame - early.first : early.count() + (frame - late_.span().first);
    return reinterpret_cast<Record*>(&table_[kNames * kWordsPerName])[place];
}

// The first name stands for all that no place is left for.
Poison::Record Poison::record_for(FrameOwner const& owner) {
    std::string_view const letters{owner.name.data(), std::min(owner.name.size(), kNameLength)};
    auto const handle = static_cast<Record>(std::min<std::uint64_t>(owner.handle, kMaxHandle - 1));
    Record place = 0;
    for (Record i = 1; i < kNames && !letters.empty() && place == 0; ++i) {
        if (*name_at(i) == '\0') {
            std::copy(letters.begin(), letters.end(), name_at(i));
        }
        place = letters == name_at(i) ? i : 0;
    }
    return place << kHandleBits | (handle + 1);
}

void Poison::print_owner(Record record) const {
    std::string_view const name{name_at(record >> kHandleBits)};
    Record const handle = (record & kMaxHandle) - 1;
    if (handle == 0) {
        kernel::print(out_, "the kernel{}{}", name.empty() ? "" : ": ", name);
        return;
    }
    kernel::print(out_, "#{}{}", handle, handle == kMaxHandle - 1 ? " or later" : "");
    if (!name.empty()) {
        kernel::print(out_, " [{}]", name);
    }
}

bool Poison::is_damaged(FrameNumber frame, std::uint64_t const volatile* words) {
    Record const record = record_of(frame);
    if (record == 0) {
        return false;
    }
    ++counts_.checked;
    auto const damage = find_damage(words);
    if (!damage) {
        return false;
    }
    ++counts_.damaged;
    (void)retired_.add(frame, Retirement::Poison);
    kernel::print(out_, "poison: frame {} is retired: ", frame.address());
    print_damage(out_, frame, *damage);
    out_.write(", last owner ");
    print_owner(record);
    out_.write("\n");
    return true;
}

std::optional<FrameNumber> Poison::find_damaged(FrameRange frames) {
    auto const damaged = for_each(contents_, frames, [this](FrameNumber frame, auto words) {
        return is_damaged(frame, words);
    });
    for (FrameNumber frame = frames.first; frame < frames.end && !damaged; frame = frame + 1) {
        record_of(frame) = 0;
    }
    return damaged;
}

void Poison::freed(FrameRange frames, FrameOwner const& owner) {
    Record const record = record_for(owner);
    for_each(contents_, frames, [this, record](FrameNumber frame, auto words) {
        std::fill_n(words, kFrameWords, kPoison);
        record_of(frame) = record;
        ++counts_.filled;
        return false;
    });
}

}  // namespace mm
