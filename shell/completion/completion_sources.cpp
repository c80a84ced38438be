// SPDX-License-Identifier: MIT
#include "shell/completion/completion_sources.hpp"

#include "kernel/device_tree.hpp"
#include "kernel/format.hpp"
#include "shell/command_table.hpp"
#include "shell/holdings.hpp"
#include "shell/machine.hpp"

#include <array>

namespace shell {
namespace {

template <typename Visit>
void for_each_holding(Machine const& machine, Visit visit) {
    std::uint64_t number = 1;
    while (auto const holding = machine.holdings.at_or_after(number)) {
        visit(*holding);
        number = holding->number + 1;
    }
}

void offer_handles(Machine const& machine, Candidates& candidates) {
    for_each_holding(machine, [&](Holding const& holding) {
        std::array<char, 24> storage{};
        kernel::TextBuffer handle{storage};
        kernel::print(handle, "#{}", holding.number);
        candidates.offer(handle.text());
    });
}

void offer_tags(Machine const& machine, Candidates& candidates) {
    for_each_holding(machine,
                     [&](Holding const& holding) { candidates.offer(holding.tag.text()); });
}

// A path that goes on ends with '/'.
void offer_child(kernel::TreeCursor child, std::string_view parent, Candidates& candidates) {
    std::array<char, 256> storage{};
    kernel::TextBuffer path{storage};
    kernel::print(path, "{}{}", parent, child.name());
    auto item = child.next();
    while (item && *item == kernel::TreeItem::Property) {
        item = child.next();
    }
    path.write(item && *item == kernel::TreeItem::Node ? "/" : "");
    if (!path.overflowed()) {
        candidates.offer(path.text());
    }
}

void offer_paths(Machine const& machine, Candidates& candidates) {
    std::string_view const typed = candidates.beginning();
    std::string_view const parent =
        typed.empty() ? "/" : std::string_view{typed.data(), typed.rfind('/') + 1};
    if (parent.empty()) {
        return;
    }
    auto node = machine.tree.find(parent);
    if (!node) {
        return;
    }
    kernel::TreeCursor cursor = *node;
    for (auto item = cursor.next(); item; item = cursor.next()) {
        if (*item == kernel::TreeItem::Property) {
            continue;
        }
        if (*item != kernel::TreeItem::Node) {
            return;
        }
        offer_child(cursor, parent, candidates);
        if (!cursor.skip_node()) {
            return;
        }
    }
}

}  // namespace

void offer_commands(Candidates& candidates) {
    for (Command const& command : commands()) {
        candidates.offer(command.name);
    }
}

void offer_kind(std::string_view kind, Machine const& machine, Candidates& candidates) {
    if (kind == "command") {
        offer_commands(candidates);
    } else if (kind == "#handle") {
        offer_handles(machine, candidates);
    } else if (kind == "tag") {
        offer_tags(machine, candidates);
    } else if (kind == "path") {
        offer_paths(machine, candidates);
    }
}

}  // namespace shell
