// SPDX-License-Identifier: MIT
#include "kernel/mm/heap.hpp"

#include "shell/handlers.hpp"
#include "shell/json.hpp"
#include "shell/machine.hpp"

namespace shell {
namespace {

void print_json(Call& call, mm::HeapStatistics const& heap) {
    Json json{call.out};
    json.open_object();
    json.number("window", heap.window);
    json.number("mapped", heap.mapped);
    json.number("used", heap.used);
    json.key("classes").open_array();
    for (mm::HeapStatistics::Class const& size : heap.classes) {
        json.open_object();
        json.number("slot_bytes", size.slot_bytes);
        json.number("objects", size.objects);
        json.number("pages", size.pages);
        json.close_object();
    }
    json.close_array();
    json.key("large").open_object();
    json.number("objects", heap.large_objects);
    json.number("pages", heap.large_pages);
    json.close_object().close_object().end_line();
}

void print_row(Call& call, std::uint64_t objects, std::uint64_t pages) {
    kernel::print(call.out, "  {:>8}  {:>8}\n", objects, pages);
}

}  // namespace

Outcome heap(Call& call) {
    mm::HeapStatistics const heap = call.machine.heap.statistics();
    if (call.wants_json()) {
        print_json(call, heap);
        return Outcome::Success;
    }
    kernel::print(call.out, "{} window, {} mapped, {} used\n", kernel::Size{heap.window},
                  kernel::Size{heap.mapped}, kernel::Size{heap.used});
    kernel::print(call.out, "{:>8}  {:>8}  {:>8}\n", "size", "objects", "pages");
    for (mm::HeapStatistics::Class const& size : heap.classes) {
        kernel::print(call.out, "{:>8}", kernel::Size{size.slot_bytes});
        print_row(call, size.objects, size.pages);
    }
    kernel::print(call.out, "{:>8}", "larger");
    print_row(call, heap.large_objects, heap.large_pages);
    return Outcome::Success;
}

}  // namespace shell
