// SPDX-License-Identifier: MIT
#pragma once

#include "shell/command.hpp"
#include "shell/line/history.hpp"
#include "shell/line/line_editor.hpp"

#include <span>
#include <string_view>

namespace shell {

struct Machine;

/// The conversation with whoever sits at the serial line. Everything it needs is part of it: it
/// takes no memory from anywhere.
class Session {
public:
    /// `machine` must outlive the session. Prints nothing and writes no buffer.
    explicit Session(Machine& machine);

    /// Prompts, reads and executes as long as the machine runs.
    [[noreturn]] void run();

    /// Begins the conversation: prints the prompt.
    void start();

    /// Takes one character; one that ends a line executes it and prints the next prompt.
    void receive(kernel::Received received);

    /// Executes the commands of `line` one after the other, a failed one too is followed by the
    /// next. Returns how the last one ended; of a line without any, how the one before did.
    Outcome execute(std::string_view line);

private:
    void end_line(LineEditor::Event event);
    Outcome refuse_too_long();
    Outcome refuse_damaged(kernel::Received::Fault fault);
    Outcome execute_commands(std::span<char> text);
    void complete();

    Machine& machine_;
    History history_;
    LineEditor editor_{history_};
    Outcome last_ = Outcome::Success;
};

}  // namespace shell
