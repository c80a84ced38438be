// SPDX-License-Identifier: MIT
#include "kernel/units.hpp"
#include "shell/color.hpp"
#include "shell/frames/frame_words.hpp"
#include "shell/handlers.hpp"
#include "shell/machine.hpp"
#include "shell/numbers.hpp"
#include "shell/zones/frame_map.hpp"

#include <algorithm>

namespace shell {
namespace {

Color color_of(Shade shade) {
    switch (shade) {
        case Shade::Free: return Color::Green;
        case Shade::MostlyFree: return Color::Cyan;
        case Shade::MostlyUsed: return Color::Yellow;
        case Shade::Used: return Color::Red;
        case Shade::MostlyReserved: return Color::Magenta;
        case Shade::Reserved: return Color::Blue;
        case Shade::NotRam: return Color::Plain;
    }
    kernel::unreachable("Shade is one of its enumerators");
}

// The frames from `first` on that are in one state with it, and before `end`.
std::uint64_t count_in_state(mm::FrameAllocator const& frames, mm::FrameNumber first,
                             mm::FrameNumber end, FrameTally& tally) {
    mm::FrameInfo const info = frames.inspect(first);
    std::uint64_t const count = std::min(info.state.block.range().end, end) - first;
    if (!info.is_ram) {
        tally.not_ram += count;
        return count;
    }
    switch (info.state.kind) {
        case mm::FrameKind::Free: tally.free += count; break;
        case mm::FrameKind::Allocated: tally.used += count; break;
        case mm::FrameKind::Reserved: tally.reserved += count; break;
        case mm::FrameKind::Outside: tally.not_ram += count; break;
    }
    return count;
}

FrameTally tally_of(mm::FrameAllocator const& frames, mm::FrameRange range) {
    FrameTally tally;
    for (mm::FrameNumber at = range.first; at < range.end;) {
        at = at + count_in_state(frames, at, range.end, tally);
    }
    return tally;
}

// Writes characters, switching the colour only where it changes.
class Brush {
public:
    explicit Brush(Call& call) : call_{call} {}

    void draw(Shade shade) {
        if (shade != last_ && shade != Shade::NotRam) {
            call_.out.write(paint(call_.machine.settings, color_of(shade)));
            last_ = shade;
        }
        char const letter = character_of(shade);
        call_.out.write({&letter, 1});
    }
    void lift() {
        if (last_ != Shade::NotRam) {
            call_.out.write(paint(call_.machine.settings, Color::Plain));
            last_ = Shade::NotRam;
        }
    }

private:
    Call& call_;
    Shade last_ = Shade::NotRam;
};

void draw_row(Call& call, mm::FrameRange row, std::uint64_t scale, mm::FrameRange shown) {
    kernel::print(call.out, "{} ", row.first.address());
    Brush brush{call};
    for (mm::FrameNumber at = row.first; at < row.end; at = at + scale) {
        mm::FrameRange const stretch{std::max(at, shown.first), std::min(at + scale, shown.end)};
        brush.draw(stretch.empty() ? Shade::NotRam
                                   : shade_of(tally_of(call.machine.frames, stretch)));
    }
    brush.lift();
    call.out.write("\n");
}

void draw_legend(Call& call, std::uint64_t scale) {
    kernel::print(call.out, "each character is {} ({} frame{}), blank where no RAM is\n",
                  kernel::Size{scale * mm::kFrameBytes}, scale, scale == 1 ? "" : "s");
    Brush brush{call};
    std::string_view gap;
    for (Shade const shade : kShades) {
        call.out.write(gap);
        gap = "  ";
        brush.draw(shade);
        brush.lift();
        kernel::print(call.out, " {}", words_for(shade));
    }
    call.out.write("\n");
}

Outcome draw(Call& call, mm::FrameRange shown) {
    std::uint64_t const scale = frames_per_character(shown.count());
    std::uint64_t const row_frames = scale * kMapColumns;
    mm::FrameNumber row{kernel::align_down(shown.first.raw(), row_frames)};
    for (; row < shown.end; row = row + row_frames) {
        if (is_interrupted(call)) {
            return interrupted(call);
        }
        draw_row(call, {row, std::min(row + row_frames, shown.end)}, scale, shown);
    }
    draw_legend(call, scale);
    return Outcome::Success;
}

// From the first frame of RAM to the last.
mm::FrameRange all_memory(mm::FrameAllocator const& frames) {
    mm::FrameRange const early = frames.zone(mm::ZoneId::Early).span();
    mm::FrameRange const late = frames.zone(mm::ZoneId::Late).span();
    return {early.first, late.empty() ? early.end : late.end};
}

}  // namespace

Outcome map(Call& call) {
    mm::FrameRange const all = all_memory(call.machine.frames);
    if (call.arguments.empty()) {
        return draw(call, all);
    }
    std::string_view const word = call.arguments.front();
    auto const range = parse_range(word);
    if (!range) {
        return fail(call, word, range.error());
    }
    mm::FrameRange const asked{
        mm::FrameNumber::containing(kernel::PhysAddr{range->first}),
        mm::FrameNumber::containing(kernel::PhysAddr{range->last}) + 1,
    };
    mm::FrameRange const shown{std::max(asked.first, all.first), std::min(asked.end, all.end)};
    if (shown.empty()) {
        return fail(call, word, kernel::Error::NotRam, "RAM goes from {} to {}",
                    all.first.address(), last_byte(all));
    }
    return draw(call, shown);
}

}  // namespace shell
