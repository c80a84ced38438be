// SPDX-License-Identifier: MIT
#include "kernel/mm/early_window.hpp"
#include "kernel/mm/page_table.hpp"
#include "kernel/mm/virtual_space.hpp"
#include "shell/frames/frame_words.hpp"
#include "shell/handlers.hpp"
#include "shell/machine.hpp"
#include "shell/numbers.hpp"

namespace shell {
namespace {

using kernel::Error;

std::uint64_t bytes_of(Holding const& holding) {
    return holding.allocation.frames.count() * mm::kFrameBytes;
}

kernel::VirtRange pages_of(Holding const& holding, kernel::VirtAddr at) {
    return {at, at + bytes_of(holding)};
}

// The holding that the only argument names; prints why if there is none.
std::optional<Holding> find_holding(Call& call) {
    std::string_view const word = call.arguments.front();
    auto const number = parse_handle(word);
    if (!number) {
        fail(call, word, number.error());
        return std::nullopt;
    }
    auto const holding = call.machine.holdings.find(*number);
    if (!holding) {
        fail(call, word, "no such block is held", "list shows those that are");
    }
    return holding;
}

// Both or neither: an address range without a mapping goes back.
kernel::Result<kernel::VirtAddr> map_somewhere(Machine& machine, Holding const& holding) {
    auto const pages = machine.virtual_space.allocate(bytes_of(holding));
    if (!pages) {
        return pages.error();
    }
    mm::Attributes const attributes{mm::MemoryType::Normal, mm::Access::ReadWrite};
    auto const mapped = machine.pages.map(pages->begin, holding.allocation.frames.first.address(),
                                          bytes_of(holding), attributes);
    if (!mapped) {
        bool const went_back{machine.virtual_space.free(*pages)};
        kernel::require(went_back, "a range that was just given can be given back");
        return mapped.error();
    }
    return pages->begin;
}

void print_mapping(Call& call, std::uint64_t number) {
    print_holding(call.out, *call.machine.holdings.find(number));
    call.out.write("\n");
}

}  // namespace

Outcome mapva(Call& call) {
    auto const holding = find_holding(call);
    if (!holding) {
        return Outcome::Failure;
    }
    std::string_view const word = call.arguments.front();
    if (holding->mapped_at) {
        return fail_because(call, word, "mapped already, at {}", *holding->mapped_at);
    }
    if (holding->allocation.zone == mm::ZoneId::Early) {
        mm::EarlyFrame const first{holding->allocation.frames.first};
        return fail_because(call, word, "an early block is mapped since boot, at {}",
                            call.machine.early_window.to_virtual(first));
    }
    auto const at = map_somewhere(call.machine, *holding);
    if (!at) {
        return at.error() == Error::OutOfMemory
                   ? fail(call, word, "no early frame is left for a page table")
                   : fail(call, word, at.error());
    }
    call.machine.holdings.set_mapping(holding->number, *at);
    print_mapping(call, holding->number);
    return Outcome::Success;
}

Outcome unmapva(Call& call) {
    auto const holding = find_holding(call);
    if (!holding) {
        return Outcome::Failure;
    }
    std::string_view const word = call.arguments.front();
    if (!holding->mapped_at) {
        return holding->allocation.zone == mm::ZoneId::Early
                   ? fail(call, word, "an early block stays mapped")
                   : fail(call, word, "not mapped", "mapva {} maps it", word);
    }
    kernel::VirtRange const pages = pages_of(*holding, *holding->mapped_at);
    auto const unmapped = call.machine.pages.unmap(pages.begin, pages.bytes());
    if (!unmapped) {
        return fail(call, word, unmapped.error());
    }
    call.machine.holdings.set_mapping(holding->number, std::nullopt);
    auto const given_back = call.machine.virtual_space.free(pages);
    if (!given_back) {
        return fail(call, word, given_back.error());
    }
    print_mapping(call, holding->number);
    return Outcome::Success;
}

}  // namespace shell
