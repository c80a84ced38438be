// SPDX-License-Identifier: MIT
//
// A plugin for QEMU's translator that counts what core 0 executes from the entry of the kernel on,
// to the instruction. At the end it prints, on standard error:
//
//   probe: instructions N
//
// A core that sleeps executes nothing, so that the number stands still once the shell waits.
#include "tests/qemu/plugin.hpp"

#include <iostream>

int qemu_plugin_version = 1;

namespace {

// Where RAM begins at 0, as on a Pi, and where it begins at 1 GiB, as on `virt`.
constexpr std::uint64_t kEntry = 0x80000;
constexpr std::uint64_t kVirtEntry = 0x40080000;

struct Probe {
    bool entered = false;
    std::uint64_t instructions = 0;
};

// The callbacks of core 0 run in one thread, and the last one after that thread has stopped.
Probe probe;

void on_entry(unsigned core, void*) { probe.entered = probe.entered || core == 0; }

void on_instruction(unsigned core, void*) {
    if (core == 0 && probe.entered) {
        ++probe.instructions;
    }
}

void on_translation(PluginId, qemu_plugin_tb* block) {
    for (std::size_t i = 0; i < qemu_plugin_tb_n_insns(block); ++i) {
        qemu_plugin_insn* const instruction = qemu_plugin_tb_get_insn(block, i);
        std::uint64_t const address = qemu_plugin_insn_vaddr(instruction);
        if (address == kEntry || address == kVirtEntry) {
            qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_entry, NoRegisters, nullptr);
        }
        qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_instruction, NoRegisters, nullptr);
    }
}

void on_end(PluginId, void*) { std::cerr << "probe: instructions " << probe.instructions << "\n"; }

}  // namespace

int qemu_plugin_install(PluginId id, void const*, int, char**) {
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
    qemu_plugin_register_atexit_cb(id, on_end, nullptr);
    return 0;
}
