// SPDX-License-Identifier: MIT
// The functions that the compiler itself calls, whether the source names them or not. Built with
// -fno-tree-loop-distribute-patterns, or it would make each loop a call of the function it is in.
#include "kernel/bytes.hpp"

#include <cstddef>

extern "C" {

void* memcpy(void* to, void const* from, std::size_t count);
void* memmove(void* to, void const* from, std::size_t count);
void* memset(void* to, int value, std::size_t count);
int memcmp(void const* left, void const* right, std::size_t count);
void* memchr(void const* at, int value, std::size_t count);
std::size_t strlen(char const* text);

void* memcpy(void* to, void const* from, std::size_t count) {
    kernel::bytes::copy_upwards(static_cast<unsigned char*>(to),
                                static_cast<unsigned char const*>(from), count);
    return to;
}

void* memmove(void* to, void const* from, std::size_t count) {
    auto* const first = static_cast<unsigned char*>(to);
    auto const* const source = static_cast<unsigned char const*>(from);
    if (first <= source) {
        kernel::bytes::copy_upwards(first, source, count);
    } else {
        kernel::bytes::copy_downwards(first, source, count);
    }
    return to;
}

void* memset(void* to, int value, std::size_t count) {
    kernel::bytes::fill(static_cast<unsigned char*>(to), static_cast<unsigned char>(value), count);
    return to;
}

int memcmp(void const* left, void const* right, std::size_t count) {
    return kernel::bytes::compare(static_cast<unsigned char const*>(left),
                                  static_cast<unsigned char const*>(right), count);
}

void* memchr(void const* at, int value, std::size_t count) {
    return const_cast<unsigned char*>(kernel::bytes::find(
        static_cast<unsigned char const*>(at), static_cast<unsigned char>(value), count));
}

std::size_t strlen(char const* text) {
    std::size_t length = 0;
    while (text[length] != '\0') {
        ++length;
    }
    return length;
}

}  // extern "C"
