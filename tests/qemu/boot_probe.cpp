// SPDX-License-Identifier: MIT
//
// A plugin for QEMU's translator (plugin API, version 1) that watches core 0 from the entry of the
// kernel on. At the end it prints, on standard error:
//
//   probe: instructions N                 executed by core 0, those that faulted included
//   probe: zeroed_blocks N                `dc zva`, whose stores are not seen below
//   probe: written 0xFIRST 0xEND          a range of physical RAM, whole frames, stored to
//
// A core that sleeps executes nothing, so that the numbers stand still once the shell waits.
#include <bitset>
#include <cstdint>
#include <iostream>

// The part of the API that is used; Debian has no package with the header.
extern "C" {
using PluginId = std::uint64_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_plugin_hwaddr;
enum CallbackFlags { NoRegisters = 0 };
enum Accesses { Stores = 2 };
using ExecuteCallback = void (*)(unsigned core, void* data);
using AccessCallback = void (*)(unsigned core, std::uint32_t access, std::uint64_t address, void*);

std::size_t qemu_plugin_tb_n_insns(qemu_plugin_tb const*);
qemu_plugin_insn* qemu_plugin_tb_get_insn(qemu_plugin_tb const*, std::size_t);
std::uint64_t qemu_plugin_insn_vaddr(qemu_plugin_insn const*);
void const* qemu_plugin_insn_data(qemu_plugin_insn const*);
void qemu_plugin_register_vcpu_tb_trans_cb(PluginId, void (*)(PluginId, qemu_plugin_tb*));
void qemu_plugin_register_vcpu_insn_exec_cb(qemu_plugin_insn*, ExecuteCallback, CallbackFlags,
                                            void* data);
void qemu_plugin_register_vcpu_mem_cb(qemu_plugin_insn*, AccessCallback, CallbackFlags, Accesses,
                                      void* data);
void qemu_plugin_register_atexit_cb(PluginId, void (*)(PluginId, void*), void* data);
bool qemu_plugin_mem_is_store(std::uint32_t access);
qemu_plugin_hwaddr* qemu_plugin_get_hwaddr(std::uint32_t access, std::uint64_t address);
bool qemu_plugin_hwaddr_is_io(qemu_plugin_hwaddr const*);
std::uint64_t qemu_plugin_hwaddr_phys_addr(qemu_plugin_hwaddr const*);

extern int qemu_plugin_version;
int qemu_plugin_version = 1;
int qemu_plugin_install(PluginId, void const* info, int argc, char** argv);
}

namespace {

constexpr std::uint64_t kEntry = 0x80000;
constexpr unsigned kFrameShift = 12;
constexpr std::size_t kFrames = std::size_t{4} << (30 - kFrameShift);  // 4 GiB.

struct Probe {
    bool entered = false;
    std::uint64_t instructions = 0;
    std::uint64_t zeroed_blocks = 0;
    std::bitset<kFrames> written;
};

// The callbacks of core 0 run in one thread, and the last one after that thread has stopped.
Probe probe;

void on_entry(unsigned core, void*) { probe.entered = probe.entered || core == 0; }

void on_instruction(unsigned core, void*) {
    if (core == 0 && probe.entered) {
        ++probe.instructions;
    }
}

void on_zeroed_block(unsigned core, void*) {
    if (core == 0 && probe.entered) {
        ++probe.zeroed_blocks;
    }
}

void on_store(unsigned core, std::uint32_t access, std::uint64_t address, void*) {
    // QEMU 7.2 reports loads too, whatever was asked for.
    if (core != 0 || !probe.entered || !qemu_plugin_mem_is_store(access)) {
        return;
    }
    qemu_plugin_hwaddr const* const where = qemu_plugin_get_hwaddr(access, address);
    if (where == nullptr || qemu_plugin_hwaddr_is_io(where)) {
        return;
    }
    std::size_t const frame = qemu_plugin_hwaddr_phys_addr(where) >> kFrameShift;
    if (frame < kFrames) {
        probe.written.set(frame);
    }
}

/// ARM DDI 0487J.a, C6.2.104: DC ZVA, Xt.
bool zeroes_a_block(qemu_plugin_insn const* instruction) {
    std::uint32_t const opcode =
        *static_cast<std::uint32_t const*>(qemu_plugin_insn_data(instruction));
    return (opcode & 0xffff'ffe0) == 0xd50b'7420;
}

void on_translation(PluginId, qemu_plugin_tb* block) {
    for (std::size_t i = 0; i < qemu_plugin_tb_n_insns(block); ++i) {
        qemu_plugin_insn* const instruction = qemu_plugin_tb_get_insn(block, i);
        if (qemu_plugin_insn_vaddr(instruction) == kEntry) {
            qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_entry, NoRegisters, nullptr);
        }
        qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_instruction, NoRegisters, nullptr);
        if (zeroes_a_block(instruction)) {
            qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_zeroed_block, NoRegisters,
                                                   nullptr);
        }
        qemu_plugin_register_vcpu_mem_cb(instruction, on_store, NoRegisters, Stores, nullptr);
    }
}

void on_end(PluginId, void*) {
    std::cerr << "probe: instructions " << probe.instructions << "\n"
              << "probe: zeroed_blocks " << probe.zeroed_blocks << "\n"
              << std::hex;
    for (std::size_t frame = 0; frame < kFrames; ++frame) {
        if (!probe.written.test(frame)) {
            continue;
        }
        std::size_t end = frame;
        while (end < kFrames && probe.written.test(end)) {
            ++end;
        }
        std::cerr << "probe: written 0x" << (frame << kFrameShift) << " 0x" << (end << kFrameShift)
                  << "\n";
        frame = end;
    }
}

}  // namespace

int qemu_plugin_install(PluginId id, void const*, int, char**) {
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
    qemu_plugin_register_atexit_cb(id, on_end, nullptr);
    return 0;
}
