// SPDX-License-Identifier: MIT
#include "shell/completion/completion.hpp"

#include "shell/command_search.hpp"
#include "shell/completion/completion_sources.hpp"
#include "shell/completion/usage_items.hpp"

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
