// SPDX-License-Identifier: MIT
#include "kernel/mm/window_map.hpp"

#include <algorithm>
#include <optional>

namespace mm {
namespace {

using kernel::PhysAddr;
using kernel::PhysRange;
using kernel::Result;

constexpr Attributes kData{MemoryType::Normal, Access::ReadWrite};

// A stretch of the image that is not mapped as data is.
struct Part {
    PhysRange range;
    std::optional<Attributes> attributes;
};

using Parts = std::array<Part, 4>;

Parts parts_of(ImageParts const& image) {
    return {
        Part{image.text,      Attributes{MemoryType::Normal, Access::ReadExecute}},
        Part{image.rodata,    Attributes{MemoryType::Normal, Access::Read}       },
        Part{image.guards[0], std::nullopt                                       },
        Part{image.guards[1], std::nullopt                                       },
    };
}

class WindowMapper {
public:
    WindowMapper(PageTable& table, WindowPlace const& window, ImageParts const& image)
        : table_{table}, window_{window}, parts_{parts_of(image)} {}

    // `ram` lies in the window and may be mapped.
    Result<void> map(PhysRange ram) {
        PhysAddr done = ram.begin;
        for (Part const& part : parts_) {
            PhysRange const cut{std::max(part.range.begin, done),
                                std::min(part.range.end, ram.end)};
            if (cut.empty()) {
                continue;
            }
            if (auto const outcome = map_as({done, cut.begin}, kData); !outcome) {
                return outcome;
            }
            if (auto const outcome = map_as(cut, part.attributes); !outcome) {
                return outcome;
            }
            done = cut.end;
        }
        return map_as({done, ram.end}, kData);
    }

private:
    Result<void> map_as(PhysRange range, std::optional<Attributes> attributes) {
        if (range.empty() || !attributes) {
            return {};
        }
        kernel::VirtAddr const at = window_.at + (range.begin - window_.physical.begin);
        return table_.map(at, range.begin, range.bytes(), *attributes);
    }

    PageTable& table_;
    WindowPlace window_;
    Parts parts_;
};

PhysRange inside(WindowPlace const& window, FrameRange frames) {
    return {std::max(frames.first.address(), window.physical.begin),
            std::min(frames.end.address(), window.physical.end)};
}

}  // namespace

Result<void> map_window(PageTable& table, WindowPlace const& window, MemoryMap const& memory,
                        ImageParts const& image) {
    WindowMapper mapper{table, window, image};
    // Regions that touch are mapped as one, whoever has them: only then do blocks fit.
    PhysRange pending{PhysAddr{0}, PhysAddr{0}};
    for (Region const& region : memory.regions()) {
        PhysRange const range = inside(window, region.frames);
        if (range.empty() || region.mappable == Mappable::No) {
            continue;
        }
        if (pending.end == range.begin) {
            pending.end = range.end;
            continue;
        }
        if (auto const outcome = mapper.map(pending); !outcome) {
            return outcome;
        }
        pending = range;
    }
    return mapper.map(pending);
}

}  // namespace mm
