// SPDX-License-Identifier: MIT
#include "tests/concurrency/session.hpp"

#include <cinttypes>
#include <cstdio>

namespace concurrency {

void Session::expect(char const* name, bool is_as_expected, Report const& report) {
    ++scenarios_;
    executions_ += report.executions;
    steps_ += report.steps;
    if (is_as_expected) {
        return;
    }
    ++failed_;
    std::printf("FAILED %s: %s, after %" PRIu64 " executions and %" PRIu64 " that were cut\n", name,
                report.finding.empty() ? "nothing found" : report.finding.c_str(),
                report.executions, report.cut);
    for (auto const& [outcome, times] : report.outcomes) {
        std::printf("  outcome %" PRIu64 ": %" PRIu64 " times\n", outcome, times);
    }
    for (std::string const& line : report.trace) {
        std::printf("  %s\n", line.c_str());
    }
}

void Session::expect_to_hold(char const* name, Report const& report) {
    std::printf("  %s: %" PRIu64 " executions, %s\n", name, report.executions,
                report.is_whole ? "all there are" : "and no further");
    expect(name, report.finding.empty(), report);
}

void Session::expect_finding(char const* name, Report const& report, std::string_view what) {
    expect(name, report.finding.find(what) != std::string::npos, report);
}

void Session::expect_outcomes(char const* name, Report const& report, Outcomes const& outcomes) {
    expect(name, report.is_whole && report.outcomes == outcomes, report);
}

bool Session::end() const {
    std::chrono::duration<double> const seconds = std::chrono::steady_clock::now() - begin_;
    std::printf("%" PRIu64 " scenarios, %" PRIu64 " executions, %" PRIu64
                " steps, %.2f million executions a second: %s\n",
                scenarios_, executions_, steps_,
                static_cast<double>(executions_) / seconds.count() / 1e6,
                failed_ == 0 ? "as expected" : "FAILED");
    return failed_ == 0;
}

}  // namespace concurrency
