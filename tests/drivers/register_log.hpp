// SPDX-License-Identifier: MIT
#pragma once

#include "drivers/register_bank.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace test {

/// Registers that keep what was written, and the order of it.
class RegisterLog {
public:
    /// What a driver is given: the log outlives it.
    class Bank {
    public:
        explicit Bank(RegisterLog& log) : log_{&log} {}
        std::uint32_t read(std::uint32_t offset) const {
            log_->reads.push_back(offset);
            return log_->values[offset];
        }
        void write(std::uint32_t offset, std::uint32_t value) const {
            log_->values[offset] = value;
            log_->writes.push_back({offset, value});
        }

    private:
        RegisterLog* log_;
    };

    struct Write {
        std::uint32_t offset;
        std::uint32_t value;

        friend bool operator==(Write, Write) = default;
    };

    Bank bank() { return Bank{*this}; }

    std::map<std::uint32_t, std::uint32_t> values;
    std::vector<Write> writes;
    std::vector<std::uint32_t> reads;  ///< Where.
};

static_assert(drivers::RegisterBank<RegisterLog::Bank>);

}  // namespace test
