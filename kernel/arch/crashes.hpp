// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/address.hpp"
#include "kernel/crash.hpp"
#include "kernel/mm/page_table.hpp"

namespace arch {

/// Every way into the report of a panic that this core has, each vector among them.
class Crashes final : public kernel::Crashes {
public:
    /// `page` is one that nothing else uses, in the same 2 MiB as one that stays mapped.
    Crashes(mm::PageTable& pages, kernel::VirtAddr page) : pages_{pages}, page_{page} {}

    std::size_t count() const override;
    Kind kind(std::size_t number) const override;
    void crash(std::size_t number, Place place) override;

    /// Maps a page of the bus where nothing answers, and returns its address.
    kernel::VirtAddr map_nothing();

private:
    mm::PageTable& pages_;
    kernel::VirtAddr page_;
};

}  // namespace arch
