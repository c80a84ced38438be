// SPDX-License-Identifier: MIT
//
// A plugin for QEMU's translator (plugin API, version 1) that counts what core 0 executes from the
// entry of the kernel on, to the instruction. At the end it prints, on standard error:
//
//   probe: instructions N
//
// A core that sleeps executes nothing, so that the number stands still once the shell waits.
#include <cstdint>
#include <iostream>

// The part of the API that is used; Debian has no package with the header.
extern "C" {
using PluginId = std::uint64_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum CallbackFlags { NoRegisters = 0 };
using ExecuteCallback = void (*)(unsigned core, void* data);

std::size_t qemu_plugin_tb_n_insns(qemu_plugin_tb const*);
qemu_plugin_insn* qemu_plugin_tb_get_insn(qemu_plugin_tb const*, std::size_t);
std::uint64_t qemu_plugin_insn_vaddr(qemu_plugin_insn const*);
void qemu_plugin_register_vcpu_tb_trans_cb(PluginId, void (*)(PluginId, qemu_plugin_tb*));
void qemu_plugin_register_vcpu_insn_exec_cb(qemu_plugin_insn*, ExecuteCallback, CallbackFlags,
                                            void* data);
void qemu_plugin_register_atexit_cb(PluginId, void (*)(PluginId, void*), void* data);

extern int qemu_plugin_version;
int qemu_plugin_version = 1;
int qemu_plugin_install(PluginId, void const* info, int argc, char** argv);
}

namespace {

constexpr std::uint64_t kEntry = 0x80000;

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
        if (qemu_plugin_insn_vaddr(instruction) == kEntry) {
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
