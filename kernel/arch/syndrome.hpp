// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/error.hpp"
#include "kernel/field.hpp"

#include <cstdint>
#include <string_view>

namespace arch {

/// ESR_EL1: why an exception was taken (ARM DDI 0487J.a, D19.2 under ESR_EL1). Pure: tests read it
/// on the host.
class Syndrome {
public:
    explicit constexpr Syndrome(std::uint64_t raw) : raw_{raw} {}

    constexpr std::uint64_t raw() const { return raw_; }
    /// No exception has a syndrome of 0 and something to say.
    constexpr bool none() const { return raw_ == 0; }

    /// Exception class.
    constexpr std::uint64_t exception_class() const { return EC::in(raw_); }
    /// The rest, which depends on the class.
    constexpr std::uint64_t detail() const { return ISS::in(raw_); }
    /// The number in `brk #n`, `svc #n` and the like.
    constexpr std::uint64_t immediate() const { return Immediate::in(raw_); }

    /// A load, store or instruction fetch was refused: fault_status() says why, FAR_EL1 where.
    constexpr bool is_abort() const { return is_data_abort() || is_instruction_abort(); }
    constexpr bool is_data_abort() const { return (exception_class() & ~1U) == kDataAbort; }
    constexpr bool is_instruction_abort() const {
        return (exception_class() & ~1U) == kInstructionAbort;
    }
    constexpr bool is_breakpoint() const { return exception_class() == kBrk; }
    constexpr bool is_serror() const { return exception_class() == kSError; }

    /// Of a data abort: it was a store.
    constexpr bool is_write() const { return is_data_abort() && WnR::in(raw_) != 0; }
    /// Of an abort: FAR_EL1 holds an address.
    constexpr bool has_address() const {
        return exception_class() == kPcAlignment ||
               (is_abort() && (fault_status() != kExternalAbort || FnV::in(raw_) == 0));
    }

    constexpr std::uint64_t fault_status() const { return FaultStatus::in(raw_); }

    /// What a routine that survives aborts returns for this one.
    constexpr kernel::Error error() const {
        if (!is_abort()) {
            return kernel::Error::ExternalAbort;  // An SError: the bus refused a write.
        }
        switch (fault_status() & ~std::uint64_t{3}) {
            case kAddressSize: return kernel::Error::AddressSizeFault;
            case kTranslation: return kernel::Error::TranslationFault;
            case kAccessFlag:
            case kPermission: return kernel::Error::PermissionFault;
            default:
                return fault_status() == kAlignment ? kernel::Error::AlignmentFault
                                                    : kernel::Error::ExternalAbort;
        }
    }

    /// One word for scripts, without spaces: `data-abort`.
    constexpr std::string_view code() const {
        switch (exception_class()) {
            case 0x00: return "undefined-instruction";
            case 0x01: return "trapped-wfx";
            case 0x07: return "floating-point";
            case 0x0e: return "illegal-state";
            case 0x15: return "svc";
            case 0x16: return "hvc";
            case 0x17: return "smc";
            case 0x18: return "system-register";
            case kInstructionAbort:
            case kInstructionAbort + 1: return "instruction-abort";
            case kPcAlignment: return "pc-alignment";
            case kDataAbort:
            case kDataAbort + 1: return "data-abort";
            case 0x26: return "sp-alignment";
            case kSError: return "serror";
            case 0x30:
            case 0x31: return "hardware-breakpoint";
            case 0x32:
            case 0x33: return "single-step";
            case 0x34:
            case 0x35: return "watchpoint";
            case kBrk: return "brk";
            default: return "unknown-class";
        }
    }

    /// Of an abort: the reason, in words.
    constexpr std::string_view fault() const {
        switch (fault_status() & ~std::uint64_t{3}) {
            case kAddressSize: return "address size fault";
            case kTranslation: return "translation fault: nothing is mapped there";
            case kAccessFlag: return "access flag fault";
            case kPermission: return "permission fault";
            default: return fault_without_level();
        }
    }

    /// Of an abort: the level of the tables where the walk ended, if its status names one.
    constexpr bool has_level() const {
        return fault_status() < 0x10 || (fault_status() & 0x34) == 0x14;
    }
    constexpr std::uint64_t level() const { return fault_status() & 3; }

private:
    constexpr std::string_view fault_without_level() const {
        switch (fault_status()) {
            case kExternalAbort: return "external abort: nothing on the bus answers there";
            case 0x14:
            case 0x15:
            case 0x16:
            case 0x17: return "external abort of a table walk";
            case 0x18: return "parity or ECC error";
            case 0x1c:
            case 0x1d:
            case 0x1e:
            case 0x1f: return "parity or ECC error of a table walk";
            case kAlignment: return "alignment fault";
            case 0x30: return "TLB conflict";
            case 0x34: return "lockdown fault";
            case 0x35: return "unsupported exclusive or atomic access";
            default: return "unknown fault";
        }
    }

    using EC = kernel::Field<31, 26>;
    using ISS = kernel::Field<24, 0>;
    using Immediate = kernel::Field<15, 0>;
    using FnV = kernel::Field<10>;
    using WnR = kernel::Field<6>;
    using FaultStatus = kernel::Field<5, 0>;  ///< DFSC or IFSC.

    // Of the lower level; the next number is the same from this level.
    static constexpr std::uint64_t kInstructionAbort = 0x20;
    static constexpr std::uint64_t kDataAbort = 0x24;
    static constexpr std::uint64_t kPcAlignment = 0x22;
    static constexpr std::uint64_t kSError = 0x2f;
    static constexpr std::uint64_t kBrk = 0x3c;

    // Fault status; the first four take the level in the two lowest bits.
    static constexpr std::uint64_t kAddressSize = 0x00;
    static constexpr std::uint64_t kTranslation = 0x04;
    static constexpr std::uint64_t kAccessFlag = 0x08;
    static constexpr std::uint64_t kPermission = 0x0c;
    static constexpr std::uint64_t kExternalAbort = 0x10;
    static constexpr std::uint64_t kAlignment = 0x21;

    std::uint64_t raw_;
};

}  // namespace arch
