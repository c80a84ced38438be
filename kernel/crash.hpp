// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kernel {

/// Ways to break the running kernel on purpose, so that anybody can see what it reports then.
class Crashes {
public:
    struct Kind {
        std::string_view name;  ///< One word.
        std::string_view what;  ///< What the kernel does then, in a clause.
    };

    /// On which stack: the kernel's own, or that of exceptions, as if inside one.
    enum class Place : std::uint8_t { Kernel, Exception };

    virtual std::size_t count() const = 0;
    /// The `number`th kind, below count().
    virtual Kind kind(std::size_t number) const = 0;

    /// Does what kind `number` says. Comes back only where the hardware did not mind.
    virtual void crash(std::size_t number, Place place) = 0;

protected:
    ~Crashes() = default;
};

}  // namespace kernel
