// SPDX-License-Identifier: MIT
#include "kernel/board_properties.hpp"

#include <algorithm>
#include <span>

namespace kernel {
namespace {

struct Name {
    std::string_view text;
    BoardProperty property;
};

constexpr std::array kNames{
    Name{"#address-cells",     BoardProperty::AddressCells  },
    Name{"#size-cells",        BoardProperty::SizeCells     },
    Name{"bootargs",           BoardProperty::Bootargs      },
    Name{"compatible",         BoardProperty::Compatible    },
    Name{"cpu-release-addr",   BoardProperty::ReleaseAddress},
    Name{"device_type",        BoardProperty::DeviceType    },
    Name{"dma-ranges",         BoardProperty::DmaRanges     },
    Name{"enable-method",      BoardProperty::EnableMethod  },
    Name{"interrupts",         BoardProperty::Interrupts    },
    Name{"linux,initrd-end",   BoardProperty::InitrdEnd     },
    Name{"linux,initrd-start", BoardProperty::InitrdStart   },
    Name{"method",             BoardProperty::Method        },
    Name{"model",              BoardProperty::Model         },
    Name{"no-map",             BoardProperty::NoMap         },
    Name{"ranges",             BoardProperty::Ranges        },
    Name{"reg",                BoardProperty::Reg           },
    Name{"status",             BoardProperty::Status        },
    Name{"stdout-path",        BoardProperty::StdoutPath    },
};
static_assert(kNames.size() + 1 == kBoardProperties);
static_assert(std::ranges::is_sorted(kNames, {}, &Name::text));

// Where the names with this first letter begin; most letters have none.
constexpr auto kFirst = [] {
    std::array<std::uint8_t, 256> first{};
    first.fill(kNames.size());
    for (std::size_t index = kNames.size(); index-- != 0;) {
        first[static_cast<std::size_t>(kNames[index].text.front())] =
            static_cast<std::uint8_t>(index);
    }
    return first;
}();

}  // namespace

BoardProperty BoardPropertyNames::identify_by_name(TreeCursor const& cursor) {
    for (Name const& name : std::span{kNames}.subspan(kFirst[cursor.first_letter()])) {
        if (cursor.is_called(name.text)) {
            return name.property;
        }
    }
    return BoardProperty::Other;
}

}  // namespace kernel
