// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/require.hpp"

#include <cstdint>
#include <string_view>

namespace kernel {

/// Why a request was refused. A refused request has changed nothing.
enum class Error : std::uint8_t {
    // Frames.
    OutOfMemory,
    NotRam,
    Reserved,
    Misaligned,
    InsideBlock,
    AlreadyFree,
    WrongOrder,
    OtherZone,
    NotFree,
    NotReserved,
    TooLarge,
    EmptyRange,
    Corrupt,
    // Addresses and mappings.
    NotMapped,
    AlreadyMapped,
    OutOfAddressSpace,
    NotKernelAddress,
    PartOfBlock,
    WrongSize,
    NotAllocated,
    // Tables of fixed size.
    TableFull,
    // Recoverable access.
    TranslationFault,
    PermissionFault,
    AlignmentFault,
    ExternalAbort,
    AddressSizeFault,
    // What may be looked at and changed by hand.
    MustNotBeMapped,
    NoDevice,
    DeviceWidth,
    DeviceRegister,
    NotHeld,
    KernelMemory,
    // Devices.
    DeviceTimeout,
    DeviceRefused,
    DeviceGarbled,
    NoSuchInterrupt,
    AlreadyHandled,
    // Cores, and the firmware that starts them.
    CoreUnknown,
    CoreDenied,
    CoreIsOn,
    FirmwareFailed,
    // Device tree.
    TreeAbsent,
    TreeTooLarge,
    TreeMisaligned,
    TreeBadMagic,
    TreeBadVersion,
    TreeTruncated,
    TreeBadStructure,
    TreeTooDeep,
    TreeNoMemory,
    TreeNoSerial,
    TreeNoNode,
    // Words typed into the shell.
    NotANumber,
    NumberTooLarge,
    NotARange,
    NotAHandle,
};

/// One lower-case clause, no full stop: it follows "error: <subject>: " in the shell. Kept out of
/// line: whoever inlines it has a table of all words of its own.
[[gnu::noinline]] constexpr char const* words_of(Error error) {
    switch (error) {  // No default: -Wswitch makes a new Error fail here until it has words.
        case Error::OutOfMemory: return "no free block is large enough";
        case Error::NotRam: return "not RAM";
        case Error::Reserved: return "reserved, never handed out";
        case Error::Misaligned: return "not a multiple of 4 KiB";
        case Error::InsideBlock: return "inside an allocated block, not its start";
        case Error::AlreadyFree: return "already free";
        case Error::WrongOrder: return "allocated with another order";
        case Error::OtherZone: return "belongs to another zone";
        case Error::NotFree: return "not all of it is free";
        case Error::NotReserved: return "allocated, so it cannot be released";
        case Error::TooLarge: return "larger than the whole zone";
        case Error::EmptyRange: return "nothing is asked for";
        case Error::Corrupt: return "the allocator's own records are damaged";
        case Error::NotMapped: return "nothing is mapped there";
        case Error::AlreadyMapped: return "already mapped";
        case Error::OutOfAddressSpace: return "no address range is large enough";
        case Error::NotKernelAddress: return "not a kernel address";
        case Error::PartOfBlock: return "part of a 2 MiB mapping, which goes as a whole";
        case Error::WrongSize: return "allocated with another size";
        case Error::NotAllocated: return "nothing is allocated there";
        case Error::TableFull: return "a table of fixed size is full";
        case Error::TranslationFault: return "nothing is mapped there";
        case Error::PermissionFault: return "the mapping does not permit it";
        case Error::AlignmentFault: return "not aligned for this access";
        case Error::ExternalAbort: return "nothing on the bus answers there";
        case Error::AddressSizeFault: return "beyond the physical addresses of this CPU";
        case Error::MustNotBeMapped: return "the firmware forbids to map it";
        case Error::NoDevice: return "neither RAM nor a device that the tree names";
        case Error::DeviceWidth: return "a device is read 32 bits at a time";
        case Error::DeviceRegister: return "a register of a device";
        case Error::NotHeld: return "free, so nobody holds it";
        case Error::KernelMemory: return "the kernel lives there";
        case Error::DeviceTimeout: return "the device does not answer";
        case Error::DeviceRefused: return "the device refused";
        case Error::DeviceGarbled: return "the device's answer makes no sense";
        case Error::NoSuchInterrupt: return "the interrupt controller has no such source";
        case Error::AlreadyHandled: return "another driver serves that interrupt";
        case Error::CoreUnknown: return "the firmware knows no such core";
        case Error::CoreDenied: return "the firmware denies it";
        case Error::CoreIsOn: return "it is on already";
        case Error::FirmwareFailed: return "the firmware does not do it";
        case Error::TreeAbsent: return "no device tree was handed over";
        case Error::TreeTooLarge: return "the device tree is too large";
        case Error::TreeMisaligned: return "a device tree starts at a multiple of 8 bytes";
        case Error::TreeBadMagic: return "not a device tree";
        case Error::TreeBadVersion: return "a device tree of an unknown version";
        case Error::TreeTruncated: return "the device tree is cut short";
        case Error::TreeBadStructure: return "the device tree is malformed";
        case Error::TreeTooDeep: return "the device tree is nested too deeply";
        case Error::TreeNoMemory: return "the device tree describes no memory";
        case Error::TreeNoSerial: return "the device tree names no serial line that can be used";
        case Error::TreeNoNode: return "the device tree has no such node";
        case Error::NotANumber: return "not a number";
        case Error::NumberTooLarge: return "does not fit into 64 bits";
        case Error::NotARange: return "not a range";
        case Error::NotAHandle: return "not a handle";
    }
    unreachable("Error is one of its enumerators");
}

/// The same, for whoever joins it with other text.
constexpr std::string_view describe(Error error) { return words_of(error); }

}  // namespace kernel
