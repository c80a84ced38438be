// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

// The part of the API for plugins of QEMU's translator (version 1) that ours use; Debian has no
// package with the header.
extern "C" {
using PluginId = std::uint64_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum CallbackFlags { NoRegisters = 0 };
enum InlineOperation { AddToU64 = 0 };
using ExecuteCallback = void (*)(unsigned core, void* data);

std::size_t qemu_plugin_tb_n_insns(qemu_plugin_tb const*);
qemu_plugin_insn* qemu_plugin_tb_get_insn(qemu_plugin_tb const*, std::size_t);
void const* qemu_plugin_insn_data(qemu_plugin_insn const*);
std::uint64_t qemu_plugin_insn_vaddr(qemu_plugin_insn const*);
void qemu_plugin_register_vcpu_tb_trans_cb(PluginId, void (*)(PluginId, qemu_plugin_tb*));
void qemu_plugin_register_vcpu_insn_exec_cb(qemu_plugin_insn*, ExecuteCallback, CallbackFlags,
                                            void* data);
void qemu_plugin_register_vcpu_insn_exec_inline(qemu_plugin_insn*, InlineOperation, void* to,
                                                std::uint64_t amount);
void qemu_plugin_register_atexit_cb(PluginId, void (*)(PluginId, void*), void* data);

extern int qemu_plugin_version;  // Whoever includes this is 1.
int qemu_plugin_install(PluginId id, void const* info, int argc, char** argv);
}
