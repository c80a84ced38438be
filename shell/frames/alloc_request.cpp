// SPDX-License-Identifier: MIT
#include "shell/frames/alloc_request.hpp"

#include "kernel/mm/board_memory.hpp"
#include "kernel/units.hpp"
#include "shell/frames/frame_words.hpp"
#include "shell/machine.hpp"
#include "shell/numbers.hpp"

#include <algorithm>

namespace shell {
namespace {

using kernel::Error;

// Each of these reads one word into the request, or prints why it cannot.

bool read_zone(Call& call, std::string_view word, AllocRequest& request) {
    request.frames.zone = zone_named(word);
    if (!request.frames.zone) {
        fail(call, word, "no such zone", "there are early and late");
        return false;
    }
    return true;
}

bool read_block_count(Call& call, std::string_view word, AllocRequest& request) {
    auto const count = parse_count(word);
    if (!count) {
        fail(call, word, count.error());
        return false;
    }
    if (*count == 0) {
        fail(call, word, Error::EmptyRange);
        return false;
    }
    request.blocks = *count;
    request.blocks_word = word;
    return true;
}

bool read_tag(Call& call, std::string_view word, AllocRequest& request) {
    auto const tag = Tag::from(word);
    if (!tag) {
        fail_because(call, word, "a tag is 1 to {} letters, digits, '-', '_' or '.'",
                     Tag::kMaxLength);
        return false;
    }
    request.tag = *tag;
    return true;
}

bool read_alignment(Call& call, std::string_view word, AllocRequest& request) {
    auto const bytes = parse_value(word);
    if (!bytes) {
        fail(call, word, bytes.error());
        return false;
    }
    if (!kernel::is_power_of_two(*bytes)) {
        fail(call, word, "not a power of two");
        return false;
    }
    request.frames.alignment = std::max<std::uint64_t>(*bytes >> mm::kFrameShift, 1);
    request.alignment_word = word;
    return true;
}

bool read_place(Call& call, std::string_view word, AllocRequest& request) {
    auto const address = parse_value(word);
    if (!address) {
        fail(call, word, address.error());
        return false;
    }
    if (!kernel::is_aligned(*address, mm::kFrameBytes)) {
        fail(call, word, Error::Misaligned);
        return false;
    }
    request.frames.at = mm::FrameNumber::containing(kernel::PhysAddr{*address});
    request.place_word = word;
    return true;
}

// Mailbox and legacy DMA reach what the tree says, and never more than the first GiB.
bool read_reach(Call& call, std::string_view word, AllocRequest& request) {
    auto const& reach = call.machine.board.dma;
    if (!reach || reach->memory.begin != kernel::PhysAddr{0}) {
        fail(call, word, "this board has no devices that reach the first GiB only");
        return false;
    }
    request.frames.below =
        mm::FrameNumber::containing(std::min(reach->memory.end, mm::kFirmwareCeiling));
    request.bus = reach->bus_begin;
    return true;
}

bool is_option(std::string_view word) { return word.size() == 2 && word.front() == '-'; }

bool read_option(Call& call, char letter, std::string_view value, AllocRequest& request) {
    switch (letter) {
        case 'z': return read_zone(call, value, request);
        case 'n': return read_block_count(call, value, request);
        case 't': return read_tag(call, value, request);
        case 'a': return read_alignment(call, value, request);
        case '@': return read_place(call, value, request);
        case 'd': return read_reach(call, value, request);
        default: usage(call); return false;
    }
}

bool read_operand(Call& call, std::string_view word, AllocRequest& request) {
    if (is_option(word)) {
        usage(call);
        return false;
    }
    auto const number = parse_number(word);
    if (!number) {
        fail(call, word, number.error());
        return false;
    }
    request.operand = word;
    if (number->has_unit) {
        std::uint64_t const bytes = number->value;
        request.frames.count = bytes / mm::kFrameBytes + (bytes % mm::kFrameBytes != 0 ? 1 : 0);
        return true;
    }
    request.order = mm::Order::from(number->value);
    if (!request.order) {
        constexpr mm::Order kLargest = mm::Order::of(mm::Order::kMax);
        fail_because(call, word, "orders go from 0 ({}) to {} ({})", size_of(mm::Order{}),
                     kLargest.value(), size_of(kLargest));
        return false;
    }
    request.frames.count = request.order->frame_count();
    request.frames.alignment = std::max(request.frames.alignment, request.frames.count);
    return true;
}

// What each word may be on its own and all of them together may not.
bool check_whole(Call& call, AllocRequest const& request) {
    if (!request.frames.at) {
        return true;
    }
    if (request.blocks > 1) {
        fail(call, request.blocks_word, "-@ names one place, which holds one block");
        return false;
    }
    if (!kernel::is_aligned(request.frames.at->raw(), request.frames.alignment)) {
        fail_because(call, request.place_word, "not a multiple of {}",
                     kernel::Size{request.frames.alignment * mm::kFrameBytes});
        return false;
    }
    if (request.frames.below < *request.frames.at + request.frames.count) {
        fail_because(call, request.place_word, kOnlyBelow, request.frames.below.address());
        return false;
    }
    return true;
}

}  // namespace

std::optional<AllocRequest> parse_alloc(Call& call) {
    AllocRequest request;
    std::uint32_t given = 0;  // A bit for each letter.
    auto words = call.arguments;
    while (words.size() > 1) {
        std::string_view const option = words.front();
        if (!is_option(option)) {
            usage(call);
            return std::nullopt;
        }
        char const letter = option.back();
        std::uint32_t const bit = std::uint32_t{1} << (letter & 31);
        if ((given & bit) != 0) {
            fail(call, option, "given twice");
            return std::nullopt;
        }
        given |= bit;
        std::size_t const value = letter == 'd' ? 0 : 1;  // -d has none.
        if (!read_option(call, letter, words[value], request)) {
            return std::nullopt;
        }
        words = words.subspan(value + 1);
    }
    if (words.empty()) {
        usage(call);
        return std::nullopt;
    }
    if (!read_operand(call, words.front(), request) || !check_whole(call, request)) {
        return std::nullopt;
    }
    return request;
}

}  // namespace shell
