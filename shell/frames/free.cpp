// SPDX-License-Identifier: MIT
#include "kernel/mm/memory_map.hpp"
#include "kernel/units.hpp"
#include "shell/frames/frame_words.hpp"
#include "shell/handlers.hpp"
#include "shell/machine.hpp"
#include "shell/numbers.hpp"

#include <algorithm>

namespace shell {
namespace {

using kernel::Error;

// Prints what is wrong with freeing `address`, where nothing starts that the shell holds.
Outcome refuse(Call& call, std::string_view word, kernel::PhysAddr address) {
    auto const frame = mm::FrameNumber::containing(address);
    mm::FrameInfo const info = call.machine.frames.inspect(frame);
    if (!info.is_ram) {
        return fail(call, word, Error::NotRam, "memmap shows where RAM is");
    }
    if (info.state.kind == mm::FrameKind::Reserved) {
        return fail(call, word, Error::Reserved, "kept for: {}", reason_for(call.machine, frame));
    }
    mm::FrameRange const block = info.state.block.range();
    if (info.state.kind == mm::FrameKind::Free) {
        return fail(call, word, Error::AlreadyFree, "it is in free block {}..{}",
                    block.first.address(), last_byte(block));
    }
    auto const holding = call.machine.holdings.containing(frame);
    if (!holding) {
        return fail(call, word, "allocated by the kernel for itself, not from the shell");
    }
    return fail(call, word, Error::InsideBlock, "that is {} (#{})",
                holding->allocation.frames.first.address(), holding->number);
}

std::optional<Holding> find_by_handle(Call& call, std::string_view word) {
    auto const number = parse_handle(word);
    if (!number) {
        fail(call, word, number.error());
        return std::nullopt;
    }
    auto const holding = call.machine.holdings.find(*number);
    if (!holding) {
        bool const was_freed = call.machine.holdings.was_issued(*number);
        fail(call, word, was_freed ? Reason{Error::AlreadyFree} : "no block ever had this handle");
    }
    return holding;
}

std::optional<Holding> find_by_address(Call& call, std::string_view word) {
    auto const address = parse_value(word);
    if (!address) {
        fail(call, word, address.error());
        return std::nullopt;
    }
    kernel::PhysAddr const start{*address};
    if (!kernel::is_aligned(*address, mm::kFrameBytes)) {
        fail(call, word, Error::Misaligned);
        return std::nullopt;
    }
    auto const holding = call.machine.holdings.starting_at(mm::FrameNumber::containing(start));
    if (!holding) {
        refuse(call, word, start);
    }
    return holding;
}

// Prints what has become of frames that are free again.
void print_merged(Call& call, mm::FrameRange frames) {
    mm::Block const first = call.machine.frames.inspect(frames.first).state.block;
    if (frames.end <= first.range().end) {
        print_block(call.out, first);
        call.out.write("\n");
        return;
    }
    mm::FrameRange whole = first.range();
    std::uint64_t count = 1;
    for (; whole.end < frames.end; ++count) {
        whole.end = call.machine.frames.inspect(whole.end).state.block.range().end;
    }
    kernel::print(call.out, "{} blocks {}..{} {}\n", count, whole.first.address(), last_byte(whole),
                  size_of(whole));
}

Outcome refuse_mapped(Call& call, std::string_view word, Holding const& holding) {
    if (word.starts_with('#')) {
        return fail_because(call, word, "mapped at {}; unmapva {} first", *holding.mapped_at, word);
    }
    return fail_because(call, word, "#{} is mapped at {}; unmapva #{} first", holding.number,
                        *holding.mapped_at, holding.number);
}

Outcome refuse_tag(Call& call, std::string_view word) {
    return fail(call, word, "no block has this tag", "list shows those that are held");
}

// The same, but for what waits for the core that has borrowed the run.
void print_where(Call& call, mm::FrameRange frames) {
    if (auto const core = call.machine.frames.inspect(frames.first).keeper) {
        kernel::print(call.out, "the cache of core {}\n", *core);
    } else {
        print_merged(call, frames);
    }
}

Outcome free_one(Call& call, std::string_view word, Holding const& holding) {
    if (holding.mapped_at) {
        return refuse_mapped(call, word, holding);
    }
    // NOLINTNEXTLINE(clang-analyzer-unix.Malloc): gives back frames, not what malloc gave.
    auto const outcome =
        call.machine.frames.free(holding.allocation, {holding.tag.text(), holding.number});
    if (!outcome) {
        return fail(call, word, outcome.error());
    }
    call.machine.holdings.remove(holding.number);
    call.machine.frames.zone(holding.allocation.zone).drain_mine();
    mm::FrameRange const frames = holding.allocation.frames;
    kernel::print(call.out, "freed #{} {}..{} into ", holding.number, frames.first.address(),
                  last_byte(frames));
    print_where(call, frames);
    return Outcome::Success;
}

// Calls `visit` with every holding that has `tag`, or with all of them; stops when it fails.
template <typename Visit>
Outcome for_each(Call& call, std::optional<Tag> const& tag, Visit visit) {
    Holdings const& holdings = call.machine.holdings;
    for (auto next = holdings.at_or_after(0); next; next = holdings.at_or_after(next->number + 1)) {
        if (is_interrupted(call)) {
            return interrupted(call);
        }
        if (tag && !(next->tag == *tag)) {
            continue;
        }
        Outcome const outcome = visit(*next);
        if (outcome != Outcome::Success) {
            return outcome;
        }
    }
    return Outcome::Success;
}

// A mapped block among them is found before the first one is freed, so that it is all or nothing.
Outcome free_each(Call& call, std::string_view word, std::optional<Tag> const& tag) {
    mm::AllCachesClosed const closed{call.machine.frames};
    std::uint64_t found = 0;
    Outcome const check = for_each(call, tag, [&](Holding const& holding) {
        ++found;
        return holding.mapped_at ? refuse_mapped(call, word, holding) : Outcome::Success;
    });
    if (check != Outcome::Success) {
        return check;
    }
    if (found == 0 && tag) {
        return refuse_tag(call, word);
    }
    if (found == 0) {
        call.out.write("nothing was held\n");
    }
    return for_each(call, tag,
                    [&](Holding const& holding) { return free_one(call, word, holding); });
}

// Each word by itself: those before a wrong one are freed and stay so.
Outcome free_named(Call& call) {
    auto const words = call.arguments;
    if (std::ranges::find(words, "all") != words.end() ||
        std::ranges::find(words, "-t") != words.end()) {
        return usage(call);
    }
    for (std::string_view const word : words) {
        bool const is_handle = word.starts_with('#');
        auto const holding = is_handle ? find_by_handle(call, word) : find_by_address(call, word);
        if (!holding) {
            return Outcome::Failure;
        }
        Outcome const outcome = free_one(call, word, *holding);
        if (outcome != Outcome::Success) {
            return outcome;
        }
    }
    return Outcome::Success;
}

}  // namespace

Outcome free_blocks(Call& call) {
    auto const words = call.arguments;
    if (words.front() == "-t" && words.size() == 2) {
        auto const tag = Tag::from(words.back());
        return tag ? free_each(call, words.back(), tag) : refuse_tag(call, words.back());
    }
    if (words.front() == "all" && words.size() == 1) {
        return free_each(call, words.front(), std::nullopt);
    }
    return free_named(call);
}

}  // namespace shell
