// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/error.hpp"
#include "kernel/require.hpp"

#include <type_traits>

namespace kernel {

/// A `T`, or the reason why there is none. Reading the side that is not there breaks a promise.
template <typename T>
class [[nodiscard]] Result {
public:
    static_assert(std::is_trivially_copyable_v<T>, "results are passed by value");

    // NOLINTBEGIN(google-explicit-constructor,cppcoreguidelines-pro-type-member-init): `return
    // value;` and `return Error::X;` both read well; one member of the union is initialised.
    constexpr Result(T value) : value_{value}, has_value_{true} {}
    constexpr Result(Error error) : error_{error} {}
    // NOLINTEND(google-explicit-constructor,cppcoreguidelines-pro-type-member-init)

    constexpr explicit operator bool() const { return has_value_; }

    constexpr T const& value() const {
        require(has_value_, "a value is read only where there is one");
        return value_;
    }
    constexpr T const& operator*() const { return value(); }
    constexpr T const* operator->() const { return &value(); }

    constexpr Error error() const {
        require(!has_value_, "an error is read only where there is one");
        return error_;
    }

private:
    union {
        T value_;
        Error error_;
    };
    bool has_value_ = false;
};

template <>
class [[nodiscard]] Result<void> {
public:
    constexpr Result() = default;
    // NOLINTNEXTLINE(google-explicit-constructor): `return Error::X;` reads well.
    constexpr Result(Error error) : error_{error}, has_error_{true} {}

    constexpr explicit operator bool() const { return !has_error_; }

    constexpr Error error() const {
        require(has_error_, "an error is read only where there is one");
        return error_;
    }

private:
    Error error_{};
    bool has_error_ = false;
};

}  // namespace kernel
