// SPDX-License-Identifier: MIT
#include "shell/completion.hpp"

#include "kernel/format.hpp"
#include "shell/command_search.hpp"
#include "shell/command_table.hpp"
#include "shell/holdings.hpp"
#include "shell/machine.hpp"
#include "shell/usage_items.hpp"

#include <algorithm>

namespace shell {
namespace {

std::string_view after_last(std::string_view text, char letter) {
    std::size_t const at = text.rfind(letter);
    text.remove_prefix(at == std::string_view::npos ? 0 : at + 1);
    return text;
}

// Takes what stands before the next blank, and the blanks around it.
std::string_view take_word(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    std::string_view const word{text.data(), std::min(text.find(' '), text.size())};
    text.remove_prefix(word.size());
    return word;
}

void offer_commands(Candidates& candidates) {
    for (Command const& command : commands()) {
        candidates.offer(command.name);
    }
}

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

void offer_kind(std::string_view kind, Machine const& machine, Candidates& candidates) {
    if (kind == "command") {
        offer_commands(candidates);
    } else if (kind == "#handle") {
        offer_handles(machine, candidates);
    } else if (kind == "tag") {
        offer_tags(machine, candidates);
    }
}

void offer_arguments(Command const& command, std::string_view previous, Machine const& machine,
                     Candidates& candidates) {
    bool is_value = false;
    for (UsageItems items{command.arguments}; auto const item = items.next();) {
        is_value = is_value || (!item->option.empty() && item->option == previous);
    }
    for (UsageItems items{command.arguments}; auto const item = items.next();) {
        if (item->option != (is_value ? previous : std::string_view{})) {
            continue;
        }
        if (item->is_kind) {
            offer_kind(item->text, machine, candidates);
        } else {
            candidates.offer(item->text);
        }
    }
}

}  // namespace

void Candidates::offer(std::string_view word) {
    if (!word.starts_with(beginning_) || word.size() > common_.size() || word.empty()) {
        return;
    }
    if (empty()) {
        std::copy(word.begin(), word.end(), common_.begin());
        common_length_ = word.size();
        is_single_ = true;
    }
    auto const differs =
        std::mismatch(word.begin(), word.end(), common_.begin(), common_.begin() + common_length_);
    is_single_ = is_single_ && differs.first == word.end() && word.size() == common_length_;
    common_length_ = static_cast<std::size_t>(differs.first - word.begin());
    add_to_list(word);
}

bool Candidates::is_listed(std::string_view word) const {
    for (std::string_view rest = list(); !rest.empty();) {
        if (take_word(rest) == word) {
            return true;
        }
    }
    return false;
}

void Candidates::add_to_list(std::string_view word) {
    if (is_listed(word)) {
        return;
    }
    if (word.size() + 1 > list_.size() - list_length_) {
        is_list_complete_ = false;
        return;
    }
    std::copy(word.begin(), word.end(), list_.begin() + list_length_);
    list_length_ += word.size();
    list_[list_length_++] = ' ';
}

Candidates complete(Machine const& machine, std::string_view line) {
    std::string_view const segment = after_last(line, ';');
    Candidates candidates{after_last(segment, ' ')};
    std::string_view words{segment.data(), segment.size() - candidates.beginning().size()};
    std::string_view const name = take_word(words);
    if (name.empty()) {
        offer_commands(candidates);
        return candidates;
    }
    Command const* const command = find_command(name);
    if (command == nullptr) {
        return candidates;
    }
    std::string_view previous = name;
    while (words.find_first_not_of(' ') != std::string_view::npos) {
        previous = take_word(words);
    }
    offer_arguments(*command, previous, machine, candidates);
    return candidates;
}

}  // namespace shell
