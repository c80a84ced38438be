// SPDX-License-Identifier: MIT
#include "kernel/log.hpp"

#include <algorithm>

namespace kernel {

void Log::write(std::string_view text) {
    output_.write(text);
    std::size_t const kept = std::min(text.size(), text_.size() - length_);
    std::copy(text.begin(), text.begin() + kept, text_.begin() + length_);
    length_ += kept;
    lost_ += text.size() - kept;
}

}  // namespace kernel
