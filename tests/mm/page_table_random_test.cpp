// SPDX-License-Identifier: MIT
#include "kernel/mm/page_table.hpp"
#include "kernel/mm/trial/random.hpp"
#include "kernel/units.hpp"

#include "tests/support/early_arena.hpp"
#include "tests/support/tlb_model.hpp"

#include <map>
#include <optional>
#include <string>

#include <CppUTest/TestHarness.h>

namespace {

using kernel::Error;
using kernel::PhysAddr;
using kernel::VirtAddr;

constexpr std::uint64_t kSeed = 0xbe21;
constexpr std::uint64_t kPage = mm::kFrameBytes;
constexpr std::uint64_t kPagesPerBlock = 512;
constexpr mm::Attributes kData{mm::MemoryType::Normal, mm::Access::ReadWrite};

// Four blocks' worth of pages around the end of a gigabyte.
constexpr std::uint64_t kPages = 4 * kPagesPerBlock;
constexpr VirtAddr kAt{0xffff'ffff'c000'0000 - 2 * kPagesPerBlock * kPage};

/// What should be mapped, page by page.
struct Model {
    struct Page {
        std::uint64_t to;
        bool is_in_block;
    };
    std::map<std::uint64_t, Page> pages;

    void map(std::uint64_t first, std::uint64_t count, std::uint64_t to) {
        std::uint64_t const end = first + count;
        for (std::uint64_t page = first; page < end;) {
            bool const is_block = page % kPagesPerBlock == 0 && to % kPagesPerBlock == 0 &&
                                  end - page >= kPagesPerBlock;
            for (std::uint64_t n = is_block ? kPagesPerBlock : 1; n > 0; --n) {
                pages[page++] = {to++, is_block};
            }
        }
    }

    std::uint64_t mapped(std::uint64_t first, std::uint64_t count) const {
        auto const from = pages.lower_bound(first);
        auto const until = pages.lower_bound(first + count);
        return static_cast<std::uint64_t>(std::distance(from, until));
    }

    bool cuts_block(std::uint64_t boundary) const {
        auto const found = pages.find(boundary);
        return boundary % kPagesPerBlock != 0 && found != pages.end() && found->second.is_in_block;
    }
};

class ComparedMappings final : public mm::MappingVisitor {
public:
    explicit ComparedMappings(Model const& model) : model_{model} {}

    void visit(mm::Mapping const& mapping) override {
        std::uint64_t const first = (mapping.at - kAt) / kPage;
        for (std::uint64_t page = 0; page < mapping.bytes() / kPage; ++page) {
            auto const found = model_.pages.find(first + page);
            if (found == model_.pages.end() ||
                found->second.to * kPage != mapping.to().raw() + page * kPage ||
                found->second.is_in_block != (mapping.level == mm::Level::Two)) {
                ++wrong;
            }
            ++seen;
        }
    }

    std::uint64_t seen = 0;
    std::uint64_t wrong = 0;

private:
    Model const& model_;
};

}  // namespace

TEST_GROUP(PageTableRandom) {
    static constexpr unsigned kSteps = 3000;

    test::EarlyArena arena{12};
    test::TlbModel tlb{arena.window()};
    mm::Random random{kSeed};
    std::optional<mm::PageTable> table;
    Model model;
    unsigned refusals[256] = {};
    unsigned steps = 0;

    void setup() override {
        arena.on_free = [this](mm::EarlyFrame frame) { tlb.require_forgotten(frame); };
        mm::EarlyFrame const root = *mm::PageTable::make_root(arena, arena.window());
        tlb.watch(root);
        table.emplace(root, arena, arena.window(), tlb);
    }

    std::string where() const {
        return "seed " + std::to_string(kSeed) + ", step " + std::to_string(steps);
    }

    std::uint64_t below(std::uint64_t limit) { return random.below(limit); }

    std::uint64_t some_page() { return below(2) == 0 ? below(4) * kPagesPerBlock : below(kPages); }
    std::uint64_t some_count() {
        return below(2) == 0 ? (1 + below(2)) * kPagesPerBlock : 1 + below(9);
    }

    void step() {
        std::uint64_t const first = some_page();
        std::uint64_t const count = std::min(some_count(), kPages - first);
        switch (below(4)) {
            case 0:
            case 1: return map(first, count);
            case 2: return below(3) == 0 ? unmap(first, count) : unmap_what_is_mapped(first);
            default: return unmap_what_is_mapped(first);
        }
    }

    /// Whatever comes at or after `first`, up to so many pages or the block, so that it succeeds.
    void unmap_what_is_mapped(std::uint64_t first) {
        auto const found = model.pages.lower_bound(first);
        if (found == model.pages.end()) {
            return;
        }
        if (found->second.is_in_block) {
            return unmap(found->first / kPagesPerBlock * kPagesPerBlock, kPagesPerBlock);
        }
        std::uint64_t const most = below(2) == 0 ? kPagesPerBlock : 9;
        std::uint64_t count = 1;
        while (count < most && model.mapped(found->first, count + 1) == count + 1 &&
               !model.pages.at(found->first + count).is_in_block) {
            ++count;
        }
        unmap(found->first, count);
    }

    void map(std::uint64_t first, std::uint64_t count) {
        std::uint64_t const to = below(4) != 0 ? first + 8 * kPagesPerBlock : below(5000);
        arena.allow(below(4));
        std::uint64_t const before = arena.hash();
        auto const outcome =
            table->map(kAt + first * kPage, PhysAddr{to * kPage}, count * kPage, kData);
        if (outcome) {
            UNSIGNED_LONGS_EQUAL_TEXT(0, model.mapped(first, count), where().c_str());
            model.map(first, count, to);
            return;
        }
        Error const expected =
            model.mapped(first, count) > 0 ? Error::AlreadyMapped : Error::OutOfMemory;
        check_refusal(expected, outcome.error(), before);
    }

    void unmap(std::uint64_t first, std::uint64_t count) {
        std::uint64_t const before = arena.hash();
        auto const outcome = table->unmap(kAt + first * kPage, count * kPage);
        bool const is_mapped = model.mapped(first, count) == count;
        bool const cuts = model.cuts_block(first) || model.cuts_block(first + count);
        if (outcome) {
            CHECK_TEXT(is_mapped && !cuts, where().c_str());
            model.pages.erase(model.pages.lower_bound(first),
                              model.pages.lower_bound(first + count));
            return;
        }
        CHECK_TEXT(!is_mapped || cuts, where().c_str());
        check_refusal(is_mapped ? Error::PartOfBlock : Error::NotMapped, outcome.error(), before);
    }

    void check_refusal(Error expected, Error actual, std::uint64_t before) {
        CHECK_TEXT(expected == actual, where().c_str());
        UNSIGNED_LONGS_EQUAL_TEXT(before, arena.hash(), where().c_str());
        ++refusals[static_cast<unsigned>(actual)];
    }

    void check_all() {
        ComparedMappings compared{model};
        table->visit(compared);
        UNSIGNED_LONGS_EQUAL_TEXT(0, compared.wrong, where().c_str());
        UNSIGNED_LONGS_EQUAL_TEXT(model.pages.size(), compared.seen, where().c_str());
        tlb.look_at_all();
        std::uint64_t const page = below(kPages);
        auto const found = model.pages.find(page);
        auto const translated = table->translate(kAt + (page * kPage + 5)).to;
        CHECK_TEXT(translated == (found == model.pages.end()
                                      ? std::nullopt
                                      : std::optional{PhysAddr{found->second.to * kPage + 5}}),
                   where().c_str());
    }
};

TEST(PageTableRandom, AgreesWithAPlainMapOfPages) {
    for (steps = 0; steps < kSteps; ++steps) {
        step();
        if (steps % 16 == 0) {
            check_all();
        }
    }

    // Each refusal was met, and what is left can be unmapped to the last table.
    for (Error const error :
         {Error::AlreadyMapped, Error::OutOfMemory, Error::NotMapped, Error::PartOfBlock}) {
        CHECK_COMPARE(refusals[static_cast<unsigned>(error)], >, 10);
    }
    while (!model.pages.empty()) {
        auto const [first, page] = *model.pages.begin();
        unmap(first, page.is_in_block ? kPagesPerBlock : 1);
    }
    UNSIGNED_LONGS_EQUAL_TEXT(1, arena.outstanding(), where().c_str());
}
