// SPDX-License-Identifier: MIT
#include "shell/session.hpp"

#include "kernel/console.hpp"
#include "shell/completion/completion.hpp"
#include "shell/dispatch.hpp"
#include "shell/line/command_line.hpp"
#include "shell/machine.hpp"
#include "shell/wrapped_output.hpp"

#include <algorithm>
#include <array>

namespace shell {
namespace {

using Event = LineEditor::Event;
using Fault = kernel::Received::Fault;

char const* describe(Fault fault) {
    switch (fault) {
        case Fault::None: return "no fault";
        case Fault::Framing: return "a character arrived with a framing error";
        case Fault::Parity: return "a character arrived with a parity error";
        case Fault::Break: return "the line was broken off";
        case Fault::Overrun: return "characters came faster than they were read";
    }
    kernel::unreachable("Fault is one of its enumerators");
}

}  // namespace

Session::Session(Machine& machine) : machine_{machine} {}

void Session::run() {
    start();
    while (true) {
        receive(machine_.console.wait());
    }
}

void Session::start() { editor_.start(machine_.console); }

void Session::receive(kernel::Received received) {
    Event const event = editor_.receive(received, machine_.console);
    switch (event) {
        case Event::None: return;
        case Event::Complete: return complete();
        case Event::Line:
        case Event::TooLong:
        case Event::Damaged:
        case Event::Dropped: break;
    }
    end_line(event);
    start();
}

void Session::end_line(Event event) {
    if (event == Event::Line) {
        history_.add(editor_.line());
        execute(editor_.line());
    } else if (event == Event::TooLong) {
        refuse_too_long();
    } else if (event == Event::Damaged) {
        refuse_damaged(editor_.fault());
    }
}

Outcome Session::refuse_too_long() {
    kernel::print(machine_.console,
                  "error: line: longer than {} characters, none of it was run; use several lines\n",
                  LineEditor::kMaxLine);
    return last_ = Outcome::Failure;
}

Outcome Session::refuse_damaged(Fault fault) {
    kernel::print(machine_.console, "error: line: {}; type it again\n", describe(fault));
    return last_ = Outcome::Failure;
}

Outcome Session::execute(std::string_view line) {
    std::array<char, LineEditor::kMaxLine> text{};
    if (line.size() > text.size()) {
        return refuse_too_long();
    }
    std::copy(line.begin(), line.end(), text.begin());
    return execute_commands({text.data(), line.size()});
}

Outcome Session::execute_commands(std::span<char> text) {
    CommandLine commands{text};
    if (auto const quote = commands.unclosed_quote()) {
        kernel::print(machine_.console, "error: {}: the quote is not closed\n", *quote);
        return last_ = Outcome::Failure;
    }
    while (commands.next(last_ == Outcome::Success ? '0' : '1')) {
        if (commands.has_too_many_words()) {
            kernel::print(machine_.console, "error: {}: more than {} words; use several commands\n",
                          commands.words().front(), CommandLine::kMaxWords);
            last_ = Outcome::Failure;
            continue;
        }
        last_ = run_command(machine_, history_, commands.words());
        if (last_ == Outcome::Interrupted) {
            break;
        }
    }
    return last_;
}

void Session::complete() {
    Candidates const candidates = shell::complete(machine_, editor_.before_cursor());
    if (candidates.empty()) {
        return machine_.console.write("\a");
    }
    std::string_view rest = candidates.common();
    rest.remove_prefix(candidates.beginning().size());
    if (!rest.empty()) {
        editor_.insert(rest, machine_.console);
    }
    if (candidates.is_single()) {
        bool const goes_on = candidates.common().ends_with('/');
        return goes_on ? void() : editor_.insert(" ", machine_.console);
    }
    if (rest.empty()) {
        machine_.console.write("\n");
        WrappedOutput lines{machine_.console, 0};
        kernel::print(lines, "{}{}", candidates.list(), candidates.is_list_complete() ? "" : "...");
        lines.end_line();
        editor_.redraw(machine_.console);
    }
}

}  // namespace shell
