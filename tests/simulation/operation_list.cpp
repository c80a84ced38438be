// SPDX-License-Identifier: MIT
#include "tests/simulation/operation_list.hpp"

#include "tests/simulation/world.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <sstream>
#include <stdexcept>

namespace simulation {
namespace {

constexpr std::chrono::seconds kLongest{60};

// The list without `count` operations from `first` on, if it still fails: up to where it does.
bool cut(OperationList& list, std::size_t first, std::size_t count) {
    std::vector<Operation> shorter = list.operations;
    auto const begin = shorter.begin() + static_cast<std::ptrdiff_t>(first);
    shorter.erase(begin, begin + static_cast<std::ptrdiff_t>(count));
    auto const failure = run(list.world, shorter);
    if (!failure) {
        return false;
    }
    shorter.resize(failure->operations);
    list.operations = std::move(shorter);
    return true;
}

// Tries to leave out each `count` operations. True if any could be.
bool cut_all(OperationList& list, std::size_t count) {
    bool is_shorter = false;
    // From the end: what comes last depends on most.
    for (std::size_t first = list.operations.size(); first != 0;) {
        first -= std::min(first, count);
        std::size_t const rest = list.operations.size() - first;
        is_shorter = cut(list, first, std::min(count, rest)) || is_shorter;
        first = std::min(first, list.operations.size());
    }
    return is_shorter;
}

}  // namespace

std::optional<Failure> run(std::uint64_t seed, std::span<Operation const> operations) {
    std::size_t done = 0;
    try {
        auto const world = std::make_unique<World>(seed);
        while (done < operations.size() && !world->judge().has_failed()) {
            world->run(operations[done++]);
        }
        if (!world->judge().has_failed()) {
            world->finish();
        }
        return world->judge().has_failed() ? std::optional{Failure{done, world->judge().failure()}}
                                           : std::nullopt;
    } catch (std::logic_error const& broken) {
        return Failure{done, broken.what()};
    }
}

OperationList minimised(OperationList list) {
    auto const end = std::chrono::steady_clock::now() + kLongest;
    for (std::size_t count = list.operations.size() / 2; count != 0;) {
        bool const is_shorter = cut_all(list, count);
        if (std::chrono::steady_clock::now() > end) {
            break;
        }
        count = count > 1 ? count / 2 : is_shorter ? 1 : 0;
    }
    return list;
}

std::string written(OperationList const& list) {
    std::string text = "world " + std::to_string(list.world) + "\n";
    for (Operation const& operation : list.operations) {
        text += kOperationNames.at(static_cast<std::size_t>(operation.kind));
        text += " " + std::to_string(operation.a) + " " + std::to_string(operation.b) + "\n";
    }
    return text;
}

std::optional<OperationList> read(std::string const& text) {
    std::istringstream in{text};
    OperationList list;
    std::string word;
    if (!(in >> word >> list.world) || word != "world") {
        return std::nullopt;
    }
    Operation operation{};
    while (in >> word >> operation.a >> operation.b) {
        auto const* const name = std::ranges::find(kOperationNames, word);
        if (name == kOperationNames.end()) {
            return std::nullopt;
        }
        operation.kind = static_cast<Operation::Kind>(name - kOperationNames.begin());
        list.operations.push_back(operation);
    }
    return in.eof() ? std::optional{list} : std::nullopt;
}

}  // namespace simulation
