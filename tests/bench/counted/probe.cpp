// SPDX-License-Identifier: MIT
//
// A plugin for QEMU's translator that counts the instructions of calls. The program it watches says
// with hints, which do nothing else, where a call begins, of what kind it is, and where it ends
// (marks.hpp). At a report it prints on standard error, and begins anew:
//
//   probe: allocate CALLS INSTRUCTIONS MOST free CALLS INSTRUCTIONS MOST begin CALLS INSTRUCTIONS
//   MOST
//
// A call begins with the first instruction of the function and ends with its return. The branch
// that calls it is not counted, as in the figures of others.
#include "tests/bench/counted/marks.hpp"
#include "tests/qemu/plugin.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <iostream>
#include <optional>

int qemu_plugin_version = 1;

namespace {

struct Kind {
    char const* name = nullptr;
    std::uint64_t calls = 0;
    std::uint64_t instructions = 0;
    std::uint64_t most = 0;
};

// The program has one thread.
std::array<Kind, 3> kinds{Kind{"allocate"}, Kind{"free"}, Kind{"begin"}};
std::uint64_t executed = 0;
std::uint64_t executed_before = 0;
Kind* running = nullptr;

void on_begin(unsigned, void* kind) {
    running = static_cast<Kind*>(kind);
    executed_before = executed + 1;  // The branch that follows.
}

void on_end(unsigned, void*) {
    std::uint64_t const length = executed - executed_before;
    ++running->calls;
    running->instructions += length;
    running->most = std::max(running->most, length);
}

void on_report(unsigned, void*) {
    std::cerr << "probe:";
    for (Kind& kind : kinds) {
        std::cerr << " " << kind.name << " " << kind.calls << " " << kind.instructions << " "
                  << kind.most;
        kind = Kind{kind.name};
    }
    std::cerr << "\n";
}

/// What the number of a hint says; none if this is another instruction.
std::optional<unsigned> mark_in(qemu_plugin_insn const* instruction) {
    std::uint32_t word = 0;
    std::memcpy(&word, qemu_plugin_insn_data(instruction), sizeof word);
    // HINT: the seven bits from 5 on are its number (ARM DDI 0487J.a, C6.2.126).
    if ((word & 0xffff'f01f) != 0xd503'201f) {
        return std::nullopt;
    }
    unsigned const number = word >> 5 & 0x7f;
    return number >= MARK_ALLOCATE && number <= MARK_REPORT ? std::optional{number} : std::nullopt;
}

void on_translation(PluginId, qemu_plugin_tb* block) {
    for (std::size_t i = 0; i < qemu_plugin_tb_n_insns(block); ++i) {
        qemu_plugin_insn* const instruction = qemu_plugin_tb_get_insn(block, i);
        auto const mark = mark_in(instruction);
        if (!mark) {
            qemu_plugin_register_vcpu_insn_exec_inline(instruction, AddToU64, &executed, 1);
        } else if (*mark == MARK_END) {
            qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_end, NoRegisters, nullptr);
        } else if (*mark == MARK_REPORT) {
            qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_report, NoRegisters, nullptr);
        } else {
            qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_begin, NoRegisters,
                                                   &kinds[*mark - MARK_ALLOCATE]);
        }
    }
}

}  // namespace

int qemu_plugin_install(PluginId id, void const*, int, char**) {
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
    return 0;
}
