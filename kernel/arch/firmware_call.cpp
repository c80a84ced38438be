// SPDX-License-Identifier: MIT
#include "kernel/arch/firmware_call.hpp"

extern "C" {
// firmware_call.S.
std::int64_t call_by_hvc(std::uint32_t, std::uint64_t, std::uint64_t, std::uint64_t);
std::int64_t call_by_smc(std::uint32_t, std::uint64_t, std::uint64_t, std::uint64_t);
std::int64_t call_by_el2(std::uint32_t, std::uint64_t, std::uint64_t, std::uint64_t);
}

namespace arch {

std::optional<kernel::FirmwareCall> firmware_call(kernel::PsciCall method,
                                                  std::uint64_t exception_level) {
    if (exception_level == 1) {
        switch (method) {
            case kernel::PsciCall::Hvc: return call_by_hvc;
            case kernel::PsciCall::Smc: return call_by_smc;
            case kernel::PsciCall::None: return {};
        }
    }
    // What hvc calls at EL2 is ourselves; at EL3 we have replaced whatever smc would call.
    bool const is_above_el2 = exception_level == 2 && method == kernel::PsciCall::Smc;
    return is_above_el2 ? std::optional{call_by_el2} : std::nullopt;
}

}  // namespace arch
