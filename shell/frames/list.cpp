// SPDX-License-Identifier: MIT
#include "shell/frames/frame_words.hpp"
#include "shell/handlers.hpp"
#include "shell/json.hpp"
#include "shell/machine.hpp"

namespace shell {
namespace {

void write_holding(Json& json, Holding const& holding) {
    mm::FrameRange const frames = holding.allocation.frames;
    json.open_object();
    json.number("handle", holding.number);
    json.number("address", frames.first.address().raw());
    json.number("frames", frames.count());
    json.key("order");
    holding.is_block ? json.number(order_of(holding).value()) : json.null();
    json.text("zone", zone_name(holding.allocation.zone));
    json.text("tag", holding.tag.text());
    json.key("mapped_at");
    holding.mapped_at ? json.number(holding.mapped_at->raw()) : json.null();
    json.close_object();
}

// Calls `visit` with each holding that is asked for; false if Ctrl-C stopped it.
template <typename Visit>
bool visit_holdings(Call& call, std::optional<std::string_view> tag, Visit visit) {
    Holdings const& holdings = call.machine.holdings;
    for (auto next = holdings.at_or_after(0); next; next = holdings.at_or_after(next->number + 1)) {
        if (tag && next->tag.text() != *tag) {
            continue;
        }
        if (is_interrupted(call)) {
            return false;
        }
        visit(*next);
    }
    return true;
}

}  // namespace

Outcome list(Call& call) {
    std::optional<std::string_view> tag;
    if (!call.arguments.empty()) {
        if (call.arguments.size() != 2 || call.arguments.front() != "-t") {
            return usage(call);
        }
        tag = call.arguments.back();
    }
    if (call.wants_json()) {
        Json json{call.out};
        json.open_object().key("held").open_array();
        bool const is_complete = visit_holdings(
            call, tag, [&](Holding const& holding) { write_holding(json, holding); });
        json.close_array().close_object().end_line();
        return is_complete ? Outcome::Success : interrupted(call);
    }
    std::uint64_t blocks = 0;
    std::uint64_t frames = 0;
    bool const is_complete = visit_holdings(call, tag, [&](Holding const& holding) {
        print_holding(call.out, holding);
        call.out.write("\n");
        ++blocks;
        frames += holding.allocation.frames.count();
    });
    if (!is_complete) {
        return interrupted(call);
    }
    kernel::print(call.out, "{} held, {} frames, {}\n", blocks, frames,
                  kernel::Size{frames * mm::kFrameBytes});
    return Outcome::Success;
}

}  // namespace shell
