// SPDX-License-Identifier: MIT
#include "kernel/device_tree.hpp"
#include "shell/color.hpp"
#include "shell/handlers.hpp"
#include "shell/machine.hpp"
#include "shell/wrapped_output.hpp"

namespace shell {
namespace {

// Nobody vouches for a name in a tree: what would steer the terminal is shown as '?'.
void print_name(kernel::TextOutput& out, std::string_view name) {
    for (char const letter : name) {
        bool const is_printable = letter >= ' ' && letter <= '~';
        kernel::print(out, "{}", is_printable ? letter : '?');
    }
}

void print_property(Call& call, kernel::TreeCursor const& cursor) {
    WrappedOutput lines{call.out, 4};
    lines.write("  ");
    print_name(lines, cursor.name());
    if (!cursor.value().empty()) {
        lines.write(" = ");
        kernel::print_tree_value(lines, cursor.value());
    }
    lines.end_line();
}

void print_child(Call& call, kernel::TreeCursor const& cursor) {
    call.out.write("  ");
    call.out.write(paint(call.machine.settings, Color::Blue));
    print_name(call.out, cursor.name());
    kernel::print(call.out, "{}/\n", paint(call.machine.settings, Color::Plain));
}

}  // namespace

Outcome dt(Call& call) {
    std::string_view const path = call.arguments.empty() ? "/" : call.arguments[0];
    auto const node = call.machine.tree.find(path);
    if (!node) {
        bool const is_path = path.starts_with('/');
        return fail(call, path, node.error(), "{}",
                    is_path ? "Tab completes paths" : "a path begins with /");
    }
    kernel::print(call.out, "{}\n", path);
    for (kernel::TreeCursor cursor = *node;;) {
        if (is_interrupted(call)) {
            return interrupted(call);
        }
        auto const item = cursor.next();
        if (!item) {
            return fail(call, path, item.error());
        }
        if (*item == kernel::TreeItem::Property) {
            print_property(call, cursor);
            continue;
        }
        if (*item != kernel::TreeItem::Node) {
            return Outcome::Success;
        }
        print_child(call, cursor);
        if (auto const passed = cursor.skip_node(); !passed) {
            return fail(call, path, passed.error());
        }
    }
}

}  // namespace shell
